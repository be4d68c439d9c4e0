-- Write down how a tenant wants things from now on.
update tenant
set settings = $2
where id = $1
