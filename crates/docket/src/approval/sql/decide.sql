-- Answer a question of money, once.
update approval
set status = $3, decided_by = $4, decided_on_behalf_of = $5, decided_at = $6
where tenant = $1 and id = $2 and status = 'open'
