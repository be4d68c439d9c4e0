-- Keep who called about a ticket.
insert into caller (tenant, ticket, name, phone, email, raw)
values ($1, $2, $3, $4, $5, $6)
