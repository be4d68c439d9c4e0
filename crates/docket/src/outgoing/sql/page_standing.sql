-- A page of what stands like this, with every attempt to have each leave.
select
    some.id,
    some.ticket,
    some.contact,
    some.kind,
    some.receipt,
    some.queued_at,
    some.standing,
    some.reason,
    some.next_at,
    some.ended_at,
    attempt.number,
    attempt.at,
    attempt.carrier,
    attempt.ended,
    attempt.error
from (
    select *
    from outgoing
    where tenant = $1 and id > $2 and standing = $4
    order by id
    limit $3
) as some
left join outgoing_attempt as attempt on attempt.tenant = some.tenant and attempt.outgoing = some.id
order by some.id, attempt.number
