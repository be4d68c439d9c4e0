-- Forget some rows that an import set aside long ago, by where they lie; SQLite has no such thing.
delete from import_bad
where ctid = any (array(
    select import_bad.ctid
    from import
    join import_bad on import_bad.tenant = import.tenant and import_bad.import = import.id
    where import.tenant = $1 and import.asked_at < $2
    order by import.asked_at, import_bad.number
    limit $3
))
