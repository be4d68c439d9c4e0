-- Tenants that have something nobody can use any more.
select tenant from admission where expires_at < $1
union
select tenant from revocation where kind = 'token' and at < $2
union
select tenant from countersign where confirmed_at is null and expires_at < $3
union
select tenant from import
where asked_at < $4
    and exists (
        select 1 from import_bad
        where import_bad.tenant = import.tenant and import_bad.import = import.id
    )
