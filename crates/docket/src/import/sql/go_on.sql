-- Note how far an import is, unless somebody else has.
update import set done = $4, report = $5
where tenant = $1 and id = $2 and done = $3 and ended_at is null
