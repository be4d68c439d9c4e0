use super::*;

impl Yard {
    async fn forget(&self) -> usize {
        self.run(|tx| Ok(forget(tx, Kept::USUAL, 100)?)).await
    }
}

const DAY: i64 = 24 * 3_600;

#[tokio::test]
async fn what_has_ended_is_kept_for_as_long_as_its_end_asks_for() {
    let yard = Yard::new();
    for end in ["succeeded", "cancelled", "dead"] {
        let id = yard.add(dig()).await;
        match end {
            "succeeded" => drop(yard.complete(&yard.claim_one().await).await.unwrap()),
            "cancelled" => drop(yard.cancel(id).await.unwrap()),
            _ => drop(yard.end(&yard.claim_one().await, How::GaveUp).await.unwrap()),
        }
    }
    let mut left = Vec::new();
    for days in [7, 1, 22, 1, 59, 1] {
        yard.pass(days * DAY);
        yard.forget().await;
        left.push(yard.count("job_done"));
    }
    assert_eq!(left, [3, 2, 2, 1, 1, 0]);
    assert_eq!(yard.count("job_attempt"), 0);
}

#[tokio::test]
async fn a_key_is_kept_while_its_job_is_not_finished() {
    let yard = Yard::new();
    yard.add(dig().key("a")).await;
    yard.pass(30 * DAY);
    yard.forget().await;
    assert_eq!(yard.count("job_key"), 1);
    yard.complete(&yard.claim_one().await).await.unwrap();
    yard.forget().await;
    assert_eq!(yard.count("job_key"), 0);
}

#[tokio::test]
async fn what_is_not_finished_is_not_forgotten() {
    let yard = Yard::new();
    yard.add(dig()).await;
    yard.add(dig().due_at(yard.later(400 * DAY))).await;
    yard.pass(365 * DAY);
    assert_eq!(yard.forget().await, 0);
    assert_eq!(yard.count("job"), 2);
}
