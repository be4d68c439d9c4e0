-- The number up to which every entry is a leaf, twice, and nothing about who
-- else may be writing: there is one writer.
select last, last, '0'
from (
    select coalesce(
        (select entry_no + entries - 1 from log_run order by leaf_index desc limit 1), 0
    ) as last
) as run
