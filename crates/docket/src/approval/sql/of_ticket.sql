-- The questions of money about a ticket, in the order they were asked.
select
    id,
    requested_by,
    requested_on_behalf_of,
    amount_minor,
    currency,
    reason,
    evidence,
    back,
    digest,
    requested_at,
    factor_contact,
    factor_mac,
    factor_expires_at,
    factor_tries,
    status,
    decided_by,
    decided_on_behalf_of,
    decided_at
from approval
where tenant = $1 and ticket = $2
order by requested_at, id
