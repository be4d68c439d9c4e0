-- The last version of an incident type.
select version, template
from incident_type
where tenant = $1 and name = $2
order by version desc
limit 1
