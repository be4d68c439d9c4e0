-- The entries that are no leaves yet, in the order of their numbers. Commands
-- commit side by side, so one may turn up between others that are leaves: it is
-- looked for in every gap that is not settled ($1), and after the last leaf.
-- Each gap finds its own, which has to be said: a guess of how many they are has
-- had all entries read for each gap.
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
select e.entry_no, e.body
from gap
cross join lateral (
    select entry_no, body
    from audit_entry
    where entry_no >= gap.low and entry_no < gap.high
    order by entry_no
    limit cast($2 as bigint)
) e
where gap.low < gap.high
order by e.entry_no
limit cast($2 as bigint)
