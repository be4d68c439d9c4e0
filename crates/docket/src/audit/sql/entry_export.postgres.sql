-- On PostgreSQL, where an entry may be committed after one with a higher number:
-- the entries of a tenant after one of them that are leaves, by number, only as
-- far as no other can come in between, so that pages miss none.
select e.id, r.leaf_index + e.entry_no - r.entry_no, e.body
from audit_entry e
join log_run r on r.entry_no = (select max(entry_no) from log_run where entry_no <= e.entry_no)
where
    e.tenant = $1 and e.entry_no > $2 and e.entry_no < r.entry_no + r.entries
    and e.entry_no <= (select entry_no from log_settled)
order by e.entry_no
limit $3
