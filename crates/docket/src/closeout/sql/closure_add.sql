-- Write down a closing.
insert into closure (
    tenant,
    ticket,
    version,
    ticket_version,
    forced,
    reason,
    requested_by,
    broken,
    by_principal,
    on_behalf_of,
    entry,
    at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
