-- Write down that a ticket waits from now on.
insert into pause (tenant, ticket, version, from_at, waiting_for)
values ($1, $2, $3, $4, $5)
