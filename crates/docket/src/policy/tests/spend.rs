//! Having an action queued.

use super::*;
use crate::testing::{code, refusal};
use kernel::{id::Id, policy::Narrowing};

/// The one entry of `job.enqueue`, which was refused.
fn refused(world: &World) -> Entry {
    let mut all = entries(world, "job.enqueue");
    assert_eq!((all.len(), jobs(world)), (1, 0));
    all.remove(0)
}

#[tokio::test]
async fn what_is_permitted_is_queued_once_and_done() {
    let world = world();
    let minted = mint(&world, json!({})).await.unwrap();
    let token = minted["token"].as_str().unwrap();
    let queued = enqueue(&world, token, json!({})).await.unwrap();
    let entry = entries(&world, "job.enqueue").remove(0);
    assert_eq!((json!(entry.policy), entry.refusal), (minted["policy"].clone(), None));

    let taken = claim(&world, 5).await.remove(0);
    assert_eq!((&taken["job"], &taken["payload"]), (&queued, &payload()));
    let held_to = &taken["policy"];
    assert_eq!(held_to["token"], minted["policy"]);
    assert_eq!(
        (&held_to["project"], &held_to["resource"]),
        (&json!("billing"), &json!("invoice/42"))
    );
    let sealed: Token = held_to["sealed"].as_str().unwrap().parse().unwrap();
    assert!(sealed.is_sealed() && sealed.verify(&trusted(&world)).is_ok());

    let done = json!({ "job": queued, "lease": taken["lease"] });
    let ended = world.call(&worker(&world), Tool::JobComplete, done).await.unwrap();
    assert_eq!(ended["result"]["state"], "succeeded");
}

#[tokio::test]
async fn nothing_of_a_token_is_kept_that_anybody_could_use() {
    let world = world();
    let token = token(&world).await;
    enqueue(&world, &token, json!({})).await.unwrap();
    let kept: String = world.value("select sealed from policy_use");
    let used: Token = token.parse().unwrap();
    assert_eq!(kept, used.sealed().expose());
    // The proof that whoever has it is its holder is in no table.
    let secret = token.rsplit('.').next().unwrap();
    for (table, column) in [
        ("job", "payload"),
        ("policy_use", "sealed"),
        ("idempotency", "body"),
        ("audit_entry", "body"),
    ] {
        let sql = format!("select count(*) from {table} where instr({column}, '{secret}') > 0");
        assert_eq!(world.value::<i64>(&sql), 0, "{table}");
    }
}

