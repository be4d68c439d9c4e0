-- Whether a principal is the technician.
select true
from technician
where tenant = $1 and id = $2 and principal = $3
