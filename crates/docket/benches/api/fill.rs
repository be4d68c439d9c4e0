//! Tickets by the hundred thousand, written past the door: what is measured is
//! what comes after them.

use super::ground::Database;

/// Makes as many tickets as there are to be, spread over a thousand sites, each
/// with its step, its audit entry and the answer that was kept.
pub fn tickets(database: &Database, site: &str, from: usize, to: usize) {
    let sql = format!(
        "set session_replication_role = replica;
         insert into site select made.* from site s, generate_series(1, 1000) n, lateral
             jsonb_populate_record(null::site, to_jsonb(s) || jsonb_build_object('id', {site_id})) made
         where s.id = '{site}' on conflict do nothing;
         insert into ticket select made.*
         from (select * from ticket order by created_at desc limit 1) t,
             generate_series({from} + 1, {to}) n, lateral
             jsonb_populate_record(null::ticket, to_jsonb(t) || jsonb_build_object(
                 'id', {ticket_id}, 'site', {site_of},
                 'created_at', t.created_at - n, 'updated_at', t.updated_at - n
             )) made;
         insert into transition select made.*
         from (select * from transition order by at desc limit 1) t,
             generate_series({from} + 1, {to}) n, lateral
             jsonb_populate_record(
                 null::transition, to_jsonb(t) || jsonb_build_object('ticket', {ticket_id})
             ) made;
         insert into idempotency select made.*
         from (select * from idempotency order by at desc limit 1) t,
             generate_series({from} + 1, {to}) n, lateral
             jsonb_populate_record(
                 null::idempotency, to_jsonb(t) || jsonb_build_object('key', md5(n::text))
             ) made;
         insert into audit_entry (id, tenant, ticket, correlation, at, tool, outcome, body)
             select {entry_id}, tenant, {ticket_id}, correlation, at, tool, outcome, body
             from (select * from audit_entry where ticket is not null order by entry_no desc limit 1) e,
                 generate_series({from} + 1, {to}) n;",
        site_id = id("sit", "n"),
        site_of = id("sit", "1 + n % 1000"),
        ticket_id = id("tkt", "n"),
        entry_id = id("aud", "n"),
    );
    for sql in [&sql, "vacuum (analyze)", "checkpoint"] {
        database.run(sql);
    }
}

/// An id that ours never are: they begin with the time.
fn id(prefix: &str, number: &str) -> String {
    format!("'{prefix}_' || lpad(upper(to_hex({number})), 26, '0')")
}
