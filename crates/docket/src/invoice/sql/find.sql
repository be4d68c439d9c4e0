-- An invoice or a credit note.
select
    id,
    ticket,
    account,
    site,
    kind,
    status,
    number,
    credits,
    rate_card,
    draft,
    created_at,
    issued_at
from invoice
where tenant = $1 and id = $2
