-- Whether somebody can sign in as a principal.
select true
from principal
where tenant = $1 and id = $2 and kind = 'user'
