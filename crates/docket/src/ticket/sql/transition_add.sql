-- Write down a step that a ticket took.
insert into transition (
    tenant, ticket, version, from_state, to_state, tool, actor, on_behalf_of, entry, at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
