-- Keep how a tenant wants things.
update tenant
set settings = $2
where id = $1
