-- When the next schedule comes due.
select next_at from job_schedule
where next_at is not null
order by next_at
limit 1
