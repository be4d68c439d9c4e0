-- Append an entry.
insert into audit_entry (id, tenant, ticket, correlation, at, tool, outcome, body)
values ($1, $2, $3, $4, $5, $6, $7, $8)
