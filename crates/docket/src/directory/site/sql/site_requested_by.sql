-- Whether a principal is a contact who may ask for work at a site.
select true
from contact
where
    tenant = $1 and principal = $2 and account = $3
    and (site is null or site = $4) and may_request = 1
