-- Forget the attempts of the jobs that are forgotten next.
delete from job_attempt where (tenant, job) in (
    select tenant, id from job_done
    where phase = $1 and ended_at < $2
    order by ended_at, tenant, id
    limit $3
)
