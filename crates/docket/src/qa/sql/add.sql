-- Write down how a verification ended.
insert into verification (
    tenant, ticket, version, passed, reasons, by_principal, on_behalf_of, entry, at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
