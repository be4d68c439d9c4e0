-- On PostgreSQL, where the order of numbers is not the order of leaves: every
-- entry, the leaves in their order and then those that are none yet.
select e.entry_no, e.id, e.tenant, e.ticket, e.correlation, e.at, e.tool, e.outcome, e.body
from audit_entry e
left join log_run r
    on
        r.entry_no = (select max(entry_no) from log_run where entry_no <= e.entry_no)
        and e.entry_no < r.entry_no + r.entries
order by r.leaf_index nulls last, e.entry_no
