-- Every entry under a correlation id, in the order of commits.
select body
from audit_entry
where correlation = $1
order by entry_no
