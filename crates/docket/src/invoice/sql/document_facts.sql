-- Who bills whom for work where, and what a credit note takes back.
select
    (select name from tenant where tenant.id = invoice.tenant),
    (select name from account where account.tenant = invoice.tenant and account.id = invoice.account),
    site.name,
    site.address,
    site.zone,
    credited.number,
    credited.issued_at
from invoice
join site on site.tenant = invoice.tenant and site.id = invoice.site
left join invoice as credited on credited.tenant = invoice.tenant and credited.id = invoice.credits
where invoice.tenant = $1 and invoice.id = $2
