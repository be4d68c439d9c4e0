-- What the database itself refuses to do to closings, packets and invoices.

create trigger closure_stays before update on closure
begin select raise(abort, 'a closing never changes'); end;

create trigger closure_is_kept before delete on closure
begin select raise(abort, 'a closing is never removed'); end;

create trigger packet_stays before update on packet
begin select raise(abort, 'a packet never changes'); end;

create trigger packet_is_kept before delete on packet
begin select raise(abort, 'a packet is never removed'); end;

create trigger invoice_stays before update on invoice
when old.status <> 'draft' or old.draft <> new.draft or old.total_minor <> new.total_minor
    or old.currency <> new.currency or old.ticket <> new.ticket or old.kind <> new.kind
begin select raise(abort, 'an invoice that is no draft never changes'); end;

create trigger invoice_is_kept before delete on invoice
begin select raise(abort, 'an invoice is never removed'); end;
