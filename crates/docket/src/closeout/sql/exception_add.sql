-- Permit to do without an evidence key for a while.
insert into evidence_exception (
    tenant, id, ticket, key, reason, requested_by, approved_by, expires_at, entry, at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
