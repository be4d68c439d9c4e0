-- Forget jobs that ended long ago.
delete from job_done where (tenant, id) in (
    select tenant, id from job_done
    where phase = $1 and ended_at < $2
    order by ended_at, tenant, id
    limit $3
)
