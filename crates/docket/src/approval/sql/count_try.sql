-- Count a code that was not the right one.
update approval
set factor_tries = factor_tries + 1
where tenant = $1 and id = $2 and status = 'open'
