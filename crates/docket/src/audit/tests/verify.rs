use super::{Log, entries, other_signer, signer};
use crate::{
    audit::{
        files,
        sequence::Sequencer,
        verify::{self, Against, Held, NotHeld},
    },
    testing::ground::Ground,
};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use insta::assert_snapshot;
use kernel::{
    checkpoint::Checkpoint,
    note::{Algorithm, VerifierKey},
    refusal::Chain,
    tool::Tool,
};
use serde_json::{Value, json};
use sha2::Sha256;
use std::{fs, path::Path};

fn keys() -> [VerifierKey; 1] {
    [signer().verifier(Algorithm::Log)]
}

fn against<'a>(keys: &'a [VerifierKey], known: Option<Checkpoint>) -> Against<'a> {
    Against { keys, known, progress: &|_, _| () }
}

fn check_with(log: &Log, known: Option<Checkpoint>) -> Result<Held, NotHeld> {
    let keys = keys();
    log.inspect(|snap| verify::database(snap, &against(&keys, known)))
}

pub(super) fn check(log: &Log) -> Result<Held, NotHeld> {
    check_with(log, None)
}

fn check_files(folder: &Path) -> Result<Held, NotHeld> {
    verify::directory(folder, &against(&keys(), None))
}

fn finding(checked: Result<Held, NotHeld>) -> String {
    match checked {
        Err(NotHeld::Found(found)) => found.to_string(),
        Err(NotHeld::Broke(fault)) => panic!("{}", Chain(&fault)),
        Ok(held) => panic!("{held:?}"),
    }
}

fn write_files(log: &Log, folder: &Path) -> files::Written {
    log.read(|snap| files::write(snap, folder, &|_, _| ()))
}

/// A log of `entries` entries, sequenced in `batches`.
async fn log_of(batches: &[usize]) -> Log {
    let log = Log::new();
    for batch in batches {
        log.commit(*batch).await;
        log.sequencer.finish().await.unwrap();
    }
    log
}

#[tokio::test]
async fn a_log_that_nobody_touched_holds() {
    let log = log_of(&[1, 99, 156, 44]).await;
    log.commit(2).await;
    let held = check(&log).unwrap();
    assert_eq!((held.entries, held.checkpoints, held.waiting), (300, 4, 2));
    assert_eq!(held.head.map(|head| head.size), Some(300));
}

#[tokio::test]
async fn a_log_holds_wherever_its_checkpoints_fall() {
    for batches in [&[256, 256, 256, 1][..], &[512, 1, 255, 256], &[1024], &[255, 1, 1, 254, 257]] {
        let held = check(&log_of(batches).await).unwrap();
        assert_eq!(held.entries, batches.iter().sum::<usize>() as u64);
        assert_eq!(held.checkpoints, batches.len() as u64);
    }
}

#[tokio::test]
async fn a_log_without_entries_holds() {
    let held = check(&Log::new()).unwrap();
    assert_eq!((held.entries, held.head), (0, None));
}

#[tokio::test]
async fn a_log_is_not_believed_by_another_key() {
    let log = log_of(&[3]).await;
    let keys = [other_signer().verifier(Algorithm::Log)];
    let checked = log.inspect(|snap| verify::database(snap, &against(&keys, None)));
    assert_snapshot!(finding(checked), @"checkpoint of size 3: none of the known keys signed the note");
}

