-- How many promises were broken, by what was promised.
select promise, count(*)
from breach
group by promise
