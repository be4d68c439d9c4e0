//! The gate, as it stands at every door.

use crate::{
    directory::incident_type,
    door::Denied,
    testing::{
        World, code,
        finish::{ITEMS, KEYS},
    },
};
use kernel::{
    gate::Required,
    id::{Id, Ticket},
    refusal::Refusal,
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};
use std::fs;

fn refusal(answer: Result<Value, Denied>) -> Box<Refusal> {
    match answer {
        Err(Denied::Refused(refusal, Some(_))) => refusal,
        other => panic!("expected a recorded refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn completing_is_refused_for_each_missing_piece_by_its_name() {
    let world = World::new();
    for lacking in KEYS.iter().chain(&ITEMS) {
        let ticket = world.all_but(&[lacking]).await;
        let refusal = refusal(world.complete(ticket).await);
        assert_eq!(refusal.code.name(), "closeout.evidence_missing");
        assert_eq!(refusal.missing, [*lacking]);
        assert_eq!(world.state(ticket), "in_progress", "without {lacking}");
        // The technician is needed elsewhere before the next ticket.
        let gone = json!({ "reason": "next" });
        world.on(&world.dispatcher(), Tool::TicketCancel, ticket, gone).await.unwrap();
    }
}

#[tokio::test]
async fn nothing_at_all_is_refused_with_everything_that_is_missing() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let refusal = refusal(world.complete(ticket).await);
    let all: Vec<_> = KEYS.iter().chain(&ITEMS).map(ToString::to_string).collect();
    assert_eq!(refusal.missing, all);
}

#[tokio::test]
async fn an_item_that_was_taken_back_is_missing_again() {
    let world = World::new();
    let ticket = world.all_but(&[]).await;
    let back = json!({ "items": { "billing_authorization": false } });
    let set = world.on(&world.tech_caller(0), Tool::CloseoutSetChecklist, ticket, back).await;
    assert_eq!(set.unwrap()["result"]["missing"], json!(["billing_authorization"]));
    assert_eq!(code(world.complete(ticket).await), "closeout.evidence_missing");
}

#[tokio::test]
async fn a_reason_stands_in_for_a_signature_and_a_blank_one_does_not() {
    let world = World::new();
    let ticket = world.all_but(&["signature_or_no_signature_reason"]).await;
    let tech = world.tech_caller(0);
    let nothing = json!({ "no_signature_reason": "…" });
    let refused = world.on(&tech, Tool::TechComplete, ticket, nothing).await;
    assert_eq!(code(refused), "closeout.evidence_missing");

    let reason = json!({ "no_signature_reason": "the shop was closed" });
    world.on(&tech, Tool::TechComplete, ticket, reason).await.unwrap();
    assert_eq!(world.state(ticket), "completed_pending_verification");
    assert!(world.ticket(ticket).unwrap().resolved_at.is_some());
}

#[tokio::test]
async fn a_ticket_without_a_type_has_no_gate_that_opens() {
    let world = World::new();
    let ticket = world.all_but(&[]).await;
    world.behind_the_door("update ticket set incident_type = null, type_version = null");
    assert_eq!(code(world.complete(ticket).await), "type.unknown");
}

/// What is done to stored bytes behind our back.
#[derive(Clone, Copy, Debug)]
enum Harm {
    Altered,
    Shortened,
    Deleted,
}

fn harm(world: &World, ticket: Id<Ticket>, key: &str, harm: Harm) {
    let digest: String = world
        .value(&format!("select digest from evidence where ticket = '{ticket}' and key = '{key}'"));
    let file = world.door.store().file(world.tenant, digest.parse().unwrap());
    let mut bytes = fs::read(&file).unwrap();
    match harm {
        Harm::Altered => *bytes.last_mut().unwrap() ^= 1,
        Harm::Shortened => drop(bytes.pop()),
        Harm::Deleted => return fs::remove_file(&file).unwrap(),
    }
    fs::write(&file, bytes).unwrap();
}

const PHOTO: &str = "photo_before_door_edge_and_strike";
const REASON: &str = "the customer moves out today";

#[tokio::test]
async fn bytes_harmed_on_disk_are_found_wherever_it_is_decided() {
    for how in [Harm::Altered, Harm::Shortened, Harm::Deleted] {
        let world = World::new();
        let ticket = world.completed().await;
        harm(&world, ticket, PHOTO, how);

        let force = json!({ "reason": REASON });
        let forced = world.on(&world.dispatcher(), Tool::TicketForceClose, ticket, force).await;
        assert_eq!(refusal(forced).missing, [PHOTO], "{how:?}");
        let refusal = refusal(world.verify(ticket).await);
        assert_eq!(refusal.missing, [PHOTO], "{how:?}");
        assert_eq!(refusal.facts["broken"].as_array().unwrap().len(), 1);

        // The same bytes, uploaded again, mend it.
        world
            .upload(
                &world.tech_caller(0),
                crate::testing::finish::photo(&format!("{PHOTO} of {ticket}")),
            )
            .await;
        world.verify(ticket).await.unwrap();
        harm(&world, ticket, PHOTO, how);
        assert_eq!(code(world.close(ticket).await), "closeout.evidence_missing", "{how:?}");
        assert_eq!(world.state(ticket), "verified");
    }
}

#[tokio::test]
async fn assessing_says_what_is_missing_and_what_is_broken() {
    let world = World::new();
    let ticket = world.all_but(&["work_performed"]).await;
    let closeout = world.agent(Role::AgentCloseout);
    let input = json!({ "ticket": ticket });
    let said = world.call(&closeout, Tool::CloseoutAssess, input.clone()).await.unwrap();
    assert_eq!(said["ready"], false);
    assert_eq!(said["missing_evidence"], json!([]));
    assert_eq!(said["missing_checklist"], json!(["work_performed"]));
    assert_eq!(said["broken"], json!([]));

    harm(&world, ticket, PHOTO, Harm::Altered);
    let said = world.call(&closeout, Tool::CloseoutAssess, input).await.unwrap();
    assert_eq!(said["missing_evidence"], json!([PHOTO]));
    assert_eq!(said["broken"][0]["key"], PHOTO);
}

#[tokio::test]
async fn an_agent_puts_work_forward_but_not_what_is_high_risk() {
    let world = World::new();
    let ticket = world.all_but(&[]).await;
    let closeout = world.agent(Role::AgentCloseout);
    world.behind_the_door("update ticket set incident_type = 'cannot_secure_entry'");
    let risky = world.on(&closeout, Tool::CloseoutCandidate, ticket, json!({})).await;
    assert_eq!(code(risky), "closeout.high_risk");

    world.behind_the_door("update ticket set incident_type = 'door_wont_latch'");
    world.on(&closeout, Tool::CloseoutCandidate, ticket, json!({})).await.unwrap();
    assert_eq!(world.state(ticket), "completed_pending_verification");
}

#[tokio::test]
async fn an_agent_is_held_to_the_same_gate() {
    let world = World::new();
    let ticket = world.all_but(&[PHOTO]).await;
    let closeout = world.agent(Role::AgentCloseout);
    let short = world.on(&closeout, Tool::CloseoutCandidate, ticket, json!({})).await;
    assert_eq!(code(short), "closeout.evidence_missing");
}

const TYPES: [&str; 6] = [
    "auto_operator_fault",
    "cannot_secure_entry",
    "closer_leaking_or_slamming",
    "door_wont_latch",
    "frame_or_glass_damage",
    "hardware_replacement",
];

/// Every type that a tenant begins with, and each thing it asks for taken away alone.
#[tokio::test]
async fn every_type_misses_each_thing_it_asks_for() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let mut table = Vec::new();
    for name in TYPES {
        world.behind_the_door(&format!(
            "delete from evidence; delete from checklist; update ticket set incident_type = '{name}'"
        ));
        let required = world.door.db().read_waiting(world.tenant, |snap| {
            incident_type::at(snap, world.tenant, name, 1).map(|template| template.required())
        });
        let Required { evidence, checklist } = required.unwrap();
        for key in &evidence {
            world.show(ticket, key.as_str()).await;
        }
        let items: Vec<_> = checklist.iter().map(|item| item.as_str()).collect();
        world.tick(ticket, &items).await;
        for lacking in evidence.iter().chain(&checklist) {
            world.behind_the_door(&format!(
                "delete from evidence where key = '{lacking}';
                 delete from checklist where item = '{lacking}'"
            ));
            let refusal = refusal(world.complete(ticket).await);
            let (code, missing) = (refusal.code.name(), refusal.missing.join(" "));
            table.push(format!("{name:<26} {code} {missing}"));
            if evidence.contains(lacking) {
                world.show(ticket, lacking.as_str()).await;
            } else {
                world.tick(ticket, &[lacking.as_str()]).await;
            }
        }
        assert_eq!(table.len() % 9, 0, "each asks for nine things");
    }
    insta::assert_snapshot!(table.join("\n"));
    world.complete(ticket).await.unwrap();
}
