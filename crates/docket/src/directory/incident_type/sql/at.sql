-- One version of an incident type, active or not.
select template
from incident_type
where tenant = $1 and name = $2 and version = $3
