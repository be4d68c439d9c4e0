-- Write down one attempt to have a text leave.
insert into outgoing_attempt (tenant, outgoing, number, carrier, at, ended, error)
values ($1, $2, $3, $4, $5, $6, $7)
