-- Whether a token or its key is revoked, by its tenant or by the operating one.
select kind
from revocation
where ((kind = 'token' and value = $2) or (kind = 'key' and value = $3))
    and (tenant = $1 or tenant in (select id from tenant where operator = 1))
limit 1
