-- Keep the document of an invoice, unless it is there.
insert into invoice_document (tenant, invoice, format, digest, body, at)
values ($1, $2, $3, $4, $5, $6)
on conflict (tenant, invoice, format) do nothing
