-- Moves what is settled up to the mark, if every transaction that could have
-- taken a number below the mark had ended ($1) before all below $2 were made
-- leaves; and then sets the next mark at $3, which has been taken, with a
-- transaction that began after. A number is taken after its transaction has an
-- id, so whoever took one below the mark has a smaller id than that.
update log_settled
set entry_no = case when passed then mark_no else entry_no end,
    mark_no = case when passed then greatest(mark_no, cast($3 as bigint)) else mark_no end,
    mark_xact = case when passed then pg_current_xact_id() else mark_xact end
from (
    select mark_xact <= cast(cast($1 as text) as xid8) and mark_no <= cast($2 as bigint) as passed
    from log_settled
) as s
