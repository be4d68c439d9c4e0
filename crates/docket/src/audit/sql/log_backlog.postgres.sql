-- How many entries are committed and no leaves yet: rolled back numbers leave
-- gaps, and slow commits fill them, so those after $1 are counted one by one.
with run as (
    select entry_no, entry_no + entries as past
    from log_run
    where entry_no >= (select coalesce(max(entry_no), 0) from log_run where entry_no <= cast($1 as bigint))
        and entry_no + entries > cast($1 as bigint)
),
gap as (
    select cast($1 as bigint) + 1 as low, coalesce(min(entry_no), 9223372036854775807) as high
    from run
    union all
    select past, lead(entry_no, 1, 9223372036854775807) over (order by entry_no)
    from run
)
select coalesce(sum(waiting.entries), 0)::bigint
from gap
cross join lateral (
    select count(*) as entries
    from audit_entry e
    where e.entry_no >= gap.low and e.entry_no < gap.high
) waiting
where gap.low < gap.high
