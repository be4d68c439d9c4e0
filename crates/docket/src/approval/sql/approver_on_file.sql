-- Whom at the customer to send the code to: somebody who may approve, can be
-- reached, and is not the one who asks. Those of the site come first.
select id
from contact
where tenant = $1
  and account = $2
  and (site is null or site = $3)
  and may_approve = 1
  and (phone is not null or email is not null)
  and (principal is null or principal not in ($4, $5))
order by case when site is null then 1 else 0 end, id
limit 1
