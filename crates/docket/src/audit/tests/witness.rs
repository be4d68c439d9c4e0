use super::{Log, ORIGIN, signer};
use crate::audit::{
    log,
    sequence::Sequencer,
    witness::{Asked, NotCosigned, Witness, Witnesses},
};
use axum::{Router, extract::State, http::StatusCode, routing::post};
use ed25519_dalek::SigningKey;
use kernel::{
    checkpoint::{Checkpoint, NotOpened},
    merkle::{Hash, LogPath, NotProven, verify_consistency},
    note::{Algorithm, SignedNote, Signer, VerifierKey},
};
use std::sync::{Arc, Mutex};

const NAME: &str = "witness.test/w1";
const AT_S: u64 = 1_772_442_000;

/// A witness as the specification wants it, on a port of its own.
struct Server {
    knows: Option<VerifierKey>,
    signer: Signer,
    /// What it signed last.
    last: Mutex<(u64, Option<Hash>)>,
}

fn witness_signer() -> Signer {
    Signer::new(NAME, SigningKey::from_bytes(&[9; 32])).unwrap()
}

impl Server {
    fn new() -> Arc<Self> {
        Self::knowing(Some(signer().verifier(Algorithm::Log)))
    }

    fn knowing(knows: Option<VerifierKey>) -> Arc<Self> {
        Arc::new(Self { knows, signer: witness_signer(), last: Mutex::new((0, None)) })
    }

    async fn listen(self: &Arc<Self>) -> Witness {
        let app = Router::new()
            .route("/w1/add-checkpoint", post(add_checkpoint))
            .with_state(Arc::clone(self));
        let url = format!("{}/w1", serve(app).await);
        Witness { url, key: witness_signer().verifier(Algorithm::Witness) }
    }

    fn answer(&self, body: &str) -> Result<String, (StatusCode, String)> {
        let refused = |status| move |_| (status, String::new());
        let (head, note) =
            body.split_once("\n\n").ok_or((StatusCode::BAD_REQUEST, String::new()))?;
        let mut lines = head.lines();
        let old: u64 = lines.next().unwrap().strip_prefix("old ").unwrap().parse().unwrap();
        let proof: Vec<Hash> = lines.map(|line| line.parse().unwrap()).collect();
        let note: SignedNote = note.parse().map_err(refused(StatusCode::BAD_REQUEST))?;

        let key = self.knows.clone().ok_or((StatusCode::NOT_FOUND, String::new()))?;
        let keys = [key];
        let opened = Checkpoint::open(&note, &keys)
            .map_err(|_: NotOpened| (StatusCode::FORBIDDEN, String::new()))?;
        let (size, root) = (opened.checkpoint.size, opened.checkpoint.root);
        let mut last = self.last.lock().unwrap();
        if last.0 != old || (old == size && last.1 != Some(root)) {
            return Err((StatusCode::CONFLICT, format!("{}\n", last.0)));
        }
        verify_consistency(old, last.1.unwrap_or(Hash::EMPTY), size, root, &proof)
            .map_err(|_: NotProven| (StatusCode::UNPROCESSABLE_ENTITY, String::new()))?;
        *last = (size, Some(root));
        let noise = Signer::new("other.test", SigningKey::from_bytes(&[8; 32])).unwrap();
        Ok(format!(
            "{}\n{}\n",
            noise.cosign(note.text(), AT_S),
            self.signer.cosign(note.text(), AT_S)
        ))
    }
}

async fn add_checkpoint(
    State(server): State<Arc<Server>>,
    body: String,
) -> Result<String, (StatusCode, String)> {
    server.answer(&body)
}

async fn serve(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    format!("http://{address}")
}

async fn grow(log: &Log, entries: usize) {
    log.commit(entries).await;
    log.sequencer.finish().await.unwrap();
}

fn asking(log: &Log, witness: &Witness) -> Witnesses {
    Witnesses::new(log.world.door.db().clone(), vec![witness.clone()]).unwrap()
}

async fn ask(log: &Log, witness: &Witness) -> Result<Asked, NotCosigned> {
    asking(log, witness).ask(witness).await
}

/// Who signed the checkpoint that is served.
fn signed_by(log: &Log, witness: &Witness) -> (u64, Vec<String>) {
    let bytes = log.read(|snap| log::resource(snap, LogPath::Checkpoint)).unwrap();
    let keys = [log.sequencer.key(), witness.key.clone()];
    let note = SignedNote::from_bytes(&bytes).unwrap();
    let opened = Checkpoint::open(&note, &keys).unwrap();
    let names = opened.signed.iter().map(|signed| signed.by.name().to_owned()).collect();
    (opened.checkpoint.size, names)
}

#[tokio::test]
async fn a_witness_signs_what_continues_and_its_word_is_served() {
    let log = Log::new();
    let witness = Server::new().listen().await;
    assert_eq!(ask(&log, &witness).await.unwrap(), Asked::NothingNew);
    for (entries, size) in [(1, 1), (6, 7), (300, 307)] {
        grow(&log, entries).await;
        assert_eq!(ask(&log, &witness).await.unwrap(), Asked::Cosigned { size });
        assert_eq!(ask(&log, &witness).await.unwrap(), Asked::NothingNew);
        assert_eq!(signed_by(&log, &witness), (size, vec![ORIGIN.to_owned(), NAME.to_owned()]));
    }
}

