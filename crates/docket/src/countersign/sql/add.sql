-- Write down the first voice.
insert into countersign (
    tenant,
    id,
    ticket,
    ticket_version,
    tool,
    digest,
    input,
    asked_by,
    asked_on_behalf_of,
    asked_at,
    expires_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
