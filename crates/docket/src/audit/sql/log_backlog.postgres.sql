-- How many entries are committed and no leaves yet: rolled back numbers leave
-- gaps, and slow commits fill them, so those after $1 are counted one by one.
with run as (
    select entry_no, entry_no + entries as past
    from log_run
    where entry_no + entries > cast($1 as bigint)
),
gap as (
    select cast($1 as bigint) + 1 as low, coalesce(min(entry_no), 9223372036854775807) as high
    from run
    union all
    select past, lead(entry_no, 1, 9223372036854775807) over (order by entry_no)
    from run
)
select count(*)
from gap
join audit_entry e on e.entry_no >= gap.low and e.entry_no < gap.high
where gap.low < gap.high