/// Each row: what somebody with the file does, and what a check says to it.
#[tokio::test]
async fn whatever_is_changed_is_found_and_named() {
    let mut table = Vec::new();
    for tamper in [
        "update audit_entry set body = replace(body, 'ticket.create', 'ticket.cancel') where entry_no = 17",
        "update audit_entry set body = body || ' ' where entry_no = 300",
        "update audit_entry set tenant = 'tnt_somebody' where entry_no = 17",
        "update audit_entry set ticket = 'tkt_other' where entry_no = 17",
        "update audit_entry set correlation = null where entry_no = 17",
        "update audit_entry set at = at + 1 where entry_no = 17",
        "update audit_entry set outcome = 'read' where entry_no = 17",
        "delete from audit_entry where entry_no = 1",
        "delete from audit_entry where entry_no = 17",
        "delete from audit_entry where entry_no = 300",
        "delete from audit_entry",
        "update audit_entry set entry_no = -17 where entry_no = 17; update audit_entry set entry_no = 17 where entry_no = 18; update audit_entry set entry_no = 18 where entry_no = -17",
        "update log_run set leaf_index = leaf_index + 1 where leaf_index = 100",
        "update log_run set entries = entries - 1 where leaf_index = 100",
        "delete from log_run where leaf_index = 100",
        "update log_tile set hashes = cast(substr(hashes, 33) || substr(hashes, 1, 32) as blob) where level = 0 and tile_index = 0",
        "update log_tile set hashes = cast(substr(hashes, 1, 64) || zeroblob(length(hashes) - 64) as blob) where level = 0 and tile_index = 1",
        "update log_tile set hashes = zeroblob(32) where level = 1",
        "delete from log_tile where level = 1",
        "update log_tile set hashes = substr(hashes, 1, 32) where level = 0 and tile_index = 1",
        "update log_checkpoint set root = (select root from log_checkpoint where size = 1) where size = 100",
        "update log_checkpoint set size = 101 where size = 100",
        "update log_checkpoint set note = (select note from log_checkpoint where size = 1) where size = 100",
        "update log_checkpoint set note = replace(note, 'docket.test', 'docket.next') where size = 100",
        "update log_checkpoint set note = 'x' where size = 100",
        "delete from log_checkpoint where size = 300",
        "delete from log_checkpoint",
    ] {
        let log = log_of(&[1, 99, 156, 44]).await;
        log.tamper(tamper);
        table.push(format!("{tamper}\n    {}", finding(check(&log))));
    }
    assert_snapshot!(table.join("\n"), @r#"
    update audit_entry set body = replace(body, 'ticket.create', 'ticket.cancel') where entry_no = 17
        entry `aud_01KJPWD6M0000000000000000H` (leaf 16): its hash is not the one that the log holds for this leaf
    update audit_entry set body = body || ' ' where entry_no = 300
        entry `aud_01KJPWD6M0000000000000009C` (leaf 299): its hash is not the one that the log holds for this leaf
    update audit_entry set tenant = 'tnt_somebody' where entry_no = 17
        entry `aud_01KJPWD6M0000000000000000H` (leaf 16): its column `tenant` does not say what the entry says
    update audit_entry set ticket = 'tkt_other' where entry_no = 17
        entry `aud_01KJPWD6M0000000000000000H` (leaf 16): its column `ticket` does not say what the entry says
    update audit_entry set correlation = null where entry_no = 17
        entry `aud_01KJPWD6M0000000000000000H` (leaf 16): its column `correlation` does not say what the entry says
    update audit_entry set at = at + 1 where entry_no = 17
        entry `aud_01KJPWD6M0000000000000000H` (leaf 16): its column `at` does not say what the entry says
    update audit_entry set outcome = 'read' where entry_no = 17
        entry `aud_01KJPWD6M0000000000000000H` (leaf 16): its column `outcome` does not say what the entry says
    delete from audit_entry where entry_no = 1
        entry number 1 (leaf 0): it is missing
    delete from audit_entry where entry_no = 17
        entry number 17 (leaf 16): it is missing
    delete from audit_entry where entry_no = 300
        entry number 300 (leaf 299): it is missing
    delete from audit_entry
        entry number 1 (leaf 0): it is missing
    update audit_entry set entry_no = -17 where entry_no = 17; update audit_entry set entry_no = 17 where entry_no = 18; update audit_entry set entry_no = 18 where entry_no = -17
        entry `aud_01KJPWD6M0000000000000000J` (leaf 16): its hash is not the one that the log holds for this leaf
    update log_run set leaf_index = leaf_index + 1 where leaf_index = 100
        leaf 100: the leaves here do not follow those before
    update log_run set entries = entries - 1 where leaf_index = 100
        leaf 255: the leaves here do not follow those before
    delete from log_run where leaf_index = 100
        leaf 100: the leaves here do not follow those before
    update log_tile set hashes = cast(substr(hashes, 33) || substr(hashes, 1, 32) as blob) where level = 0 and tile_index = 0
        entry `aud_01KJPWD6M00000000000000001` (leaf 0): its hash is not the one that the log holds for this leaf
    update log_tile set hashes = cast(substr(hashes, 1, 64) || zeroblob(length(hashes) - 64) as blob) where level = 0 and tile_index = 1
        entry `aud_01KJPWD6M00000000000000083` (leaf 258): its hash is not the one that the log holds for this leaf
    update log_tile set hashes = zeroblob(32) where level = 1
        `tile/1/000.p/1`: its hashes are not those of the entries under it
    delete from log_tile where level = 1
        `tile/1/000.p/1`: it is missing
    update log_tile set hashes = substr(hashes, 1, 32) where level = 0 and tile_index = 1
        entry `aud_01KJPWD6M00000000000000082` (leaf 257): its hash is not the one that the log holds for this leaf
    update log_checkpoint set root = (select root from log_checkpoint where size = 1) where size = 100
        checkpoint of size 100: what was signed is not what is stored
    update log_checkpoint set size = 101 where size = 100
        checkpoint of size 101: what was signed is not what is stored
    update log_checkpoint set note = (select note from log_checkpoint where size = 1) where size = 100
        checkpoint of size 100: what was signed is not what is stored
    update log_checkpoint set note = replace(note, 'docket.test', 'docket.next') where size = 100
        checkpoint of size 100: none of the known keys signed the note
    update log_checkpoint set note = 'x' where size = 100
        checkpoint of size 100: a note ends with an empty line and its signatures
    delete from log_checkpoint where size = 300
        leaf 256: the checkpoints end at 256 leaves, the leaves at 300
    delete from log_checkpoint
        leaf 0: the checkpoints end at 0 leaves, the leaves at 300
    "#);
}

#[tokio::test]
async fn an_entry_slipped_in_between_is_found() {
    let log = log_of(&[3]).await;
    // A number that is free between the entries of the log.
    log.tamper("update log_run set entries = 2; update audit_entry set entry_no = 9 where entry_no = 3; insert into log_run values (2, 9, 1)");
    assert!(check(&log).is_ok());
    if Ground::is_postgres() {
        log.tamper("update log_settled set entry_no = 9");
    }
    log.tamper("insert into audit_entry (entry_no, id, tenant, ticket, correlation, at, tool, outcome, body) select 5, 'aud_new', tenant, ticket, correlation, at, tool, outcome, body from audit_entry where entry_no = 1");
    assert_snapshot!(finding(check(&log)), @"entry number 5: it stands between the entries of the log and is none of its leaves");
}

/// Somebody who has the database and the key can make a log that holds in
/// itself. Whoever kept an earlier checkpoint sees it.
#[tokio::test]
async fn a_log_rebuilt_and_signed_again_is_found_by_who_kept_a_checkpoint() {
    let log = log_of(&[10]).await;
    let kept = check(&log).unwrap().head.unwrap();
    log.tamper("delete from audit_entry where entry_no = 4");
    log.forget_leaves();
    let rebuilt = Sequencer::new(log.world.door.db().clone(), signer());
    rebuilt.finish().await.unwrap();

    assert_eq!(check(&log).unwrap().entries, 9);
    assert_snapshot!(finding(check_with(&log, Some(kept.clone()))), @"known checkpoint of size 10: the log has only 9 leaves");
    log.commit(5).await;
    rebuilt.finish().await.unwrap();
    assert_snapshot!(finding(check_with(&log, Some(kept))), @"known checkpoint of size 10: the entries up to entry `aud_01KJPWD6M0000000000000000B` (leaf 9) do not lead to its root");
}

#[tokio::test]
async fn a_log_cut_back_to_an_earlier_checkpoint_is_found_by_who_kept_a_later_one() {
    let log = log_of(&[100, 100]).await;
    let kept = check(&log).unwrap().head.unwrap();
    log.tamper(
        "delete from log_checkpoint where size = 200; delete from log_run where leaf_index = 100;
         delete from audit_entry where entry_no > 100;
         update log_tile set hashes = substr(hashes, 1, 3200)",
    );
    assert_eq!(check(&log).unwrap().entries, 100);
    assert_snapshot!(finding(check_with(&log, Some(kept))), @"known checkpoint of size 200: the log has only 100 leaves");
}

#[tokio::test]
async fn the_files_of_a_log_hold_by_themselves_and_grow() {
    let log = log_of(&[1, 299]).await;
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(write_files(&log, folder.path()), files::Written { size: 300, files: 5 });
    assert_eq!(check_files(folder.path()).unwrap().entries, 300);

    log.commit(300).await;
    log.sequencer.finish().await.unwrap();
    write_files(&log, folder.path());
    assert_eq!(check_files(folder.path()).unwrap().entries, 600);
    assert_eq!(write_files(&log, folder.path()).files, 0);
}

#[tokio::test]
async fn files_that_were_changed_are_found() {
    let log = log_of(&[300]).await;
    let mut table = Vec::new();
    for name in [
        "checkpoint",
        "tile/0/000",
        "tile/0/001.p/44",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/44",
    ] {
        let folder = tempfile::tempdir().unwrap();
        write_files(&log, folder.path());
        let file = folder.path().join(name);
        let mut bytes = fs::read(&file).unwrap();
        let at = bytes.len() / 2;
        bytes[at + 9] ^= 1;
        fs::write(&file, &bytes).unwrap();
        table.push(format!("{name} edited\n    {}", finding(check_files(folder.path()))));
        fs::write(&file, &bytes[..at]).unwrap();
        table.push(format!("{name} cut\n    {}", finding(check_files(folder.path()))));
        fs::remove_file(&file).unwrap();
        table.push(format!("{name} removed\n    {}", finding(check_files(folder.path()))));
    }
    assert_snapshot!(table.join("\n"), @r#"
    checkpoint edited
        checkpoint of size 300: the signature by `docket.test/audit` is wrong
    checkpoint cut
        checkpoint of size 300: a note ends with an empty line and its signatures
    checkpoint removed
        checkpoint: it is missing
    tile/0/000 edited
        entry `aud_01KJPWD6M00000000000000041` (leaf 128): its hash is not the one that the log holds for this leaf
    tile/0/000 cut
        entry `aud_01KJPWD6M00000000000000041` (leaf 128): its hash is not the one that the log holds for this leaf
    tile/0/000 removed
        `tile/0/000`: it is missing
    tile/0/001.p/44 edited
        entry `aud_01KJPWD6M0000000000000008Q` (leaf 278): its hash is not the one that the log holds for this leaf
    tile/0/001.p/44 cut
        entry `aud_01KJPWD6M0000000000000008Q` (leaf 278): its hash is not the one that the log holds for this leaf
    tile/0/001.p/44 removed
        `tile/0/001.p/44`: it is missing
    tile/1/000.p/1 edited
        `tile/1/000.p/1`: its hashes are not those of the entries under it
    tile/1/000.p/1 cut
        `tile/1/000.p/1`: its hashes are not those of the entries under it
    tile/1/000.p/1 removed
        `tile/1/000.p/1`: it is missing
    tile/entries/000 edited
        leaf 128: its hash is not the one that the log holds for this leaf
    tile/entries/000 cut
        `tile/entries/000`: the bundle holds 128 entries instead of 256
    tile/entries/000 removed
        `tile/entries/000`: it is missing
    tile/entries/001.p/44 edited
        leaf 278: its hash is not the one that the log holds for this leaf
    tile/entries/001.p/44 cut
        `tile/entries/001.p/44`: the bundle holds 22 entries instead of 44
    tile/entries/001.p/44 removed
        `tile/entries/001.p/44`: it is missing
    "#);
}

#[tokio::test]
async fn the_root_is_the_one_that_another_implementation_computes() {
    let log = log_of(&[1, 99, 156, 44]).await;
    let head = check(&log).unwrap().head.unwrap();
    let mut tree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    entries(&log).into_iter().for_each(|entry| tree.push(entry.into_bytes()));
    assert_eq!(head.root.0[..], tree.root().as_bytes()[..]);
}

async fn export(log: &Log) -> String {
    log.settle().await;
    let page = log.ask(&log.auditor(), Tool::AuditExport, json!({})).await.unwrap();
    let lines = page["items"].as_array().unwrap().iter().map(Value::to_string);
    lines.map(|line| line + "\n").collect()
}

#[tokio::test]
async fn an_export_holds_until_a_byte_of_it_changes() {
    let log = log_of(&[3, 4]).await;
    let export = export(&log).await;
    let keys = keys();
    let check = |text: &[u8]| verify::receipts(text, &against(&keys, None));

    assert_eq!(check(export.as_bytes()).unwrap().entries, 7);
    for at in (0..export.len()).step_by(11) {
        let mut bytes = export.clone().into_bytes();
        bytes[at] ^= 1 << (at % 8);
        let same = same_receipts(&bytes, export.as_bytes());
        assert!(same || check(&bytes).is_err(), "byte {at}");
    }
}

/// Whether an edit left the receipts what they were: white space outside of them.
fn same_receipts(one: &[u8], other: &[u8]) -> bool {
    let read = |text: &[u8]| {
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let lines = lines.map(serde_json::from_slice::<kernel::receipt::Receipt>);
        lines.collect::<Result<Vec<_>, _>>().ok()
    };
    read(one).is_some_and(|one| Some(one) == read(other))
}

#[tokio::test]
async fn an_export_names_the_line_that_does_not_hold() {
    let log = log_of(&[3]).await;
    let export = export(&log).await;
    let keys = keys();
    let finding = |text: String| finding(verify::receipts(text.as_bytes(), &against(&keys, None)));

    assert_snapshot!(finding(export.replacen("ticket.create", "ticket.cancel", 2)), @"line 1, entry `aud_01KJPWD6M00000000000000001` (leaf 0): the proof does not lead to the root at size 3");
    let first = export.lines().next().unwrap();
    assert_snapshot!(finding(format!("{export}{first}\n")), @"line 4, entry `aud_01KJPWD6M00000000000000001` (leaf 0): it was there before");
    assert_snapshot!(finding("{}\n".to_owned()), @"line 1: missing field `entry` at line 1 column 2");
    assert_snapshot!(finding(export.replace("\\n3\\n", "\\n4\\n")), @"line 1, entry `aud_01KJPWD6M00000000000000001` (leaf 0): the signature by `docket.test/audit` is wrong");
}
