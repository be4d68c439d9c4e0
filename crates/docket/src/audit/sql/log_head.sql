-- The last checkpoint.
select size, root, note, at
from log_checkpoint
order by size desc
limit 1
