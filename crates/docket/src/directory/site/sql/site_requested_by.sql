-- Whether a principal is a contact who may ask for work at a site.
select true
from site
join contact on contact.tenant = site.tenant and contact.account = site.account
where
    site.tenant = $1 and site.id = $3 and contact.principal = $2
    and (contact.site is null or contact.site = site.id) and contact.may_request = 1
