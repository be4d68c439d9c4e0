-- The technician is free again; whoever had arrived leaves now.
update visit
set
    ended_at = $3,
    left_at = case when arrived_at is null then null else cast($3 as bigint) end,
    outcome = $4,
    reason = $5
where tenant = $1 and id = $2 and ended_at is null
