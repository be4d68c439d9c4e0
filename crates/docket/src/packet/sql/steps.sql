-- The steps that a ticket took up to one of its versions.
select version, from_state, to_state, tool, actor, on_behalf_of, entry, at
from transition
where tenant = $1 and ticket = $2 and version <= $3
order by version
