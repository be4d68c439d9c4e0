-- The entries that are no leaves yet, in the order of their numbers. Commands
-- commit side by side, so one may turn up between others that are leaves: it is
-- looked for in every gap that is not settled ($1), and after the last leaf.
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
select e.entry_no, e.body
from gap
join audit_entry e on e.entry_no >= gap.low and e.entry_no < gap.high
where gap.low < gap.high
order by e.entry_no
limit $2
