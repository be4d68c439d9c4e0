-- A page of the sites at which somebody is a contact.
select
    id, account, name, reference, address, territory, zone, latitude_e7, longitude_e7,
    access_code is not null
from site
where
    tenant = $1 and id > $2 and ($4 = '' or account = $4)
    and exists (
        select 1
        from contact
        where
            contact.tenant = site.tenant and contact.principal = $5
            and contact.account = site.account
            and (contact.site is null or contact.site = site.id)
    )
order by id
limit $3
