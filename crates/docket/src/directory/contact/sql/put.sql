-- Write a contact down, new or changed.
insert into contact (
    tenant, id, account, site, name, reference, phone, email,
    may_request, may_approve, principal, created_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (tenant, id) do update set
    site = excluded.site,
    name = excluded.name,
    reference = excluded.reference,
    phone = excluded.phone,
    email = excluded.email,
    may_request = excluded.may_request,
    may_approve = excluded.may_approve,
    principal = excluded.principal
