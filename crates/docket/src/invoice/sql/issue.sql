-- Issue a draft under its number.
update invoice
set status = 'issued', number = $3, issued_at = $4
where tenant = $1 and id = $2 and status = 'draft'
