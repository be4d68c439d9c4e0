//! Slow work before a transaction, and what happens if it is out of date.

use crate::{
    door::{Before, Call, Denied, command},
    evidence::Reread,
    failure::Fault,
    testing::World,
};
use kernel::tool::Tool;
use serde_json::json;

#[tokio::test]
async fn nothing_is_decided_on_evidence_that_was_not_read_again_as_it_is_now() {
    let world = World::new();
    let ticket = world.verified().await;
    let mut call = Call::new(Tool::TicketClose, json!({ "ticket": ticket }).to_string(), "test");
    call.key = Some("close".to_owned());
    call.if_match = Some(world.version(ticket));
    let entries = || world.value::<i64>("select count(*) from audit_entry");

    let before = entries();
    for reread in [None, Some(Reread::default())] {
        let admitted = command::admit(&call).unwrap();
        let again = world.door.carry(&world.dispatcher(), &call, admitted, reread).await;
        assert!(matches!(again, Err(Denied::Broke(Fault::Moved(_)))), "{again:?}");
    }
    assert_eq!(entries(), before, "it did not happen at all");
    assert_eq!(world.state(ticket), "verified");

    let read = Reread::of(world.door.db(), world.door.store(), world.tenant, ticket).await.unwrap();
    let admitted = command::admit(&call).unwrap();
    world.door.carry(&world.dispatcher(), &call, admitted, Some(read)).await.unwrap();
    assert_eq!(world.state(ticket), "closed");
}

#[tokio::test]
async fn evidence_that_came_or_went_since_is_not_what_was_read() {
    let world = World::new();
    let ticket = world.completed().await;
    let read = || Reread::of(world.door.db(), world.door.store(), world.tenant, ticket);
    let pieces = || {
        let db = world.door.db();
        db.read_waiting(world.tenant, |snap| {
            Ok(crate::evidence::of_ticket(snap, world.tenant, ticket)?)
        })
        .unwrap()
    };
    let before = read().await.unwrap();
    assert!(before.is_of(&pieces()));
    world.show(ticket, "extra_later").await;
    assert!(!before.is_of(&pieces()));
    world.behind_the_door("delete from evidence where key like 'photo_%'");
    assert!(!before.is_of(&pieces()));
    assert!(read().await.unwrap().is_of(&pieces()));
}

#[tokio::test]
async fn whoever_will_be_refused_makes_nobody_read_evidence() {
    let world = World::new();
    let ticket = world.verified().await;
    let call = |version: i64| {
        let input = json!({ "ticket": ticket }).to_string();
        Call { if_match: Some(version), ..Call::new(Tool::TicketClose, input, "test") }
    };
    let now = world.version(ticket);
    let before = Before::Reread;
    let on = Some(ticket);
    for (who, version, reads) in [
        (world.dispatcher(), now, true),
        (world.dispatcher(), now - 1, false),
        (world.stranger(2, &[kernel::role::Role::Dispatcher]), now, false),
        (world.qa(), now, false),
    ] {
        let read = world.door.prepare(&who, &call(version), before, on).await.unwrap();
        assert_eq!(read.is_some(), reads);
    }
}
