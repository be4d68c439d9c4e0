-- Write down that somebody wants a file taken in.
insert into import (
    tenant, id, kind, format, size, digest, actor, on_behalf_of, roles, job, done, report, asked_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12)
