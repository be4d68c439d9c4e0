use super::{Log, entries};
use crate::{
    audit::read,
    door::Call,
    identity::Caller,
    testing::{World, code, person},
};
use kernel::{audit::Entry, merkle::decode_bundle, receipt::Receipt, role::Role, tool::Tool};
use serde_json::{Value, json};

fn ids(page: &Value) -> Vec<String> {
    let entries = page["items"].as_array().unwrap();
    entries.iter().map(|entry| entry["id"].as_str().unwrap().to_owned()).collect()
}

fn id_of(body: &str) -> String {
    serde_json::from_str::<Entry>(body).unwrap().id.to_string()
}

/// The last entry that was committed.
fn last(log: &Log) -> Entry {
    serde_json::from_str(entries(log).last().unwrap()).unwrap()
}

fn operator(log: &Log) -> Caller {
    Caller { operator: true, ..log.auditor() }
}

#[tokio::test]
async fn an_auditor_pages_through_the_entries_newest_first() {
    let log = Log::new();
    log.commit(7).await;
    let mut all: Vec<_> = entries(&log).iter().map(|body| id_of(body)).collect();
    all.reverse();

    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let input = json!({ "limit": 3, "after": after });
        let page = log.ask(&log.auditor(), Tool::AuditList, input).await.unwrap();
        seen.extend(ids(&page));
        after = page["next"].clone();
        if after.is_null() {
            break;
        }
    }
    assert_eq!(seen, all);
}

#[tokio::test]
async fn entries_are_found_by_what_they_are_about() {
    let log = Log::of(World::new());
    log.commit(2).await;
    let dispatcher = log.world.dispatcher();
    let input = json!({ "site": log.world.site(), "summary": "front door" });
    let mut call = Call::new(Tool::TicketCreate, input.to_string(), "test");
    call.key = Some("one".to_owned());
    call.correlation = Some("call-17".to_owned());
    let created = log.world.send(&dispatcher, call).await.unwrap();
    let created: Value = serde_json::from_str(&created.body).unwrap();
    let refused = log.ask(&log.auditor(), Tool::TicketCreate, json!({})).await;
    assert_eq!(code(refused), "role.forbidden");

    let found = async |filter: Value| {
        let page = log.ask(&log.auditor(), Tool::AuditList, filter).await.unwrap();
        ids(&page).len()
    };
    assert_eq!(found(json!({ "ticket": created["ticket"]["id"] })).await, 1);
    assert_eq!(found(json!({ "correlation": "call-17" })).await, 1);
    assert_eq!(found(json!({ "correlation": "the-storm" })).await, 2);
    assert_eq!(found(json!({ "tool": "ticket.create" })).await, 4);
    assert_eq!(found(json!({ "outcome": "refused", "tool": "ticket.create" })).await, 1);
    assert_eq!(found(json!({ "outcome": "refused", "tool": "ticket.close" })).await, 0);
    let both = json!({ "ticket": created["ticket"]["id"], "correlation": "the-storm" });
    assert_eq!(found(both).await, 0);
}

#[tokio::test]
async fn the_entries_of_a_neighbour_are_not_there() {
    let log = Log::new();
    log.commit_as(log.neighbour(), 2).await;
    log.sequencer.finish().await.unwrap();
    let theirs = last(&log).id;
    let auditor = log.auditor();

    let page = log.ask(&auditor, Tool::AuditList, json!({})).await.unwrap();
    assert_eq!(page, json!({ "items": [], "next": null }));
    for (tool, input) in [
        (Tool::AuditList, json!({ "after": theirs })),
        (Tool::AuditReceipt, json!({ "entry": theirs })),
        (Tool::AuditExport, json!({ "after": theirs })),
    ] {
        assert_eq!(code(log.ask(&auditor, tool, input).await), "record.not_found");
    }
    let export = log.ask(&auditor, Tool::AuditExport, json!({})).await.unwrap();
    // Two refusals of ours are not leaves yet.
    assert_eq!(export, json!({ "items": [], "next": null }));
}

