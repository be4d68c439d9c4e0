-- Everybody who works here now.
select
    id, name, principal, active, skills, territories, zone, shifts,
    home, latitude_e7, longitude_e7, reference
from technician
where tenant = $1 and active = 1
order by id
