-- The steps of a ticket, and what one of its customer's people said and was
-- told, the earliest first.
select 'step' as kind, entry as id, at, tool as body, from_state as direction, to_state as channel, null as contact
from transition
where tenant = $1 and ticket = $2 and (at > $3 or (at = $3 and entry > $4))
union all
select 'message', message.id, message.at, message.body, message.direction, message.channel, message.contact
from message
join contact on contact.tenant = message.tenant and contact.id = message.contact
where
    message.tenant = $1 and message.ticket = $2 and contact.principal = $6
    and message.direction <> 'note'
    and (message.at > $3 or (message.at = $3 and message.id > $4))
order by 3, 2
limit $5
