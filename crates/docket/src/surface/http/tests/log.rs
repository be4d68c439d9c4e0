use super::site::{Server, refused};
use crate::audit::Sequencer;
use ed25519_dalek::SigningKey;
use kernel::{
    checkpoint::Checkpoint,
    note::{Algorithm, SignedNote, Signer},
};
use reqwest::Method;

#[tokio::test]
async fn the_log_is_read_file_by_file_by_those_who_may() {
    let server = Server::start().await;
    server.create("a").send().await.unwrap();
    let signer = Signer::new("docket/test", SigningKey::from_bytes(&[7; 32])).unwrap();
    let key = signer.verifier(Algorithm::Log);
    let leaves = Sequencer::new(server.world.door.db().clone(), signer).finish().await.unwrap();
    assert!(leaves > 0);

    let read = |who: &str, path: &str| server.ask_as(who, Method::GET, &format!("/v1/log/{path}"));
    let note = read("auditor", "checkpoint").send().await.unwrap();
    assert_eq!(note.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(note.headers()["cache-control"], "no-store");
    let note: SignedNote = note.text().await.unwrap().parse().unwrap();
    assert_eq!(Checkpoint::open(&note, &[key]).unwrap().checkpoint.size, leaves);

    let place = if leaves < 256 { format!("000.p/{leaves}") } else { "000".to_owned() };
    let tile = read("auditor", &format!("tile/0/{place}")).send().await.unwrap();
    assert_eq!(tile.headers()["content-type"], "application/octet-stream");
    assert!(tile.headers()["cache-control"].to_str().unwrap().ends_with("immutable"));
    assert_eq!(tile.bytes().await.unwrap().len() as u64, leaves.min(256) * 32);

    let bundle = format!("tile/entries/{place}");
    assert_eq!(refused(read("auditor", &bundle)).await, (403, "tenant.operator_only".into()));
    let bundle = read("auditor@operator", &bundle).send().await.unwrap();
    assert_eq!(bundle.status(), 200);

    assert_eq!(refused(read("dispatcher", "checkpoint")).await, (403, "role.forbidden".into()));
    assert_eq!(refused(read("auditor", "tile/0/999")).await, (404, "record.not_found".into()));
    assert_eq!(refused(read("auditor", "tile/../x")).await.0, 404);
    assert_eq!(refused(read("auditor", "tile/0/x1/1")).await, (400, "input.malformed".into()));
}
