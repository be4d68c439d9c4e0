-- The run that an entry is in, if it is a leaf by now.
select leaf_index, entry_no, entries
from log_run
where entry_no <= $1
order by entry_no desc
limit 1
