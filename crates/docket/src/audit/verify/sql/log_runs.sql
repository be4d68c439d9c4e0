-- Which leaves are which entries, from the first on.
select leaf_index, entry_no, entries
from log_run
order by leaf_index
