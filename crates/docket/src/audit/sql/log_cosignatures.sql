-- What witnesses said about a checkpoint.
select line
from log_cosignature
where size = $1
order by witness