#[tokio::test]
async fn a_witness_that_signed_more_than_we_know_is_caught_up_with() {
    let log = Log::new();
    let witness = Server::new().listen().await;
    for entries in [5, 6] {
        grow(&log, entries).await;
        ask(&log, &witness).await.unwrap();
        log.tamper("delete from log_cosignature");
    }
    // Its answer was lost and the log has not grown since.
    assert_eq!(ask(&log, &witness).await.unwrap(), Asked::Cosigned { size: 11 });
    log.tamper("delete from log_cosignature");
    grow(&log, 300).await;
    assert_eq!(ask(&log, &witness).await.unwrap(), Asked::Cosigned { size: 311 });
}

/// The past is changed, the tree rebuilt, and all of it signed with the real key.
async fn rebuilt_without_the_fourth(log: &mut Log) {
    log.tamper("delete from audit_entry where entry_no = 4");
    log.forget_leaves();
    log.sequencer = Sequencer::new(log.world.door.db().clone(), signer());
    log.sequencer.finish().await.unwrap();
}

#[tokio::test]
async fn a_witness_refuses_a_log_that_was_rebuilt_and_signed_again() {
    for keep in ["", "delete from log_cosignature"] {
        let mut log = Log::new();
        let witness = Server::new().listen().await;
        grow(&log, 10).await;
        ask(&log, &witness).await.unwrap();
        log.tamper(keep);

        rebuilt_without_the_fourth(&mut log).await;
        let refused = ask(&log, &witness).await;
        assert!(matches!(refused, Err(NotCosigned::Ahead { theirs: 10, ours: 9 })), "{refused:?}");
        grow(&log, 1).await;
        let refused = ask(&log, &witness).await;
        assert!(keep.is_empty() || matches!(refused, Err(NotCosigned::Forked)), "{refused:?}");
        grow(&log, 20).await;
        let refused = ask(&log, &witness).await;
        assert!(matches!(refused, Err(NotCosigned::Forked)), "{refused:?}");
    }
}

#[tokio::test]
async fn a_witness_that_does_not_know_us_says_so() {
    let log = Log::new();
    grow(&log, 3).await;
    let stranger = Server::knowing(None).listen().await;
    assert!(matches!(ask(&log, &stranger).await, Err(NotCosigned::UnknownLog)));
    let other = Server::knowing(Some(super::other_signer().verifier(Algorithm::Log)));
    assert!(matches!(ask(&log, &other.listen().await).await, Err(NotCosigned::UnknownKey)));
}

#[tokio::test]
async fn what_somebody_else_signed_is_not_kept() {
    let log = Log::new();
    grow(&log, 3).await;
    let mut witness = Server::new().listen().await;
    let other = Signer::new(NAME, SigningKey::from_bytes(&[7; 32])).unwrap();
    witness.key = other.verifier(Algorithm::Witness);
    assert!(matches!(ask(&log, &witness).await, Err(NotCosigned::Unreadable)));
    assert_eq!(signed_by(&log, &witness), (3, vec![ORIGIN.to_owned()]));
}

#[tokio::test]
async fn answers_that_are_none_are_told_apart() {
    let log = Log::new();
    grow(&log, 3).await;
    let key = witness_signer().verifier(Algorithm::Witness);
    let answering = async |status: StatusCode, body: &'static str| {
        let app = Router::new().fallback(move || async move { (status, body) });
        Witness { url: serve(app).await, key: key.clone() }
    };
    let broken = answering(StatusCode::INTERNAL_SERVER_ERROR, "").await;
    assert!(matches!(ask(&log, &broken).await, Err(NotCosigned::Status(500))));
    for (status, body) in [(StatusCode::CONFLICT, "many\n"), (StatusCode::OK, "thanks\n")] {
        let odd = answering(status, body).await;
        assert!(matches!(ask(&log, &odd).await, Err(NotCosigned::Unreadable)));
    }
    let forged = format!("{}\n", witness_signer().cosign("another\ntext\n", AT_S));
    let forged = answering(StatusCode::OK, forged.leak()).await;
    assert!(matches!(ask(&log, &forged).await, Err(NotCosigned::BadSignature(_))));
    let nobody = Witness { url: "http://127.0.0.1:1".to_owned(), key };
    assert!(matches!(ask(&log, &nobody).await, Err(NotCosigned::Unreachable(_))));
}

/// It takes the connection and says nothing, for ever.
#[tokio::test]
async fn a_witness_that_does_not_answer_keeps_nothing_from_the_log() {
    let log = Log::new();
    grow(&log, 3).await;
    let app = Router::new().fallback(std::future::pending::<String>);
    let witness =
        Witness { url: serve(app).await, key: witness_signer().verifier(Algorithm::Witness) };
    let witnesses = asking(&log, &witness);
    let hanging = tokio::spawn(async move { witnesses.ask(&witness).await });

    for _ in 0..5 {
        grow(&log, 3).await;
    }
    assert_eq!(log.sequencer.standing().unwrap().size, 18);
    assert!(!hanging.is_finished());
    hanging.abort();
}
