-- Keep what was recommended. The same answer at the same moment is one answer.
insert into recommendation (tenant, id, ticket, window_start, window_end, body, made_by, made_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (tenant, id) do nothing
