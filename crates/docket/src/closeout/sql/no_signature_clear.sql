-- Forget why nobody signed, because work begins again.
delete from no_signature
where tenant = $1 and ticket = $2
