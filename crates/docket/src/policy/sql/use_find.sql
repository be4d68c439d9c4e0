-- Whether a policy token was revoked before it was used.
select used_at is null from policy_use where tenant = $1 and token = $2
