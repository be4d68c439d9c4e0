-- The contacts of a site, or of its whole account, who have this number, this
-- address, or this name to sign in with; those of the site first.
select
    id,
    may_request,
    case when phone = $4 then true else false end,
    case when lower(email) = $5 then true else false end,
    case when principal = $6 then true else false end
from contact
where
    tenant = $1 and account = $2 and (site is null or site = $3)
    and (phone = $4 or lower(email) = $5 or principal = $6)
order by case when site is null then 1 else 0 end, id
