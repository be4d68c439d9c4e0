-- Take back a draft.
update invoice
set status = 'void', voided_at = $3
where tenant = $1 and id = $2 and status = 'draft'
