-- Keep what a witness said about a checkpoint. Said twice, the first stays.
insert into log_cosignature (size, witness, line, at)
values ($1, $2, $3, $4)
on conflict (size, witness) do nothing
