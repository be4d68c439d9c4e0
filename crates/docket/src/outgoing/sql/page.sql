-- A page of what was queued, with every attempt to have each leave.
select
    shown.id,
    shown.ticket,
    shown.contact,
    shown.kind,
    shown.receipt,
    shown.queued_at,
    shown.standing,
    shown.reason,
    shown.next_at,
    shown.ended_at,
    attempt.number,
    attempt.at,
    attempt.carrier,
    attempt.ended,
    attempt.error
from (
    select *
    from outgoing
    where tenant = $1 and id > $2
    order by id
    limit $3
) as shown
left join outgoing_attempt as attempt on attempt.tenant = shown.tenant and attempt.outgoing = shown.id
order by shown.id, attempt.number
