-- Whether a principal is a contact of a site, or of every site of its account.
select true
from contact
where tenant = $1 and principal = $2 and account = $3 and (site is null or site = $4)
