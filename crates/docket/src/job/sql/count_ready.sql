-- How many jobs of these kinds are ready, and since when the first of them, of the first $3 that are found: a count of all would cost as much as there are.
select count(*), min(due_at) from (
    select due_at from job
    where kind >= $1 and kind <= $2 and phase = 'queued'
    limit $3
) ready
