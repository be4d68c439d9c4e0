-- Forget what was said of a ticket's checklist, because work begins again.
delete from checklist
where tenant = $1 and ticket = $2
