-- How many entries are committed and no leaves yet. Numbers have no gaps here.
select coalesce((select max(entry_no) from audit_entry), 0) - cast($1 as bigint)
