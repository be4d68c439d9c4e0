//! What a step does to rows that were there before it.

use super::{STEPS, digesting, sqlite};
use kernel::canonical;
use rusqlite::Connection;
use serde_json::json;

/// A database in memory that has taken the steps before this one, with its rows,
/// and takes this one and those after it.
fn stepped(step: &str, rows: &str) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    // The rows are about one table; what they belong to is not there.
    digesting(&connection).unwrap();
    connection.pragma_update(None, "foreign_keys", "off").unwrap();
    let at = STEPS.iter().position(|(name, _)| *name == step).unwrap();
    let take = |steps: &[(&str, &str)]| {
        for (name, text) in steps {
            connection.execute_batch(&sqlite(text)).unwrap_or_else(|no| panic!("{name}: {no}"));
        }
    };
    take(&STEPS[..at]);
    connection.execute_batch(rows).unwrap();
    take(&STEPS[at..]);
    connection
}

#[test]
fn texts_that_waited_wait_on_as_they_were_written_and_the_others_keep_how_they_ended() {
    let connection = stepped(
        "0040_outbox",
        "insert into outgoing (tenant, id, ticket, kind, body, queued_at, ended_at, ended) values
         ('t', '1', 'k', 'visit_confirmed', 'We come.', 10, null, null),
         ('t', '2', 'k', 'visit_moved', 'We do not.', 20, 25, 'delivered'),
         ('t', '3', 'k', 'approval_code', null, 30, 35, 'delivered'),
         ('t', '4', 'k', 'ticket_closed', 'It is done.', 40, 45, 'no_address');",
    );
    let mut select = connection
        .prepare(
            "select id || ' ' || standing || ' ' || coalesce(words, '-') || ' ' || next_at
             || ' ' || coalesce(ended_at, '-') || ' ' || coalesce(receipt, '-')
             from outgoing order by id",
        )
        .unwrap();
    let rows: Vec<String> =
        select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(
        rows,
        [
            "1 waiting We come. 10 - -",
            "2 delivered - 20 25 -",
            "3 delivered - 30 35 -",
            "4 no_address - 40 45 -",
        ]
    );
}

#[test]
fn jobs_that_were_made_for_what_waited_have_the_digest_of_what_they_carry() {
    let connection = stepped(
        "0060_chores",
        "insert into outgoing (
             tenant, id, ticket, kind, queued_at, standing, attempts, forgiven, next_at
         ) values ('t', 'out_1', 'k', 'visit_confirmed', 10, 'waiting', 0, 0, 10);",
    );
    let (payload, digest): (String, String) = connection
        .query_row("select payload, digest from job", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    let canonical = canonical::to_string(&json!({ "outgoing": "out_1" })).unwrap();
    assert_eq!(payload, canonical);
    assert_eq!(digest, canonical::Digest::of_bytes(canonical.as_bytes()).to_string());
}
