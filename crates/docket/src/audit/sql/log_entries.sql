-- The entries that are the leaves from $1 up to, but without, $2.
select r.leaf_index + e.entry_no - r.entry_no, e.body
from log_run r
join audit_entry e
  on e.entry_no >= r.entry_no + case when r.leaf_index < $1 then $1 - r.leaf_index else 0 end
 and e.entry_no < r.entry_no + case when r.leaf_index + r.entries > $2 then $2 - r.leaf_index else r.entries end
where r.leaf_index >= (select max(leaf_index) from log_run where leaf_index <= $1)
  and r.leaf_index < $2
order by r.leaf_index, e.entry_no
