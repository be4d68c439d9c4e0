-- Whose contact somebody is.
select account
from contact
where tenant = $1 and id = $2
