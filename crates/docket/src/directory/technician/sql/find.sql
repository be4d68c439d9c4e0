-- One technician, whether or not they still work here.
select
    id, name, principal, active, skills, territories, zone, shifts,
    home, latitude_e7, longitude_e7, reference
from technician
where tenant = $1 and id = $2
