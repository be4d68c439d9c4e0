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
