-- Whom to ask for on site.
select name, phone, email
from contact
where tenant = $1 and id = $2
