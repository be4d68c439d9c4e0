-- Whether a contact is one of a site, or of every site of its account.
select true
from site
join contact on contact.tenant = site.tenant and contact.account = site.account
where
    site.tenant = $1 and site.id = $3 and contact.id = $2
    and (contact.site is null or contact.site = site.id)
