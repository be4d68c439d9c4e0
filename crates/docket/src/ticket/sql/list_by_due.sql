-- Tickets that a caller may see, by what is due next. What is due never stands
-- in the far future, so it comes last.
select
    ticket.id,
    ticket.version,
    ticket.account,
    ticket.site,
    ticket.contact,
    ticket.asset,
    ticket.standing,
    ticket.priority,
    ticket.incident_type,
    ticket.type_version,
    ticket.summary,
    ticket.description,
    ticket.channel,
    ticket.identity,
    ticket.nte_minor,
    ticket.currency,
    ticket.technician,
    ticket.state,
    ticket.window_start,
    ticket.window_end,
    ticket.response_due,
    ticket.resolution_due,
    ticket.responded_at,
    ticket.resolved_at,
    ticket.created_at,
    ticket.updated_at,
    ticket.paused_at
from ticket
where
    tenant = $1
    and (
        cast($3 as bigint) = 1
        or (
            cast($4 as bigint) = 1
            and exists (
                select 1
                from contact
                where
                    contact.tenant = ticket.tenant and contact.principal = $2
                    and contact.account = ticket.account
                    and (contact.site is null or contact.site = ticket.site)
            )
        )
        or (
            cast($5 as bigint) = 1
            and exists (
                select 1
                from technician
                where
                    technician.tenant = ticket.tenant and technician.principal = $2
                    and technician.id = ticket.technician
            )
        )
    )
    and (cast($6 as text) is null or $6 like '% ' || state || ' %')
    and (
        cast($7 as bigint) is null or state <> 'approval_required'
        or $7 = case when standing like '%"during_work"%' then 1 else 0 end
    )
    and (cast($8 as text) is null or priority = $8)
    and (cast($9 as text) is null or incident_type = $9)
    and (cast($10 as text) is null or site = $10)
    and (cast($11 as text) is null or technician = $11)
    and (
        cast($12 as bigint) is null
        or $12 = case
            when
                response_due < coalesce(responded_at, paused_at, $13)
                or resolution_due < coalesce(resolved_at, paused_at, $13)
                then 1
            else 0
        end
    )
    and (due_at > $16 or (due_at = $16 and id > $15))
order by due_at, id
limit $14
