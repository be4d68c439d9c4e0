-- What the database itself refuses to do to closings, packets and invoices, in
-- the form of PostgreSQL.

create trigger closure_stays before update on closure
for each row execute function refuse('a closing never changes');

create trigger closure_is_kept before delete on closure
for each row execute function refuse('a closing is never removed');

create trigger closures_are_kept before truncate on closure
for each statement execute function refuse('a closing is never removed');

create trigger packet_stays before update on packet
for each row execute function refuse('a packet never changes');

create trigger packet_is_kept before delete on packet
for each row execute function refuse('a packet is never removed');

create trigger packets_are_kept before truncate on packet
for each statement execute function refuse('a packet is never removed');

create trigger invoice_stays before update on invoice
for each row when (
    old.status <> 'draft' or old.draft <> new.draft or old.total_minor <> new.total_minor
    or old.currency <> new.currency or old.ticket <> new.ticket or old.kind <> new.kind
)
execute function refuse('an invoice that is no draft never changes');

create trigger invoice_is_kept before delete on invoice
for each row execute function refuse('an invoice is never removed');

create trigger invoices_are_kept before truncate on invoice
for each statement execute function refuse('an invoice is never removed');
