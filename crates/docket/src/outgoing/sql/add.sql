-- Have something told to a contact.
insert into outgoing (
    tenant, id, ticket, contact, kind, receipt, words, queued_at, standing, attempts, forgiven, next_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', 0, 0, $8)
