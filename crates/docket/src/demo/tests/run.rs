use super::super::{
    SAMPLE,
    check::check,
    play::{End, Waits},
    read::{Batch, Reading, read},
    report,
    run::{Progress, Run, Stood, run},
};
use jiff::Timestamp;
use kernel::{refusal::Code, state::State};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

struct Quiet;

impl Progress for Quiet {
    fn stage(&self, _: &str, _: usize) {}
    fn step(&self, _: usize, _: Timestamp) {}
}

fn batch(text: &str, limit: usize) -> Batch {
    let reading = Reading { zone: "America/Chicago".to_owned(), limit: Some(limit) };
    read(text.as_bytes(), &reading).unwrap()
}

/// Runs a batch, and holds it to all that the demo claims.
async fn ran(batch: &Batch) -> (Run, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let run = run(batch, &folder.path().join("data"), Arc::new(Quiet)).await.unwrap();
    assert_eq!(run.wrong(), Vec::<String>::new());
    assert_eq!(run.stood.len(), batch.calls.len(), "no call is lost");
    assert!(run.seen.replayed);

    let checked = check(&run).await.unwrap();
    assert_eq!(checked.wrong, Vec::<String>::new());
    let closed = run.stood.iter().filter(|stood| stood.state == Some(State::Closed));
    let closed: BTreeSet<_> = closed.filter_map(|stood| stood.ticket).collect();
    assert!(checked.packets > closed.len(), "each closed ticket has one, and the demo's own");
    (run, folder)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_of_the_sample_ends_or_waits_for_a_reason_with_a_name() {
    let batch = batch(SAMPLE, 30);
    let (run, _folder) = ran(&batch).await;

    let tried: BTreeSet<_> = run.seen.scenes.iter().map(|scene| scene.refusal.code).collect();
    for code in [
        Code::RoleForbidden,
        Code::InputMalformed,
        Code::TicketNotFound,
        Code::TicketStale,
        Code::SkillMissing,
        Code::KeyReused,
        Code::DoubleBooked,
        Code::TicketNotYours,
        Code::EvidenceMissing,
        Code::EvidenceUnheld,
        Code::OverNte,
        Code::OwnRequest,
        Code::FactorMissing,
        Code::FactorWrong,
        Code::OwnWork,
        Code::SecondPersonNeeded,
    ] {
        assert!(tried.contains(&code), "{} was seen", code.name());
    }

    let checked = check(&run).await.unwrap();
    let told = [
        report::opening(&batch, "The sample"),
        report::closing(&batch, &run, &checked, Duration::from_secs(1), true),
        report::tale(&batch.calls, &run).await.unwrap().to_string(),
    ];
    for line in told.iter().flat_map(|text| text.lines()) {
        let paths = line.contains("log key") || line.contains("kept in");
        assert!(paths || line.chars().count() <= 100, "{line}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_of_an_export_of_311_ends_or_waits_for_a_reason_with_a_name() {
    let batch = batch(include_str!("nyc311.csv"), 100);
    let (run, _folder) = ran(&batch).await;
    let stood = |reference: &str| run.stood.iter().find(|it| it.reference == reference).unwrap();
    assert!(matches!(stood("90000002").end, End::Joined(_)), "the same boiler, 21 minutes later");
    assert!(matches!(stood("90000007").end, End::Waits(Waits::ForATechnician)), "a lift");
}

#[test]
fn a_call_that_stands_elsewhere_is_not_passed_over() {
    let stood =
        |state, end| Stood { reference: "1".to_owned(), ticket: None, state, in_time: None, end };
    let fine = [
        stood(Some(State::Closed), End::Finished),
        stood(Some(State::Cancelled), End::Finished),
        stood(Some(State::NeedsInfo), End::Waits(Waits::ForAnAnswer)),
        stood(Some(State::ApprovalRequired), End::Waits(Waits::ForApproval)),
    ];
    assert!(fine.iter().all(|stood| stood.wrong().is_none()));
    let wrong = [
        stood(None, End::Finished),
        stood(Some(State::Verified), End::Finished),
        stood(Some(State::InProgress), End::Waits(Waits::ForApproval)),
        stood(Some(State::Closed), End::Waits(Waits::ForAnAnswer)),
        stood(Some(State::Closed), End::Lost("it broke".to_owned())),
    ];
    assert!(wrong.iter().all(|stood| stood.wrong().is_some()));
}

/// Courses that do not suit their call, and a place where nobody may ask.
const ODD: &str = "\
a,2026-03-05T08:00:00Z,phone,Ann Other,+12025550101,,both,Acme,Acme 1,1 Elm St,north,UTC,door_wont_latch,A door,It drifts.,bypass
b,2026-03-05T08:05:00Z,phone,Bo Passer,+12025550102,,no,Acme,Acme 2,2 Elm St,north,UTC,door_wont_latch,A door,It drifts.,fixed
c,2026-03-05T08:10:00Z,phone,Bo Passer,+12025550102,,no,Acme,Acme 2,2 Elm St,north,UTC,,Something,It is odd.,answers
d,2026-03-05T08:15:00Z,phone,Ann Other,+12025550101,,both,Acme,Acme 1,1 Elm St,north,UTC,cannot_secure_entry,No lock,It is open.,candidate
e,2026-03-05T08:20:00Z,web,Ann Other,+12025550101,,both,Acme,Acme 1,1 Elm St,north,UTC,frame_or_glass_damage,Glass,It broke.,ill
f,2026-03-05T08:25:00Z,email,Ann Other,+12025550101,a@acme.example.com,both,Acme,Acme 1,1 Elm St,north,UTC,hardware_replacement,A lever,It hangs.,rescheduled
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_course_that_does_not_suit_its_call_is_no_reason_to_lose_it() {
    let header = SAMPLE.lines().next().unwrap();
    let batch = batch(&format!("{header}\n{ODD}"), 100);
    assert_eq!(batch.quarantined, []);
    ran(&batch).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_of_open311_is_played_as_well() {
    let header = "service_request_id,status,requested_datetime,service_name,address";
    let rows: Vec<_> = (0..8)
        .map(|at| format!("r{at},closed,2026-03-05T0{at}:30:00-06:00,Pothole,{at} Elm St"))
        .collect();
    let batch = batch(&format!("{header}\n{}\n", rows.join("\n")), 100);
    assert_eq!(batch.quarantined, []);
    ran(&batch).await;
}
