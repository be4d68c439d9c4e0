use super::super::{
    SAMPLE,
    read::{Batch, Reading, read},
    run::{Progress, Run, run},
};
use jiff::Timestamp;
use std::sync::Arc;

struct Quiet;

impl Progress for Quiet {
    fn stage(&self, _: &str, _: usize) {}
    fn step(&self, _: usize, _: Timestamp) {}
}

fn batch(text: &str, limit: usize) -> Batch {
    let reading = Reading { zone: "America/Chicago".to_owned(), limit: Some(limit) };
    read(text.as_bytes(), &reading).unwrap()
}

async fn ran(batch: &Batch) -> (Run, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let run = run(batch, &folder.path().join("data"), Arc::new(Quiet)).await.unwrap();
    (run, folder)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_of_the_sample_ends_or_waits_for_a_named_reason() {
    let batch = batch(SAMPLE, 40);
    let (run, _folder) = ran(&batch).await;
    assert_eq!(run.wrong(), Vec::<String>::new());
    assert_eq!(run.stood.len(), batch.calls.len());
}
