-- The number of the last entry committed.
select coalesce(max(entry_no), 0)
from audit_entry
