-- A page of accounts.
select id, name, reference, rate_card
from account
where tenant = $1 and id > $2
order by id
limit $3
