-- The entries of a tenant after one of them that are leaves, oldest first.
select e.id, r.leaf_index + e.entry_no - r.entry_no, e.body
from audit_entry e
join log_run r on r.entry_no = (select max(entry_no) from log_run where entry_no <= e.entry_no)
where e.tenant = $1 and e.entry_no > $2 and e.entry_no < r.entry_no + r.entries
order by e.entry_no
limit $3
