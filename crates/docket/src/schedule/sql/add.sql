-- Hold a window of a ticket.
insert into hold (tenant, id, ticket, window_start, window_end, until_at, reason, held_by, held_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
