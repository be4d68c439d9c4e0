-- An import, and how its job stands.
select
    import.kind,
    import.format,
    import.size,
    import.digest,
    import.actor,
    import.on_behalf_of,
    import.job,
    import.done,
    import.report,
    import.asked_at,
    import.ended_at,
    import.stopped,
    coalesce(job.phase, job_done.phase, 'forgotten')
from import
left join job on job.tenant = import.tenant and job.id = import.job
left join job_done on job_done.tenant = import.tenant and job_done.id = import.job
where import.tenant = $1 and import.id = $2