#[tokio::test]
async fn a_receipt_is_had_once_the_entry_is_a_leaf_and_needs_only_the_key() {
    let log = Log::new();
    log.commit(300).await;
    let entry = last(&log).id;
    let input = json!({ "entry": entry });
    let early = log.ask(&log.auditor(), Tool::AuditReceipt, input.clone()).await;
    assert_eq!(code(early), "audit.not_sequenced");

    log.sequencer.finish().await.unwrap();
    let receipt = log.ask(&log.auditor(), Tool::AuditReceipt, input).await.unwrap();
    let receipt: Receipt = serde_json::from_value(receipt).unwrap();
    assert_eq!((receipt.index, id_of(&receipt.entry)), (299, entry.to_string()));
    receipt.verify(&[log.sequencer.key()]).unwrap();
}

#[tokio::test]
async fn somebody_gets_receipts_of_what_they_did_and_of_nothing_else() {
    let log = Log::new();
    log.commit(1).await;
    log.sequencer.finish().await.unwrap();
    let input = json!({ "entry": last(&log).id });

    let did = log.world.dispatcher();
    log.ask(&did, Tool::AuditReceipt, input.clone()).await.unwrap();
    let agent_for = Caller {
        actor: person(70),
        on_behalf_of: Some(did.actor),
        ..log.world.caller(70, &[Role::AgentLiaison])
    };
    log.ask(&agent_for, Tool::AuditReceipt, input.clone()).await.unwrap();
    let other = log.world.caller(8, &[Role::Dispatcher]);
    assert_eq!(code(log.ask(&other, Tool::AuditReceipt, input).await), "record.not_found");
}

#[tokio::test]
async fn an_export_is_receipts_page_by_page_and_leaves_an_entry() {
    let log = Log::new();
    let neighbour = log.neighbour();
    for _ in 0..3 {
        log.commit(2).await;
        log.commit_as(neighbour, 1).await;
        log.settle().await;
    }
    let keys = [log.sequencer.key()];

    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let input = json!({ "limit": 4, "after": after });
        let page = log.ask(&log.auditor(), Tool::AuditExport, input).await.unwrap();
        let receipts: Vec<Receipt> = serde_json::from_value(page["items"].clone()).unwrap();
        receipts.iter().for_each(|receipt| drop(receipt.verify(&keys).unwrap()));
        seen.extend(receipts.iter().map(|receipt| receipt.index));
        after = page["next"].clone();
        if after.is_null() {
            break;
        }
    }
    assert_eq!(seen, [0, 1, 3, 4, 6, 7]);
    let left = last(&log);
    assert_eq!((left.tool.as_str(), left.outcome.name()), ("audit.export", "read"));
    assert_eq!(left.payload["entries"], 2);
}

#[tokio::test]
async fn a_page_has_a_sensible_length() {
    let log = Log::new();
    for (tool, limit) in [
        (Tool::AuditList, 0),
        (Tool::AuditList, 201),
        (Tool::AuditExport, 0),
        (Tool::AuditExport, 201),
    ] {
        let refused = log.ask(&log.auditor(), tool, json!({ "limit": limit })).await;
        assert_eq!(code(refused), "input.malformed");
    }
}

#[tokio::test]
async fn only_the_operator_reads_what_every_tenant_did() {
    let log = Log::new();
    log.commit(3).await;
    log.sequencer.finish().await.unwrap();
    let read = |path: &str| Call::new(Tool::LogRead, json!({ "path": path }).to_string(), "test");

    for path in ["checkpoint", "tile/0/000.p/3", "tile/0/000.p/1"] {
        let file = log.world.send(&log.auditor(), read(path)).await.unwrap();
        assert!(!read::bytes(&file).unwrap().is_empty());
    }
    let bundle = "tile/entries/000.p/3";
    let refused = log.world.send(&log.auditor(), read(bundle)).await;
    assert_eq!(code(refused), "tenant.operator_only");

    let file = log.world.send(&operator(&log), read(bundle)).await.unwrap();
    let bundle = read::bytes(&file).unwrap();
    assert_eq!(decode_bundle(&bundle, 3).unwrap().len(), 3);
    let left = last(&log);
    assert_eq!((left.tool.as_str(), left.outcome.name()), ("log.read", "read"));
}

#[tokio::test]
async fn what_is_no_file_of_the_log_is_refused() {
    let log = Log::new();
    for (path, refusal) in [
        ("checkpoint", "record.not_found"),
        ("tile/0/000", "record.not_found"),
        ("tile/0/0", "input.malformed"),
        ("../docket.db", "input.malformed"),
    ] {
        let answer = log.ask(&log.auditor(), Tool::LogRead, json!({ "path": path })).await;
        assert_eq!(code(answer), refusal, "{path}");
    }
}
