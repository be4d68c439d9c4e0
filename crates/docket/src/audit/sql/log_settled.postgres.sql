-- The number up to which every entry is a leaf or never will be, the highest
-- that is a leaf, and the oldest transaction whose end this snapshot did not see.
select
    entry_no,
    coalesce((select entry_no + entries - 1 from log_run order by entry_no desc limit 1), 0),
    cast(pg_snapshot_xmin(pg_current_snapshot()) as text)
from log_settled
