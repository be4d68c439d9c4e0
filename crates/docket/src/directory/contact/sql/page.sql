-- A page of contacts, of one account or site or of all.
select
    id, account, site, name, reference, phone, email, may_request, may_approve, principal
from contact
where tenant = $1 and id > $2 and ($4 = '' or account = $4) and ($5 = '' or site = $5)
order by id
limit $3
