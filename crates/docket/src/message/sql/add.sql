-- Keep a message of a ticket.
insert into message (tenant, id, ticket, direction, channel, external, contact, author, raw, body, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
