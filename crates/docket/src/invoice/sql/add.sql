-- Keep a draft or a credit note.
insert into invoice (
    tenant,
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
    total_minor,
    currency,
    created_at,
    issued_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
