-- The last leaves: where they begin, from which entry on, and how many.
select leaf_index, entry_no, entries
from log_run
order by leaf_index desc
limit 1
