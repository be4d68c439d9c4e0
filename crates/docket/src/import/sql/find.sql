-- What is to be taken in, and how far it is.
select kind, format, actor, on_behalf_of, roles, done, report, asked_at
from import
where tenant = $1 and id = $2 and ended_at is null
