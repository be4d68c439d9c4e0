use crate::{
    chance::Counting,
    door::Door,
    evidence::Store,
    testing::{World, code, finish::photo},
};
use bytes::Bytes;
use futures_util::stream;
use jiff::SignedDuration;
use kernel::{
    canonical::Digest,
    id::{Id, Upload},
};
use serde_json::Value;
use std::{fs, io, sync::Arc};

fn part(bytes: &[u8]) -> stream::Iter<std::vec::IntoIter<io::Result<Bytes>>> {
    stream::iter(vec![Ok(Bytes::copy_from_slice(bytes))])
}

/// The world's door after a restart.
fn restarted(world: &World) -> Door {
    let chance = Arc::new(Counting::after(1_000));
    let store = Store::folder(world.folder.path().join("evidence"), chance).unwrap();
    Door::new(world.door.db().clone(), store, world.door.seal().clone())
}

#[tokio::test]
async fn an_upload_in_parts_goes_on_after_a_break_and_a_restart() {
    let world = World::new();
    let tech = world.tech_caller(0);
    let bytes = photo("a very large door");
    let digest = Digest::of_bytes(&bytes);
    let announced = Some(digest);
    let begun = world.door.begin_upload(&tech, world.envelope(), announced).await.unwrap();
    assert_eq!(begun.offset, 0);

    let broken = stream::iter([
        Ok(Bytes::copy_from_slice(&bytes[..5])),
        Err(io::Error::from(io::ErrorKind::ConnectionReset)),
    ]);
    let refused = world.door.append_upload(&tech, world.envelope(), begun.upload, 0, broken).await;
    assert_eq!(code(refused), "request.malformed");

    let door = restarted(&world);
    let on = door.upload_progress(&tech, world.envelope(), begun.upload).await.unwrap();
    assert_eq!(on.offset, 5, "what arrived is kept");
    let rest = part(&bytes[5..]);
    let all = door.append_upload(&tech, world.envelope(), on.upload, 5, rest).await.unwrap();
    assert_eq!(all.offset, bytes.len() as u64);

    let done = door.finish_upload(&tech, world.envelope(), begun.upload).await.unwrap();
    let done: Value = serde_json::from_str(&done.body).unwrap();
    assert_eq!(done["result"]["digest"], digest.to_string());
    let again = door.finish_upload(&tech, world.envelope(), begun.upload).await.unwrap();
    let again: Value = serde_json::from_str(&again.body).unwrap();
    assert_eq!(again["result"], done["result"], "finishing twice answers twice");
    assert_eq!(world.value::<i64>("select count(*) from blob"), 1);
}

#[tokio::test]
async fn a_part_at_another_offset_is_refused_and_told_the_right_one() {
    let world = World::new();
    let tech = world.tech_caller(0);
    let upload = world.door.begin_upload(&tech, world.envelope(), None).await.unwrap().upload;
    world.door.append_upload(&tech, world.envelope(), upload, 0, part(b"12345")).await.unwrap();
    for offset in [0, 4, 6, u64::MAX] {
        let elsewhere =
            world.door.append_upload(&tech, world.envelope(), upload, offset, part(b"6")).await;
        let Err(crate::door::Denied::Refused(refusal, Some(_))) = elsewhere else {
            panic!("refused at {offset}")
        };
        assert_eq!(refusal.code.name(), "upload.offset");
        assert_eq!(refusal.facts["offset"], 5);
    }
    let progress = world.door.upload_progress(&tech, world.envelope(), upload).await.unwrap();
    assert_eq!(progress.offset, 5);
}

#[tokio::test]
async fn a_finished_upload_takes_no_more() {
    let world = World::new();
    let tech = world.tech_caller(0);
    let upload = world.door.begin_upload(&tech, world.envelope(), None).await.unwrap().upload;
    let note = b"tested twice";
    world.door.append_upload(&tech, world.envelope(), upload, 0, part(note)).await.unwrap();
    world.door.finish_upload(&tech, world.envelope(), upload).await.unwrap();
    let more = world.door.append_upload(&tech, world.envelope(), upload, 12, part(b"!")).await;
    assert_eq!(code(more), "upload.offset");
}

