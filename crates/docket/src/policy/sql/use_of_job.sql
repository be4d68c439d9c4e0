-- What permitted a job, and whether that was taken back.
select token, sealed, project, resource, used_by, revoked_at
from policy_use
where tenant = $1 and job = $2
