-- One entry of a tenant.
select entry_no, body
from audit_entry
where tenant = $1 and id = $2
