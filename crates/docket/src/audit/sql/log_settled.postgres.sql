-- The number up to which every entry is a leaf or never will be, and the oldest
-- transaction that this snapshot could not see the end of.
select entry_no, cast(pg_snapshot_xmin(pg_current_snapshot()) as text)
from log_settled
