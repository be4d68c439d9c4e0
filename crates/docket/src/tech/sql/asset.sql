-- The equipment that the work is about.
select tag, kind, maker, model, serial
from asset
where tenant = $1 and id = $2
