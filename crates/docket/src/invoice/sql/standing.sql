-- The invoice of a ticket that nobody has taken back, draft or issued.
select
    id,
    ticket,
    account,
    site,
    kind,
    status,
    number,
    credits,
    rate_card,
    draft,
    created_at,
    issued_at
from invoice
where
    tenant = $1 and ticket = $2 and kind = 'invoice' and status <> 'void'
    and not exists (
        select 1
        from invoice as credit
        where credit.tenant = invoice.tenant and credit.credits = invoice.id
    )
order by created_at desc, id desc
limit 1
