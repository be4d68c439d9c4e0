-- Write down material that was used.
insert into part (
    tenant, id, ticket, description, number, quantity, unit_cost_minor, currency, replaces, logged_by, logged_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
