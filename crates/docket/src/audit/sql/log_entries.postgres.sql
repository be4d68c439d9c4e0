-- The entries that are the leaves from $1 up to, but without, $2. Each run finds its own, which has to be said: a guess of how many they are has led elsewhere.
select r.leaf_index + e.entry_no - r.entry_no, e.body
from log_run r
cross join lateral (
    select entry_no, body
    from audit_entry
    where entry_no >= r.entry_no + greatest($1 - r.leaf_index, 0)
        and entry_no < r.entry_no + least($2 - r.leaf_index, r.entries)
    offset 0
) e
where r.leaf_index >= (select max(leaf_index) from log_run where leaf_index <= $1)
    and r.leaf_index < $2
order by r.leaf_index, e.entry_no
