-- Write a piece of equipment down, new or changed.
insert into asset (tenant, id, site, tag, kind, maker, model, serial, reference, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (tenant, id) do update set
    site = excluded.site,
    tag = excluded.tag,
    kind = excluded.kind,
    maker = excluded.maker,
    model = excluded.model,
    serial = excluded.serial,
    reference = excluded.reference
