-- Have something told to a contact.
insert into outgoing (tenant, id, ticket, contact, kind, body, queued_at)
values ($1, $2, $3, $4, $5, $6, $7)
