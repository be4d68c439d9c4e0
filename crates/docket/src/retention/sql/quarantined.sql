-- Forget some rows that an import set aside long ago.
delete from import_bad
where (tenant, import, number) in (
    select import_bad.tenant, import_bad.import, import_bad.number
    from import
    join import_bad on import_bad.tenant = import.tenant and import_bad.import = import.id
    where import.tenant = $1 and import.asked_at < $2
    order by import.asked_at, import_bad.number
    limit $3
)
