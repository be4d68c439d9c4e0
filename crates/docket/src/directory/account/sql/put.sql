-- Write an account down, new or changed.
insert into account (tenant, id, name, reference, rate_card, created_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (tenant, id) do update set
    name = excluded.name,
    reference = excluded.reference,
    rate_card = excluded.rate_card
