-- Set a row aside that was not taken.
insert into import_bad (tenant, import, number, body)
values ($1, $2, $3, $4)
