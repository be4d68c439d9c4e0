-- Take the next number of a tenant's invoices and credit notes.
insert into invoice_number (tenant, last)
values ($1, 1)
on conflict (tenant) do update set last = invoice_number.last + 1
returning last
