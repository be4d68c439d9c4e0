-- Every call about a ticket and every message of it, the earliest first.
select 'call' as kind, id, at, body, '' as direction, '' as channel, null as contact
from audit_entry
where tenant = $1 and ticket = $2 and (at > $3 or (at = $3 and id > $4))
union all
select 'message', id, at, body, direction, channel, contact
from message
where tenant = $1 and ticket = $2 and (at > $3 or (at = $3 and id > $4))
order by 3, 2
limit $5
