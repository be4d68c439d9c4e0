use crate::testing::{World, code, finish::photo};
use kernel::{canonical::Digest, role::Role, tool::Tool};
use serde_json::json;

const KEY: &str = "photo_after_latched_alignment";

#[tokio::test]
async fn the_office_reads_any_evidence_and_a_technician_their_own() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let digest = world.show(ticket, KEY).await;
    let input = json!({ "digest": digest });
    for who in [world.dispatcher(), world.qa(), world.auditor(), world.tech_caller(0)] {
        let seen = world.call(&who, Tool::EvidenceRead, input.clone()).await.unwrap();
        assert_eq!(seen["media_type"], "image/png");
    }
    let other = world.call(&world.tech_caller(1), Tool::EvidenceRead, input.clone()).await;
    assert_eq!(code(other), "record.not_found");
    let customer = world.call(&world.customer(), Tool::EvidenceRead, input.clone()).await;
    assert_eq!(code(customer), "role.forbidden");
    let stranger = world.stranger(2, &[Role::Dispatcher]);
    assert_eq!(code(world.call(&stranger, Tool::EvidenceRead, input).await), "record.not_found");
}

#[tokio::test]
async fn bytes_that_are_evidence_of_nothing_are_not_there() {
    let world = World::new();
    let digest = world.upload(&world.tech_caller(0), photo("a door")).await;
    for digest in [digest, Digest::of_bytes(b"nothing")] {
        let input = json!({ "digest": digest });
        let read = world.call(&world.dispatcher(), Tool::EvidenceRead, input).await;
        assert_eq!(code(read), "record.not_found");
    }
}

#[tokio::test]
async fn every_reading_of_an_original_is_written_down() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let digest = world.show(ticket, KEY).await;
    world.call(&world.qa(), Tool::EvidenceRead, json!({ "digest": digest })).await.unwrap();
    let entry: String = world.value("select body from audit_entry order by entry_no desc limit 1");
    let entry: serde_json::Value = serde_json::from_str(&entry).unwrap();
    assert_eq!(entry["outcome"], "read");
    assert_eq!(entry["tool"], "evidence.read");
    assert_eq!(entry["payload"]["digest"], digest.to_string());
}

#[tokio::test]
async fn a_range_lies_within_the_bytes() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let digest = world.show(ticket, KEY).await;
    let read =
        |from: Option<u64>, to: Option<u64>| json!({ "digest": digest, "from": from, "to": to });
    let dispatcher = world.dispatcher();
    let seen = world.call(&dispatcher, Tool::EvidenceRead, read(Some(2), Some(4))).await.unwrap();
    assert_eq!((&seen["from"], &seen["to"]), (&json!(2), &json!(4)));
    let size = seen["size"].as_u64().unwrap();
    let end = json!({ "digest": digest, "last": 5 });
    let seen = world.call(&dispatcher, Tool::EvidenceRead, end).await.unwrap();
    assert_eq!((&seen["from"], &seen["to"]), (&json!(size - 5), &json!(size)));
    let beyond = read(Some(1), Some(u64::MAX));
    let seen = world.call(&dispatcher, Tool::EvidenceRead, beyond).await.unwrap();
    assert_eq!(seen["to"], size, "what is there of it");

    for (from, to) in
        [(Some(size), None), (Some(u64::MAX), None), (Some(3), Some(3)), (Some(4), Some(3))]
    {
        let refused = world.call(&dispatcher, Tool::EvidenceRead, read(from, to)).await;
        assert_eq!(code(refused), "evidence.range", "{from:?}..{to:?}");
    }
    let both = json!({ "digest": digest, "from": 1, "last": 5 });
    let refused = world.call(&dispatcher, Tool::EvidenceRead, both).await;
    assert_eq!(code(refused), "evidence.range");
}
