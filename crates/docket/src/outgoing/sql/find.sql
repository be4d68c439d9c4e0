-- What a text is about and how it stands.
select kind, standing
from outgoing
where tenant = $1 and id = $2
