-- The last checkpoint that a witness has signed too, from a size on.
select size, root, note, at
from log_checkpoint
where size = (select max(size) from log_cosignature) and size >= $1
