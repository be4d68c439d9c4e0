-- Who last said that the work is done.
select actor, on_behalf_of
from transition
where tenant = $1 and ticket = $2 and to_state = 'completed_pending_verification'
order by version desc
limit 1