#[tokio::test]
async fn an_upload_belongs_to_who_began_it() {
    let world = World::new();
    let tech = world.tech_caller(0);
    let upload = world.door.begin_upload(&tech, world.envelope(), None).await.unwrap().upload;
    let other = world.tech_caller(1);
    let stranger = world.stranger(11, &[kernel::role::Role::Technician]);
    let nothing: Id<Upload> = Id::from_parts(1, 1);
    for (who, which) in [(&other, upload), (&stranger, upload), (&tech, nothing)] {
        let progress = world.door.upload_progress(who, world.envelope(), which).await;
        assert_eq!(code(progress), "record.not_found");
        let append = world.door.append_upload(who, world.envelope(), which, 0, part(b"x")).await;
        assert_eq!(code(append), "record.not_found");
        let finish = world.door.finish_upload(who, world.envelope(), which).await;
        assert_eq!(code(finish), "record.not_found");
    }
}

#[tokio::test]
async fn parts_together_keep_to_the_limit_and_to_what_was_announced() {
    let world = World::new();
    let tech = world.tech_caller(0);
    let store = world.door.store().clone().limited_to(10);
    let door = Door::new(world.door.db().clone(), store, world.door.seal().clone());
    let announced = Some(Digest::of_bytes(b"something else"));
    let upload = door.begin_upload(&tech, world.envelope(), announced).await.unwrap().upload;
    door.append_upload(&tech, world.envelope(), upload, 0, part(b"12345678")).await.unwrap();
    let more = door.append_upload(&tech, world.envelope(), upload, 8, part(b"901")).await;
    assert_eq!(code(more), "evidence.too_large");
    let finished = door.finish_upload(&tech, world.envelope(), upload).await;
    assert_eq!(code(finished), "evidence.digest_mismatch");
}

#[tokio::test]
async fn one_part_at_a_time() {
    let world = World::new();
    let tech = world.tech_caller(0);
    let upload = world.door.begin_upload(&tech, world.envelope(), None).await.unwrap().upload;
    let appends = (0..8)
        .map(|_| world.door.append_upload(&tech, world.envelope(), upload, 0, part(b"12345")));
    let ends = futures_util::future::join_all(appends).await;
    assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1);
    let progress = world.door.upload_progress(&tech, world.envelope(), upload).await.unwrap();
    assert_eq!(progress.offset, 5);
}

#[tokio::test]
async fn a_forgotten_upload_is_swept_away() {
    let world = World::new();
    let tech = world.tech_caller(0);
    let upload = world.door.begin_upload(&tech, world.envelope(), None).await.unwrap().upload;
    let file = world.folder.path().join(format!("evidence/uploads/{upload}/note"));
    let written: jiff::Timestamp =
        fs::metadata(file).unwrap().modified().unwrap().try_into().unwrap();
    world.door.store().sweep(written + SignedDuration::from_hours(25)).await.unwrap();
    let progress = world.door.upload_progress(&tech, world.envelope(), upload).await;
    assert_eq!(code(progress), "record.not_found");
}

#[tokio::test]
async fn whoever_works_sweeps_forgotten_uploads_away_and_no_others() {
    let world = World::new();
    world.behind_the_door(&format!("update tenant set operator = 1 where id = '{}'", world.tenant));
    let tech = world.tech_caller(0);
    let upload = world.door.begin_upload(&tech, world.envelope(), None).await.unwrap().upload;
    let file = world.folder.path().join(format!("evidence/uploads/{upload}/note"));
    let written: jiff::Timestamp =
        fs::metadata(&file).unwrap().modified().unwrap().try_into().unwrap();
    let pass = |to: jiff::Timestamp| world.clock.advance(to.duration_since(world.now()));
    pass(written + SignedDuration::from_hours(23));
    world.work_off().await;
    assert!(file.exists());
    pass(written + SignedDuration::from_hours(25));
    world.work_off().await;
    assert!(!file.exists());
    let result = "select result from job_done where kind = 'uploads.sweep' order by ended_at desc";
    assert_eq!(world.value::<String>(&format!("{result} limit 1")), r#"{"swept":1}"#);
}