#[tokio::test]
async fn an_action_without_a_token_is_refused_whatever_it_calls_itself() {
    let world = world();
    let bare = json!({ "kind": KIND, "payload": payload() });
    for caller in [integration(&world), world.admin()] {
        let no = refusal(world.call(&caller, Tool::JobEnqueue, bare.clone()).await);
        assert_eq!((no.code.name(), no.path.as_deref()), ("policy.missing", Some("kind")));
    }
    for field in ["is_action", "action", "requires_policy_token", "dry_run"] {
        let named = with(bare.clone(), json!({ field: false }));
        let no = world.call(&integration(&world), Tool::JobEnqueue, named).await;
        assert_eq!(code(no), "input.malformed", "{field}");
        let inside = with(bare.clone(), json!({ "payload": { field: false } }));
        let no = world.call(&integration(&world), Tool::JobEnqueue, inside).await;
        assert_eq!(code(no), "policy.missing", "{field}");
    }
    for kind in ["ACT.refund", "act", "act.", " act.refund", "act.Refund"] {
        let no = world
            .call(
                &integration(&world),
                Tool::JobEnqueue,
                with(bare.clone(), json!({ "kind": kind })),
            )
            .await;
        assert_eq!(code(no), "input.malformed", "{kind}");
    }
    let tick = json!({ "name": "nightly", "kind": KIND, "cron": "@daily", "payload": payload() });
    assert_eq!(code(world.call(&world.admin(), Tool::JobSchedule, tick).await), "policy.missing");
    assert_eq!(jobs(&world), 0);
    let all = entries(&world, "job.enqueue");
    assert!(all.iter().all(|entry| entry.refusal.is_some() && entry.policy.is_none()));
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_refused() {
    let theirs = World::new();
    Ring::of_policies(&theirs.folder.path().join("keys")).begin(theirs.now()).unwrap();
    let (foreign, long) = (token(&theirs).await, "x".repeat(64));
    for no_token in ["", &long, &foreign, &foreign[..foreign.len() - 1]] {
        let world = world();
        let no = refusal(enqueue(&world, no_token, json!({})).await);
        assert_eq!((no.code.name(), no.path.as_deref()), ("policy.invalid", Some("policy.token")));
        assert!(no_token.is_empty() || !no.detail.contains(no_token), "it is not repeated");
        let entry = refused(&world);
        assert_eq!((entry.refusal.as_deref(), entry.policy), (Some("policy.invalid"), None));
    }
}

#[tokio::test]
async fn a_token_for_something_else_is_refused() {
    let policy = |project: &str, resource: &str, token: &str| json!({ "policy": { "token": token, "project": project, "resource": resource } });
    for differs in ["project", "action", "resource", "payload"] {
        let world = world();
        let token = token(&world).await;
        let more = match differs {
            "project" => policy("growth", "invoice/42", &token),
            "resource" => policy("billing", "invoice/43", &token),
            "action" => json!({ "kind": "act.charge" }),
            _ => json!({ "payload": { "cents": 120_000, "invoice": "42" } }),
        };
        let no = refusal(enqueue(&world, &token, more).await);
        assert_eq!((no.code.name(), &no.facts["differs"]), ("policy.elsewhere", &json!(differs)));
        let entry = refused(&world);
        assert_eq!(entry.refusal.as_deref(), Some("policy.elsewhere"));
        assert_eq!(json!(entry.policy), json!(entries(&world, "policy.mint")[0].policy));
        assert!(enqueue(&world, &token, json!({})).await.is_ok(), "it was not used by that");
    }
}

#[tokio::test]
async fn a_token_of_another_tenant_is_refused() {
    let world = world();
    let stranger = world.stranger(5, &[Role::Approver]);
    let theirs = world.call(&stranger, Tool::PolicyMint, wanted()).await.unwrap();
    let token = theirs["result"]["token"].as_str().unwrap();
    let no = refusal(enqueue(&world, token, json!({})).await);
    assert_eq!((no.code.name(), &no.facts["differs"]), ("policy.elsewhere", &json!("tenant")));
    assert_eq!(refused(&world).refusal.as_deref(), Some("policy.elsewhere"));
}

#[tokio::test]
async fn the_same_payload_in_another_order_is_the_same_payload() {
    let world = world();
    let token = token(&world).await;
    let input = format!(
        r#"{{"kind":"{KIND}","payload":{{"invoice":"42" , "cents":1.2e3}},
            "policy":{{"token":"{token}","project":"billing","resource":"invoice/42"}}}}"#
    );
    let mut call = crate::door::Call::new(Tool::JobEnqueue, input, "test");
    call.key = Some("order".to_owned());
    world.send(&integration(&world), call).await.unwrap();
    assert_eq!(claim(&world, 1).await[0]["payload"], payload());
}

#[tokio::test]
async fn a_token_is_used_once() {
    let world = world();
    let token = token(&world).await;
    enqueue(&world, &token, json!({})).await.unwrap();
    assert_eq!(code(enqueue(&world, &token, json!({})).await), "policy.spent");
    // Narrower is the same token, and so is sealed.
    let open: Token = token.parse().unwrap();
    let expires = Some(world.now() + SignedDuration::from_mins(2));
    let narrowing = Narrowing { expires, ..Narrowing::default() };
    let narrowed = open.narrow(&narrowing, SigningKey::from_bytes(&[4; 32])).unwrap();
    for again in [narrowed, open.sealed()] {
        assert_eq!(code(enqueue(&world, &again.expose(), json!({})).await), "policy.spent");
    }
    assert_eq!(jobs(&world), 1);
    let refused: Vec<_> =
        entries(&world, "job.enqueue").into_iter().filter_map(|entry| entry.refusal).collect();
    assert_eq!(refused, ["policy.spent"; 3]);
}

#[tokio::test]
async fn of_many_who_use_a_token_at_the_same_time_one_does() {
    let world = world();
    let token = token(&world).await;
    let all =
        futures_util::future::join_all((0..8).map(|_| enqueue(&world, &token, json!({})))).await;
    let (won, lost): (Vec<_>, Vec<_>) = all.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), jobs(&world)), (1, 1));
    lost.into_iter().for_each(|no| assert_eq!(code(no), "policy.spent"));
}

#[tokio::test]
async fn the_same_call_twice_uses_the_token_once_and_is_answered_alike() {
    let world = world();
    let token = token(&world).await;
    let policy = json!({ "token": token, "project": "billing", "resource": "invoice/42" });
    let input = json!({ "kind": KIND, "payload": payload(), "policy": policy }).to_string();
    let mut call = crate::door::Call::new(Tool::JobEnqueue, input, "test");
    call.key = Some("retry".to_owned());
    let first = world.send(&integration(&world), call.clone()).await.unwrap();
    let again = world.send(&integration(&world), call).await.unwrap();
    assert!(again.replayed && again.body == first.body);
    assert_eq!(jobs(&world), 1);
}

