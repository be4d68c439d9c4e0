-- Write down the second voice, once.
update countersign
set confirmed_by = $3, confirmed_at = $4
where tenant = $1 and id = $2 and confirmed_at is null
