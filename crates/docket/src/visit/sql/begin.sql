-- Send a technician.
insert into visit (tenant, id, ticket, technician, window_start, window_end, dispatched_at)
values ($1, $2, $3, $4, $5, $6, $7)
