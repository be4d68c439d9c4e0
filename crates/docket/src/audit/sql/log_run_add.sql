-- Make entries that follow each other the next leaves.
insert into log_run (leaf_index, entry_no, entries)
values ($1, $2, $3)
