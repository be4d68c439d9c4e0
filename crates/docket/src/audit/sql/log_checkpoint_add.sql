-- Append a signed checkpoint.
insert into log_checkpoint (size, root, note, at)
values ($1, $2, $3, $4)
