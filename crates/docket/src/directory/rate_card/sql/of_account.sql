-- The rate card that an account has of its own.
select rate_card
from account
where tenant = $1 and id = $2
