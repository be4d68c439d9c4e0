-- When the next job comes due that waits for its time.
select due_at from job
where phase = 'waiting' and blocked_by = 0
order by due_at
limit 1
