-- Everybody who works or worked here.
select
    id, name, principal, active, skills, territories, zone, shifts,
    home, latitude_e7, longitude_e7, reference
from technician
where tenant = $1
order by id
