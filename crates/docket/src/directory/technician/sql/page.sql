-- A page of technicians, with those who no longer work here or without.
select
    id, name, principal, active, skills, territories, zone, shifts,
    home, latitude_e7, longitude_e7, reference
from technician
where tenant = $1 and id > $2 and (active = 1 or cast($4 as bigint) = 1)
order by id
limit $3
