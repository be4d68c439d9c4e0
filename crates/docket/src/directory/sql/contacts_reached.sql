-- The contacts of a site, or of its whole account, who have this number, this
-- address, or this name to sign in with; those of the site first.
select
    contact.id,
    contact.may_request,
    case when contact.phone = $3 then true else false end,
    case when lower(contact.email) = $4 then true else false end,
    case when contact.principal = $5 then true else false end
from site
join contact on contact.tenant = site.tenant and contact.account = site.account
where
    site.tenant = $1 and site.id = $2 and (contact.site is null or contact.site = site.id)
    and (contact.phone = $3 or lower(contact.email) = $4 or contact.principal = $5)
order by case when contact.site is null then 1 else 0 end, contact.id
