-- Whose clocks are looked at.
select id
from tenant
order by id
