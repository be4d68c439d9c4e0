-- Keep an answer for whoever asks the same again.
insert into idempotency (tenant, actor, tool, key, digest, role, status, etag, body, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
