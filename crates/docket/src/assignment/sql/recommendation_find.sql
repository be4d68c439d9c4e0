-- What was recommended for a ticket and a window.
select body
from recommendation
where tenant = $1 and id = $2 and ticket = $3 and window_start = $4 and window_end = $5
