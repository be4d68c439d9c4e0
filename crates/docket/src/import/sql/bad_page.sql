-- A page of the rows that were not taken, in the order of the file.
select number, body
from import_bad
where tenant = $1 and import = $2 and number > $3
order by number
limit $4
