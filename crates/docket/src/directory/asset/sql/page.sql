-- A page of equipment, of one site or of all.
select id, site, tag, kind, maker, model, serial, reference
from asset
where tenant = $1 and id > $2 and ($4 = '' or site = $4)
order by id
limit $3
