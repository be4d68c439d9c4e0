-- A page of sites, of one account or of all.
select
    id, account, name, reference, address, territory, zone, latitude_e7, longitude_e7,
    access_code is not null
from site
where tenant = $1 and id > $2 and ($4 = '' or account = $4)
order by id
limit $3
