use crate::{
    chance::Counting,
    door::Call,
    evidence::Store,
    failure::Failure,
    testing::{World, code, finish::photo},
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use jiff::SignedDuration;
use kernel::{canonical::Digest, role::Role, tool::Tool};
use serde_json::{Value, json};
use std::{fs, io, sync::Arc};

fn parts(bytes: &[u8]) -> stream::Iter<std::vec::IntoIter<io::Result<Bytes>>> {
    let parts: Vec<_> = bytes.chunks(7).map(Bytes::copy_from_slice).map(Ok).collect();
    stream::iter(parts)
}

fn files_under(folder: &std::path::Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { files_under(&path) } else { 1 })
        .sum()
}

#[tokio::test]
async fn bytes_are_kept_under_their_digest_and_described_as_we_found_them() {
    let world = World::new();
    let bytes = photo("a door");
    let answer = world.try_upload(&world.tech_caller(0), bytes.clone()).await.unwrap();
    let done: Value = serde_json::from_str(&answer.body).unwrap();
    let digest = Digest::of_bytes(&bytes);
    let held = json!({ "digest": digest, "size": bytes.len(), "media_type": "image/png" });
    assert_eq!(done["result"], held);
    assert_eq!(fs::read(world.door.store().file(world.tenant, digest)).unwrap(), bytes);
    assert_eq!(files_under(&world.folder.path().join("evidence/incoming")), 0);
}

#[tokio::test]
async fn what_may_be_evidence_is_seen_in_the_bytes_and_not_in_what_is_said_of_them() {
    let world = World::new();
    let tech = world.tech_caller(0);
    let mut torn = "café".as_bytes().to_vec();
    torn.pop();
    let cases: [(&[u8], Option<&str>); 14] = [
        (b"\xFF\xD8\xFF\xE0 a photograph", Some("image/jpeg")),
        (b"GIF89a\x01\x00", Some("image/gif")),
        (b"%PDF-1.7 all in letters", Some("application/pdf")),
        (b"ID3\x03\x00 a recording", Some("audio/mpeg")),
        (b"\x00\x00\x00\x18ftypmp42....", Some("video/mp4")),
        ("adjusted the closer, 3× tested".as_bytes(), Some("text/plain; charset=utf-8")),
        (b"BMW parked in front of the door", Some("text/plain; charset=utf-8")),
        (b"<!DOCTYPE html><script>alert(1)</script>", None),
        (b"<?xml version='1.0'?><svg onload='alert(1)'/>", None),
        (b"#!/bin/sh\nrm -rf /", None),
        (b"MZ\x90\x00\x03 a program", None),
        (b"a note with a \x00 in it", None),
        (&torn, None),
        (b"", None),
    ];
    for (bytes, media_type) in cases {
        let answer = world.try_upload(&tech, bytes.to_vec()).await;
        match media_type {
            None => assert_eq!(code(answer), "evidence.media_type", "{bytes:?}"),
            Some(media_type) => {
                let done: Value = serde_json::from_str(&answer.unwrap().body).unwrap();
                assert_eq!(done["result"]["media_type"], media_type, "{bytes:?}");
            }
        }
    }
}

#[tokio::test]
async fn too_many_bytes_are_refused_while_they_arrive_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store =
        Store::folder(folder.path().join("evidence"), Arc::new(Counting::default())).unwrap();
    let store = store.limited_to(100);
    let tenant = World::new().tenant;
    // It never ends; it is refused all the same.
    let endless = stream::repeat_with(|| Ok(Bytes::from_static(b"0123456789")));
    let refused = store.receive(tenant, endless, None).await;
    let Err(Failure::Refused(refusal)) = refused else { panic!("{refused:?}") };
    assert_eq!(refusal.code.name(), "evidence.too_large");
    assert_eq!(files_under(&folder.path().join("evidence")), 0);

    let exactly = vec![b'x'; 100];
    assert_eq!(store.receive(tenant, parts(&exactly), None).await.unwrap().size, 100);
}

#[tokio::test]
async fn the_limit_is_seen_at_the_door() {
    let world = World::new();
    let most = usize::try_from(world.door.store().limit()).unwrap();
    let answer = world.try_upload(&world.tech_caller(0), vec![b'x'; most + 1]).await;
    assert_eq!(code(answer), "evidence.too_large");
}

#[tokio::test]
async fn bytes_that_are_not_the_ones_announced_are_refused() {
    let world = World::new();
    let tech = world.tech_caller(0);
    let bytes = photo("a door");
    let other = Some(Digest::of_bytes(b"another"));
    let refused = world.door.upload(&tech, world.envelope(), parts(&bytes), other).await;
    assert_eq!(code(refused), "evidence.digest_mismatch");
    let same = Some(Digest::of_bytes(&bytes));
    world.door.upload(&tech, world.envelope(), parts(&bytes), same).await.unwrap();
}

