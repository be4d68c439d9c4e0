-- Every checkpoint that a witness has signed, with what it said.
select c.size, s.line, c.note
from log_cosignature s
join log_checkpoint c on c.size = s.size
where s.witness = $1
order by c.size
