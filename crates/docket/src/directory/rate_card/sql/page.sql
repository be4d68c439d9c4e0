-- A page of rate cards, as they are now.
select c.id, c.name, c.reference, c.version, v.card
from rate_card c
join rate_card_version v on v.tenant = c.tenant and v.rate_card = c.id and v.version = c.version
where c.tenant = $1 and c.id > $2
order by c.id
limit $3
