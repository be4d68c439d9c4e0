use super::filled::{Fresh, is_there};
use tokio_postgres::Client;

/// The sentence that the database refuses with.
async fn refusal(client: &Client, statement: &str) -> String {
    let refused = client.batch_execute(statement).await.expect_err(statement);
    refused.as_db_error().unwrap_or_else(|| panic!("{statement}: {refused}")).message().to_owned()
}

/// A database whose owner sees everything, with two entries, the first a leaf.
async fn log(name: &str) -> (Fresh, Client) {
    let fresh = Fresh::migrated(name).await;
    let owner = fresh.owner().await;
    let rows = "set docket.everyone = 'on';
        set docket.tenant = 't';
        insert into tenant (id, name, settings, created_at) values ('t', 'T', '{}', 0);
        insert into audit_entry (id, tenant, at, tool, outcome, body)
        select 'e' || number, 't', 0, 'x', 'committed', '{}' from generate_series(1, 9) as number;
        insert into log_run (leaf_index, entry_no, entries) values (0, 4, 3);
        insert into log_checkpoint (size, root, note, at) values (3, 'r', 'n', 0);
        insert into log_cosignature (size, witness, line, at) values (3, 'w', 'l', 0);
        insert into log_tile (level, tile_index, hashes) values (0, 0, decode(repeat('00', 32), 'hex'));";
    owner.batch_execute(rows).await.unwrap();
    (fresh, owner)
}

#[tokio::test]
async fn the_owner_of_the_tables_cannot_change_the_log_either() {
    if !is_there() {
        return;
    }
    let (_fresh, owner) = log("log").await;
    for (statement, said) in [
        ("update audit_entry set tool = 'y'", "an audit entry never changes"),
        ("delete from audit_entry", "an audit entry is never removed"),
        ("truncate audit_entry cascade", "an audit entry is never removed"),
        ("update log_run set entries = 9", "a leaf never changes"),
        ("delete from log_run", "a leaf is never removed"),
        ("truncate log_run", "a leaf is never removed"),
        ("update log_checkpoint set root = 'x'", "a checkpoint never changes"),
        ("delete from log_checkpoint", "a checkpoint is never removed"),
        ("truncate log_checkpoint cascade", "a checkpoint is never removed"),
        ("insert into log_checkpoint values (3, 'r', 'n', 0)", "the log only grows"),
        ("insert into log_checkpoint values (2, 'r', 'n', 0)", "the log only grows"),
        ("update log_cosignature set line = 'x'", "a cosignature never changes"),
        ("delete from log_cosignature", "a cosignature is never removed"),
        ("truncate log_cosignature", "a cosignature is never removed"),
        ("update log_tile set hashes = decode(repeat('11', 64), 'hex')", "a tile only grows"),
        ("delete from log_tile", "a tile is never removed"),
        ("truncate log_tile", "a tile is never removed"),
        ("update log_settled set entry_no = -1", "what is settled stays settled"),
        ("delete from log_settled", "what is settled stays settled"),
        ("truncate log_settled", "what is settled stays settled"),
    ] {
        assert_eq!(refusal(&owner, statement).await, said, "{statement}");
    }
    let grown = "update log_tile set hashes = hashes || decode(repeat('11', 32), 'hex');
        update log_settled set entry_no = 6";
    owner.batch_execute(grown).await.unwrap();
}

#[tokio::test]
async fn every_entry_becomes_a_leaf_once_and_a_late_one_still_can() {
    if !is_there() {
        return;
    }
    let (_fresh, owner) = log("leaves").await;
    let late = "insert into log_run (leaf_index, entry_no, entries) values (3, 1, 3)";
    owner.batch_execute(late).await.unwrap();
    let said = "an entry becomes a leaf once, in the order of commits";
    for gap in [0, 5, 7] {
        let insert = format!("insert into log_run values ({gap}, 8, 1)");
        assert_eq!(refusal(&owner, &insert).await, said, "{insert}");
    }
    for (first, entries) in [(1, 1), (2, 1), (3, 2), (5, 1), (6, 2), (0, 9)] {
        let insert = format!("insert into log_run values (6, {first}, {entries})");
        let twice = refusal(&owner, &insert).await;
        assert!(twice.contains("log_run_"), "{insert}: {twice}");
    }
    owner.batch_execute("insert into log_run values (6, 7, 3)").await.unwrap();
}

#[tokio::test]
async fn evidence_closings_packets_and_issued_invoices_stay() {
    if !is_there() {
        return;
    }
    let fresh = Fresh::filled("kept").await;
    let owner = fresh.owner().await;
    owner.batch_execute("set docket.tenant = 'tenant-a'").await.unwrap();
    for (statement, said) in [
        ("update blob set size = 2", "stored bytes never change"),
        ("delete from blob", "stored bytes are never removed"),
        ("truncate blob cascade", "stored bytes are never removed"),
        (
            "update evidence set on_behalf_of = 'x'",
            "evidence never changes, but for being locked once",
        ),
        ("update evidence set key = 'x'", "evidence never changes, but for being locked once"),
        ("truncate evidence cascade", "locked evidence is never removed"),
        ("update closure set reason = 'x'", "a closing never changes"),
        ("delete from closure", "a closing is never removed"),
        ("truncate closure cascade", "a closing is never removed"),
        ("update packet set body = 'x'", "a packet never changes"),
        ("delete from packet", "a packet is never removed"),
        ("truncate packet", "a packet is never removed"),
        ("update invoice set total_minor = 9", "an invoice that is no draft never changes"),
        ("delete from invoice", "an invoice is never removed"),
        ("truncate invoice cascade", "an invoice is never removed"),
    ] {
        assert_eq!(refusal(&owner, statement).await, said, "{statement}");
    }

    let ends =
        "update evidence set locked_at = 1; update invoice set status = 'void', voided_at = 1";
    owner.batch_execute(ends).await.unwrap();
    for (statement, said) in [
        ("update evidence set locked_at = 2", "evidence never changes, but for being locked once"),
        (
            "update evidence set locked_at = null",
            "evidence never changes, but for being locked once",
        ),
        ("delete from evidence", "locked evidence is never removed"),
        (
            "update invoice set status = 'draft', voided_at = null",
            "an invoice that is no draft never changes",
        ),
    ] {
        assert_eq!(refusal(&owner, statement).await, said, "{statement}");
    }
}
