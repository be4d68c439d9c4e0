use crate::{
    door::Call,
    import,
    testing::{World, code, crowd::Crowd},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{role::Role, tool::Tool};
use serde_json::json;

fn count(world: &World, from: &str) -> i64 {
    world.value(&format!("select count(*) from {from}"))
}

async fn pass(world: &World, minutes: i64) {
    world.clock.advance(SignedDuration::from_mins(minutes));
    world.work_off().await;
}

/// So many logins with tokens that end at the same time.
fn logins(world: &World, many: i64, name: &str, until: Timestamp) {
    let (tenant, until) = (world.tenant, until.as_microsecond());
    world.behind_the_door(&format!(
        "with recursive number (at) as (
             select 1 union all select at + 1 from number where at < {many}
         )
         insert into admission (tenant, issuer, token, expires_at)
         select '{tenant}', 'us', '{name}' || at, {until} from number"
    ));
}

#[tokio::test]
async fn logins_are_forgotten_when_their_tokens_can_be_valid_no_more_and_not_before() {
    let world = World::new();
    logins(&world, 20, "old", world.now() + SignedDuration::from_mins(15));
    logins(&world, 1, "young", world.now() + SignedDuration::from_mins(90));
    pass(&world, 15 + 60).await;
    assert_eq!(count(&world, "admission"), 21, "clocks may differ");
    pass(&world, 59).await;
    assert_eq!(count(&world, "admission"), 21, "it looks once an hour");
    pass(&world, 1).await;
    assert_eq!(count(&world, "admission"), 1);
}

#[tokio::test]
async fn proofs_are_forgotten_an_hour_after_they_ended_and_not_before() {
    let world = World::new();
    for (name, minutes) in [("old", 1), ("young", 70)] {
        let until = (world.now() + SignedDuration::from_mins(minutes)).as_microsecond();
        world.behind_the_door(&format!(
            "insert into replay_nonce (tenant, nonce, expires_at)
             values ('{}', '{name}', {until})",
            world.tenant,
        ));
    }
    pass(&world, 1 + 60).await;
    assert_eq!(count(&world, "replay_nonce"), 2, "clocks may differ");
    pass(&world, 60).await;
    assert_eq!(count(&world, "replay_nonce"), 1);
    pass(&world, 60).await;
    assert_eq!(count(&world, "replay_nonce"), 0);
}

#[tokio::test]
async fn more_than_a_batch_is_forgotten_in_bounded_steps_each_with_its_entry() {
    let world = World::new();
    logins(&world, 1_200, "old", world.now());
    logins(&world, 3, "young", world.now() + SignedDuration::from_mins(70));
    pass(&world, 61).await;
    assert_eq!(count(&world, "admission"), 3);
    let result: String = world.value("select result from job_done where kind = 'retention.prune'");
    assert_eq!(
        result,
        r#"{"admissions":1200,"countersigns":0,"proofs":0,"quarantined":0,"revocations":0}"#
    );
    let entries = world.back().column::<String>(
        "select body from audit_entry where tool = 'retention.prune' order by entry_no",
    );
    let facts = |many: &str| format!(r#""payload":{{"admissions":{many}}}"#);
    assert_eq!(entries.len(), 3);
    assert!(
        entries[0].contains(&facts("500")) && entries[2].contains(&facts("200")),
        "{entries:?}"
    );
}

#[tokio::test]
async fn a_revoked_token_is_forgotten_when_it_cannot_come_again_and_a_revoked_key_never() {
    let world = World::new();
    for revoked in [json!({ "token": "a-token" }), json!({ "key": "a-key" })] {
        world.call(&world.admin(), Tool::TokenRevoke, revoked).await.unwrap();
    }
    pass(&world, 24 * 60).await;
    assert_eq!(count(&world, "revocation"), 2);
    pass(&world, 60).await;
    assert_eq!(count(&world, "revocation where kind = 'token'"), 0);
    pass(&world, 10 * 365 * 24 * 60).await;
    assert_eq!(count(&world, "revocation where kind = 'key'"), 1);
}

#[tokio::test]
async fn a_first_voice_that_nobody_confirmed_goes_and_one_that_was_stays() {
    let world = World::new();
    let ticket = world.completed().await;
    let force = json!({ "reason": "the customer has moved out" });
    let (one, two) = (world.dispatcher(), world.approver());
    world.on(&one, Tool::TicketForceClose, ticket, force.clone()).await.unwrap();
    let asked = world.on(&one, Tool::TicketForceClose, ticket, force.clone()).await.unwrap();
    let mut second = force;
    second["countersign"] = asked["result"]["countersign"].clone();
    world.on(&two, Tool::TicketForceClose, ticket, second).await.unwrap();
    assert_eq!(count(&world, "countersign"), 2);

    pass(&world, 7 * 24 * 60 + 30).await;
    assert_eq!(count(&world, "countersign"), 2);
    pass(&world, 60).await;
    assert_eq!(count(&world, "countersign"), 1);
    assert_eq!(count(&world, "countersign where confirmed_at is not null"), 1);
}

#[tokio::test]
async fn what_is_forgotten_of_one_tenant_is_not_counted_for_another() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    let stranger = world.stranger(1, &[Role::Admin]);
    world.call(&stranger, Tool::TokenRevoke, json!({ "token": "theirs" })).await.unwrap();
    logins(world, 700, "old", world.now());
    world.clock.advance(SignedDuration::from_hours(25));
    let (other, carriers) = (crowd.door(1), world.carriers());
    tokio::join!(world.work_off(), world.work_off_at(&other, &carriers));
    let entries = |tenant| {
        count(world, &format!("audit_entry where tool = 'retention.prune' and tenant = '{tenant}'"))
    };
    assert_eq!((entries(world.tenant), entries(world.other_tenant())), (2, 1));
    assert_eq!(count(world, "admission") + count(world, "revocation"), 0);
}

#[tokio::test]
async fn what_is_forgotten_was_of_no_use_to_anybody() {
    let world = World::new();
    let ticket = world.completed().await;
    let force = json!({ "reason": "the customer has moved out" });
    let asked = world.on(&world.dispatcher(), Tool::TicketForceClose, ticket, force.clone()).await;
    let mut second = force;
    second["countersign"] = asked.unwrap()["result"]["countersign"].clone();
    pass(&world, 31).await;
    let late = world.on(&world.approver(), Tool::TicketForceClose, ticket, second.clone()).await;
    assert_eq!(code(late), "countersign.expired");
    pass(&world, 8 * 24 * 60).await;
    let later = world.on(&world.approver(), Tool::TicketForceClose, ticket, second).await;
    assert_eq!(code(later), "countersign.unknown");
}

#[tokio::test]
async fn rows_that_an_import_set_aside_are_forgotten_after_a_month_and_its_numbers_stay() {
    let world = World::new();
    let actor = world.admin().actor;
    world.behind_the_door(&format!(
        "update principal set roles = '[\"admin\"]' where id = '{actor}'"
    ));
    let mut call = Call::new(Tool::ImportStart, Vec::new(), "test");
    call.key = Some("one".to_owned());
    let (kind, format, file) = (import::Kind::Accounts, import::Format::Csv, "name\nA,x\n".into());
    world.door.import(&world.admin(), call, kind, format, file).await.unwrap();
    world.work_off().await;
    pass(&world, 30 * 24 * 60).await;
    assert_eq!(count(&world, "import_bad"), 1);
    pass(&world, 60).await;
    assert_eq!(count(&world, "import_bad"), 0);
    assert_eq!(count(&world, "import where ended_at is not null"), 1);
}
