-- The version of an incident type that is used from now on.
select t.version, t.template
from incident_type_active a
join incident_type t on t.tenant = a.tenant and t.name = a.name and t.version = a.version
where a.tenant = $1 and a.name = $2