#[tokio::test]
async fn an_upload_that_breaks_off_is_refused_and_leaves_nothing() {
    let world = World::new();
    let broken = stream::iter([
        Ok(Bytes::from(photo("half"))),
        Err(io::Error::from(io::ErrorKind::ConnectionReset)),
    ]);
    let refused = world.door.upload(&world.tech_caller(0), world.envelope(), broken, None).await;
    assert_eq!(code(refused), "request.malformed");
    assert_eq!(files_under(&world.folder.path().join("evidence")), 0);
}

#[tokio::test]
async fn the_same_bytes_are_kept_once_for_each_tenant() {
    let world = World::new();
    let stranger = world.stranger(11, &[Role::Technician]);
    for who in [&world.tech_caller(0), &world.tech_caller(1), &stranger] {
        world.upload(who, photo("a door")).await;
    }
    assert_eq!(files_under(&world.folder.path().join("evidence")), 2);
    assert_eq!(world.value::<i64>("select count(*) from blob"), 2);
}

#[tokio::test]
async fn nobody_says_of_themselves_that_they_uploaded_something() {
    let world = World::new();
    let held = json!({ "digest": Digest::of_bytes(b"x"), "size": 1, "media_type": "image/png" });
    let said = world.call(&world.tech_caller(0), Tool::EvidenceUpload, held).await;
    assert_eq!(code(said), "tool.unknown");
}

#[tokio::test]
async fn who_may_not_upload_is_refused_before_a_byte_is_read() {
    let world = World::new();
    let never = stream::poll_fn(|_| -> std::task::Poll<Option<io::Result<Bytes>>> {
        panic!("nobody asked for these bytes")
    });
    let refused = world.door.upload(&world.auditor(), world.envelope(), never, None).await;
    assert_eq!(code(refused), "role.forbidden");
}

#[tokio::test]
async fn a_retry_of_an_upload_gets_the_same_answer() {
    let world = World::new();
    let (tech, envelope) = (world.tech_caller(0), world.envelope());
    let bytes = photo("a door");
    let once = world.door.upload(&tech, envelope.clone(), parts(&bytes), None).await.unwrap();
    let twice = world.door.upload(&tech, envelope.clone(), parts(&bytes), None).await.unwrap();
    assert_eq!(once.body, twice.body);
    assert!(twice.replayed);
    let other = world.door.upload(&tech, envelope, parts(&photo("other")), None).await;
    assert_eq!(code(other), "idempotency.key_reused");
    let bad = Call { key: Some("not a key".to_owned()), ..world.envelope() };
    let bad = world.door.upload(&tech, bad, parts(&bytes), None).await;
    assert_eq!(code(bad), "idempotency.key_malformed");
}

#[tokio::test]
async fn bytes_are_read_whole_and_in_part() {
    let world = World::new();
    let bytes = photo("a door, in some detail");
    let digest = world.upload(&world.tech_caller(0), bytes.clone()).await;
    for range in [None, Some(0..4), Some(5..9)] {
        let parts = world.door.store().read(world.tenant, digest, range.clone()).await.unwrap();
        let read: Vec<Bytes> = parts.map(Result::unwrap).collect().await;
        let wanted =
            range.map_or(&bytes[..], |range| &bytes[range.start as usize..range.end as usize]);
        assert_eq!(read.concat(), wanted);
    }
    let foreign = world.door.store().read(world.other_tenant(), digest, None).await;
    let Err(Failure::Refused(refusal)) = foreign.map(|_| ()) else {
        panic!("they have no such bytes")
    };
    assert_eq!(refusal.code.name(), "evidence.not_held");
}

#[tokio::test]
async fn what_arrived_halfway_and_was_forgotten_is_swept_away() {
    let world = World::new();
    let incoming = world.folder.path().join("evidence/incoming");
    fs::create_dir_all(&incoming).unwrap();
    fs::write(incoming.join("half#1"), b"half").unwrap();
    fs::write(incoming.join("whole"), b"whole").unwrap();
    let kept = world.upload(&world.tech_caller(0), photo("a door")).await;
    let written: jiff::Timestamp =
        fs::metadata(incoming.join("half#1")).unwrap().modified().unwrap().try_into().unwrap();

    let store = world.door.store();
    assert_eq!(store.sweep(written + SignedDuration::from_hours(23)).await.unwrap(), 0);
    assert_eq!(store.sweep(written + SignedDuration::from_hours(25)).await.unwrap(), 2);
    assert!(store.still_holds(world.tenant, kept).await.unwrap());
}
