//! Tickets by the hundred thousand, written past the door: what is measured is
//! what comes after them.

use super::ground::Database;

/// Makes as many tickets as there are to be, spread over a thousand sites, each
/// with its step, its audit entry and the answer that was kept.
pub fn tickets(database: &Database, site: &str, from: usize, to: usize) {
    let sql = format!(
        "set session_replication_role = replica;
         insert into site select (s).* from (
             select jsonb_populate_record(s, jsonb_build_object('id', {site_id})) as s
             from site s, generate_series(1, 1000) n where s.id = '{site}'
         ) made on conflict do nothing;
         insert into ticket select (t).* from (
             select jsonb_populate_record(t, jsonb_build_object(
                 'id', {ticket_id}, 'site', {site_of},
                 'created_at', t.created_at - n, 'updated_at', t.updated_at - n
             )) as t
             from (select * from ticket order by id desc limit 1) t, generate_series({from} + 1, {to}) n
         ) made;
         insert into transition select (t).* from (
             select jsonb_populate_record(t, jsonb_build_object('ticket', {ticket_id})) as t
             from (select * from transition order by ticket desc limit 1) t,
                 generate_series({from} + 1, {to}) n
         ) made;
         insert into idempotency select (t).* from (
             select jsonb_populate_record(t, jsonb_build_object('key', md5(n::text))) as t
             from (select * from idempotency order by at desc limit 1) t,
                 generate_series({from} + 1, {to}) n
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
