//! Whatever is said at the same moment, what comes of it is what some order of
//! saying it one after the other would give.

use crate::{
    audit::{
        sequence::Sequencer,
        verify::{self, Against},
    },
    db::Scope,
    testing::{
        crowd::{Crowd, Saying},
        stage::window,
    },
};
use ed25519_dalek::SigningKey;
use kernel::{
    id::{self, Id},
    note::{Algorithm, Signer},
    tool::Tool,
};
use proptest::prelude::*;
use serde_json::json;

/// What somebody wants of one of the tickets.
#[derive(Clone, Copy, Debug)]
enum Wish {
    Note,
    Triage,
    Propose,
    Confirm,
    Dispatch(usize),
    Arrive(usize),
    Unassign,
    Reschedule,
    Cancel,
}

fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![
        2 => Just(Wish::Note),
        2 => Just(Wish::Triage),
        3 => Just(Wish::Propose),
        3 => Just(Wish::Confirm),
        6 => (0..2_usize).prop_map(Wish::Dispatch),
        1 => (0..2_usize).prop_map(Wish::Arrive),
        2 => Just(Wish::Unassign),
        2 => Just(Wish::Reschedule),
        1 => Just(Wish::Cancel),
    ]
}

fn saying(crowd: &Crowd, ticket: Id<id::Ticket>, wish: Wish) -> Saying {
    let world = &crowd.world;
    let (caller, reason) = (world.dispatcher(), json!({ "reason": "something came up" }));
    let nte = json!({ "minor": 50_000, "currency": "USD" });
    let (caller, tool, input) = match wish {
        Wish::Note => (caller, Tool::TicketAddMessage, json!({ "text": "a note" })),
        Wish::Triage => {
            let input = json!({
                "outcome": "ready_to_schedule", "incident_type": "door_wont_latch", "nte": nte,
                "description": "the latch does not reach the strike",
            });
            (caller, Tool::TicketTriage, input)
        }
        Wish::Propose => (caller, Tool::SchedulePropose, json!({ "windows": [window()] })),
        Wish::Confirm => (caller, Tool::ScheduleConfirm, json!({ "window": window() })),
        Wish::Dispatch(number) => {
            let input = json!({ "technician": world.technician(number) });
            (caller, Tool::AssignmentDispatch, input)
        }
        Wish::Arrive(number) => (world.tech_caller(number), Tool::TechCheckIn, json!({})),
        Wish::Unassign => (caller, Tool::AssignmentUnassign, reason),
        Wish::Reschedule => {
            let input = json!({ "windows": [window()], "reason": "we have to move it" });
            (caller, Tool::ScheduleReschedule, input)
        }
        Wish::Cancel => (caller, Tool::TicketCancel, reason),
    };
    world.saying_on(&caller, tool, ticket, input)
}

/// Says each round at once, and says how often each ticket was changed.
async fn said(
    crowd: &Crowd,
    tickets: &[Id<id::Ticket>],
    rounds: Vec<Vec<(usize, Wish)>>,
) -> Vec<i64> {
    let mut changed = vec![0; tickets.len()];
    for round in rounds {
        let said = round.iter().map(|(at, wish)| saying(crowd, tickets[*at], *wish)).collect();
        for ((at, wish), answer) in round.iter().zip(crowd.at_once(said).await) {
            match answer {
                Ok(_) => changed[*at] += 1,
                Err(crate::door::Denied::Refused(..)) => {}
                Err(broke) => panic!("{wish:?}: {broke:?}"),
            }
        }
    }
    changed
}

/// Every step begins where the one before ended, at a later version and no
/// earlier time, and the last one ends where the ticket stands.
fn check_steps(crowd: &Crowd, ticket: Id<id::Ticket>) {
    let world = &crowd.world;
    let steps = world.back().rows(&format!(
        "select from_state, to_state, version, at from transition
         where ticket = '{ticket}' order by version"
    ));
    let text = |step: usize, column: usize| steps[step][column].clone().unwrap();
    let number = |step, column| text(step, column).parse::<i64>().unwrap();
    for step in 1..steps.len() {
        assert_eq!(text(step, 0), text(step - 1, 1));
        assert!(number(step, 2) > number(step - 1, 2));
        assert!(number(step, 3) >= number(step - 1, 3));
    }
    assert_eq!(text(steps.len() - 1, 1), world.state(ticket));
}

fn check_visits(crowd: &Crowd) {
    let twice: i64 = crowd.world.value(
        "select count(*) from visit one
         join visit other on other.tenant = one.tenant and other.technician = one.technician
         where one.id < other.id and one.ended_at is null and other.ended_at is null
           and one.window_start < other.window_end and other.window_start < one.window_end",
    );
    assert_eq!(twice, 0, "nobody is in two places");
}

async fn check_log(crowd: &Crowd) {
    let signer = Signer::new("docket.test/at-once", SigningKey::from_bytes(&[3; 32])).unwrap();
    let keys = [signer.verifier(Algorithm::Log)];
    let db = crowd.world.door.db();
    Sequencer::new(db.clone(), signer).finish().await.unwrap();
    let against = Against { keys: &keys, known: None, progress: &|_, _| () };
    let held = db.read_waiting(Scope::Everyone, |snap| Ok(verify::database(snap, &against)));
    let held = held.unwrap().unwrap();
    assert_eq!(held.waiting, 0);
    let entries = crowd.world.value::<i64>("select count(*) from audit_entry");
    assert_eq!(i64::try_from(held.entries), Ok(entries));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn what_is_said_at_once_could_have_been_said_in_some_order(
        rounds in prop::collection::vec(prop::collection::vec((0..3_usize, wish()), 4..16), 3..8),
    ) {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let crowd = Crowd::new();
            let world = &crowd.world;
            let tickets =
                [world.new_ticket().await, world.scheduled().await, world.scheduled().await];
            let before = tickets.map(|ticket| world.version(ticket));
            let changed = said(&crowd, &tickets, rounds).await;
            for ((ticket, before), changed) in tickets.iter().zip(before).zip(changed) {
                assert_eq!(world.version(*ticket), before + changed, "a change is a version");
                check_steps(&crowd, *ticket);
            }
            check_visits(&crowd);
            check_log(&crowd).await;
        });
    }
}
