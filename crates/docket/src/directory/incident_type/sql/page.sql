-- A page of incident types: the version of each in use, or the last one of each.
select t.version, a.version, t.template
from incident_type t
left join incident_type_active a on a.tenant = t.tenant and a.name = t.name
where
    t.tenant = $1 and t.name > $2
    and (
        (cast($4 as bigint) = 0 and t.version = a.version)
        or (
            cast($4 as bigint) = 1
            and t.version = (
                select max(l.version) from incident_type l where l.tenant = t.tenant and l.name = t.name
            )
        )
    )
order by t.name
limit $3
