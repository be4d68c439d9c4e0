-- The entries committed after the last one that is a leaf, in commit order.
select entry_no, body
from audit_entry
where entry_no > $1
order by entry_no
limit $2
