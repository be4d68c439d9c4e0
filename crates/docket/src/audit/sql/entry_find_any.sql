-- One entry, whosever it is.
select entry_no, body
from audit_entry
where id = $1
