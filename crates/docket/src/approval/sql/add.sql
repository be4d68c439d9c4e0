-- Write down a question of money.
insert into approval (
    tenant,
    id,
    ticket,
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
    status
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'open')
