-- Write down time that was worked.
insert into labor (
    tenant, id, ticket, technician, kind, minutes, started_at, ended_at, rate_minor, currency, replaces, logged_by, logged_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
