-- The document of an invoice.
select digest, body
from invoice_document
where tenant = $1 and invoice = $2 and format = $3
