-- Tenants that have something nobody can use any more.
select id
from tenant
where exists (select 1 from admission where tenant = tenant.id and expires_at < $1)
    or exists (
        select 1 from revocation where tenant = tenant.id and kind = 'token' and at < $2
    )
    or exists (
        select 1 from countersign
        where tenant = tenant.id and confirmed_at is null and expires_at < $3
    )
    or exists (
        select 1
        from import
        join import_bad on import_bad.tenant = import.tenant and import_bad.import = import.id
        where import.tenant = tenant.id and import.asked_at < $4
    )
    or exists (select 1 from replay_nonce where tenant = tenant.id and expires_at < $5)