#[tokio::test]
async fn a_token_counts_for_its_minutes_and_no_longer_whatever_it_claims() {
    let world = world();
    let token = token(&world).await;
    world.clock.advance(SignedDuration::from_mins(5));
    let no = refusal(enqueue(&world, &token, json!({})).await);
    assert_eq!((no.code.name(), &no.facts["differs"]), ("policy.expired", &json!("expires")));
    assert_eq!(refused(&world).refusal.as_deref(), Some("policy.expired"));

    let later = world.now() + SignedDuration::from_mins(1);
    let early = minted(&world, &grant(&world, later, SignedDuration::from_mins(5)));
    assert_eq!(code(enqueue(&world, &early.expose(), json!({})).await), "policy.expired");
}

#[tokio::test]
async fn what_is_due_after_its_token_expires_is_not_queued() {
    let world = world();
    let token = token(&world).await;
    let due = |minutes| json!({ "due": world.now() + SignedDuration::from_mins(minutes) });
    assert_eq!(code(enqueue(&world, &token, due(5)).await), "policy.expired");
    assert!(enqueue(&world, &token, due(4)).await.is_ok());
}

#[tokio::test]
async fn whoever_permits_has_somebody_else_have_it_done() {
    let world = world();
    let token = token(&world).await;
    let both = world.caller(5, &[Role::Approver, Role::Admin]);
    let mut for_them = integration(&world);
    for_them.on_behalf_of = Some(both.actor);
    for caller in [both, for_them] {
        let no = enqueue_as(&world, &caller, &token, json!({})).await;
        assert_eq!(code(no), "approval.second_person");
    }
    assert!(enqueue_as(&world, &world.admin(), &token, json!({})).await.is_ok());
}

#[tokio::test]
async fn a_narrowed_token_permits_less_and_never_more() {
    let world = world();
    let open: Token = token(&world).await.parse().unwrap();
    let next = || SigningKey::from_bytes(&[4; 32]);
    let bearer = Some(integration(&world).actor);
    let ours = open.narrow(&Narrowing { bearer, ..Narrowing::default() }, next()).unwrap();
    let no = refusal(enqueue_as(&world, &world.admin(), &ours.expose(), json!({})).await);
    assert_eq!((no.code.name(), &no.facts["differs"]), ("policy.elsewhere", &json!("bearer")));

    // A holder who keeps to no rules adds a block that says more than the grant.
    let wider = crate::policy::tests::keys::widened(&open, &world);
    world.clock.advance(SignedDuration::from_mins(6));
    assert_eq!(code(enqueue(&world, &wider, json!({})).await), "policy.expired");
    world.clock.advance(SignedDuration::from_mins(-6));
    assert!(enqueue(&world, &ours.expose(), json!({})).await.is_ok());
}

#[tokio::test]
async fn only_an_action_uses_a_token() {
    let world = world();
    let token = token(&world).await;
    let no = refusal(enqueue(&world, &token, json!({ "kind": "ext.refund" })).await);
    assert_eq!((no.code.name(), no.path.as_deref()), ("input.malformed", Some("policy")));
    assert!(enqueue(&world, &token, json!({})).await.is_ok(), "it was not used by that");
}

#[tokio::test]
async fn a_key_that_stands_for_a_job_uses_no_second_token() {
    let world = world();
    let first = enqueue(&world, &token(&world).await, json!({ "key": "k" })).await.unwrap();
    let second = token(&world).await;
    assert_eq!(enqueue(&world, &second, json!({ "key": "k" })).await.unwrap(), first);
    assert_ne!(enqueue(&world, &second, json!({})).await.unwrap(), first);
}

#[tokio::test]
async fn a_token_that_was_revoked_is_not_used() {
    let world = world();
    let minted = mint(&world, json!({})).await.unwrap();
    let revoke = json!({ "policy": minted["policy"] });
    for caller in [world.approver(), world.dispatcher(), world.admin()] {
        let done = world.call(&caller, Tool::PolicyRevoke, revoke.clone()).await.unwrap();
        assert_eq!(done["result"]["policy"], minted["policy"], "as often as anybody likes");
    }
    let no = enqueue(&world, minted["token"].as_str().unwrap(), json!({})).await;
    assert_eq!(code(no), "policy.revoked");
    let entry = entries(&world, "policy.revoke").remove(0);
    assert_eq!(json!(entry.policy), minted["policy"]);
    let other: Id<kernel::id::Policy> = Id::from_parts(4, 4);
    let stranger = world.stranger(5, &[Role::Approver]);
    world.call(&stranger, Tool::PolicyRevoke, json!({ "policy": other })).await.unwrap();
}

#[tokio::test]
async fn a_stranger_revokes_nothing_of_ours() {
    let world = world();
    let minted = mint(&world, json!({})).await.unwrap();
    let revoke = json!({ "policy": minted["policy"] });
    let stranger = world.stranger(5, &[Role::Approver]);
    world.call(&stranger, Tool::PolicyRevoke, revoke).await.unwrap();
    assert!(enqueue(&world, minted["token"].as_str().unwrap(), json!({})).await.is_ok());
}
