//! The store where objects are not files: in memory, and behind a server that
//! speaks S3.

use crate::{
    chance::Counting,
    door::{Denied, Door},
    evidence::{Store, store::Bucket},
    failure::{Failure, Fault},
    testing::{
        World, code,
        finish::{KEYS, photo},
        refusal,
        s3::{ACCESS_KEY, BUCKET, S3, SECRET_KEY},
    },
};
use axum::{
    Router,
    http::{Method, StatusCode},
    response::IntoResponse,
};
use bytes::Bytes;
use futures_util::{StreamExt, future::join_all, stream};
use kernel::{
    canonical::Digest,
    id::{Id, Tenant},
};
use object_store::{ObjectStoreExt, PutPayload, memory::InMemory, path::Path};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::{fs, io, path::PathBuf, sync::Arc};

async fn is_a_store(store: &Store, tenant: Id<Tenant>, size: usize) {
    let mut bytes = photo("a door ");
    bytes.resize(size, b'.');
    let parts: Vec<_> = bytes.chunks(100_000).map(Bytes::copy_from_slice).map(Ok).collect();
    let held = store.receive(tenant, stream::iter(parts), None).await.unwrap();
    assert_eq!(held.digest, Digest::of_bytes(&bytes));
    assert!(store.still_holds(tenant, held.digest).await.unwrap());
    assert!(!store.still_holds(tenant, Digest::of_bytes(b"nothing")).await.unwrap());

    let some = store.read(tenant, held.digest, Some(1..4)).await.unwrap();
    let some: Vec<Bytes> = some.map(Result::unwrap).collect().await;
    assert_eq!(some.concat(), b"PNG");
    let all = store.read(tenant, held.digest, None).await.unwrap();
    let all: Vec<Bytes> = all.map(Result::unwrap).collect().await;
    assert_eq!(all.concat(), bytes);
    let none = store.read(tenant, Digest::of_bytes(b"nothing"), None).await;
    let Err(Failure::Refused(refusal)) = none.map(|_| ()) else { panic!("there is nothing") };
    assert_eq!(refusal.code.name(), "evidence.not_held");
}

#[tokio::test]
async fn objects_need_not_be_files() {
    let world = World::new();
    let objects = Arc::new(InMemory::new());
    let store = Store::of_objects(objects.clone());
    store.check().await.unwrap();
    is_a_store(&store, world.tenant, 6_000_000).await;

    let digest = Digest::of_bytes(b"as it was");
    let name = digest.to_string();
    let place = Path::from(format!("{}/{}/{name}", world.tenant, &name[..2]));
    objects.put(&place, PutPayload::from_static(b"as it is")).await.unwrap();
    assert!(!store.still_holds(world.tenant, digest).await.unwrap(), "altered is not held");

    objects.put(&Path::from("incoming/half"), PutPayload::from_static(b"half")).await.unwrap();
    objects.put(&Path::from("uploads/u/note"), PutPayload::from_static(b"note")).await.unwrap();
    let old = jiff::Timestamp::try_from(std::time::SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(store.sweep(old).await.unwrap(), 0);
    let later = "2999-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(store.sweep(later).await.unwrap(), 2);
}

fn bucket(name: &str, endpoint: String, access: &str, secret: &str) -> Bucket {
    Bucket {
        name: name.to_owned(),
        endpoint: Some(endpoint),
        region: Some("eu-1".to_owned()),
        keys: Some((SecretString::from(access), SecretString::from(secret))),
    }
}

/// A server's own handle on the bucket. No two servers draw the same names.
fn store(s3: &S3, server: u64) -> Store {
    let chance = Arc::new(Counting::after(server * 1_000_000));
    Store::bucket(&bucket(BUCKET, s3.endpoint(), ACCESS_KEY, SECRET_KEY), chance).unwrap()
}

/// Another server of the same deployment.
fn server(world: &World, s3: &S3, number: u64) -> Door {
    Door::new(world.door.db().clone(), store(s3, number), world.door.seal().clone())
}

/// A world whose evidence is in a bucket.
fn world_in(s3: &S3) -> World {
    let mut world = World::new();
    world.door = server(&world, s3, 1);
    world
}

/// Everything that is in the bucket.
fn files(s3: &S3) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![s3.objects()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_is_a_store_and_keeps_nothing_under_another_name() {
    let (s3, world) = (S3::start(), World::new());
    let store = store(&s3, 1);
    store.check().await.unwrap();
    assert_eq!(files(&s3), [] as [PathBuf; 0], "a check leaves nothing");
    is_a_store(&store, world.tenant, 20_000).await;
    // Larger than one part of a multipart upload.
    is_a_store(&store, world.tenant, 12_000_000).await;
    let files = files(&s3);
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(files.iter().all(|file| file.starts_with(s3.objects().join(world.tenant.to_string()))));
}

fn part(bytes: &[u8]) -> stream::Iter<std::vec::IntoIter<io::Result<Bytes>>> {
    let parts: Vec<_> = bytes.chunks(60_000).map(Bytes::copy_from_slice).map(Ok).collect();
    stream::iter(parts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_goes_on_at_whichever_server_the_next_part_reaches() {
    let mut s3 = S3::start();
    let world = world_in(&s3);
    let tech = world.tech_caller(0);
    let [one, other] = [server(&world, &s3, 1), server(&world, &s3, 2)];
    let mut bytes = photo("a very large door ");
    bytes.resize(3_500_000, b'.');
    let digest = Digest::of_bytes(&bytes);
    let upload = one.begin_upload(&tech, world.envelope(), Some(digest)).await.unwrap().upload;

    let broken = part(&bytes[..2_500_000])
        .chain(stream::iter([Err(io::Error::from(io::ErrorKind::ConnectionReset))]));
    let refused = other.append_upload(&tech, world.envelope(), upload, 0, broken).await;
    assert_eq!(code(refused), "request.malformed");
    let on = one.upload_progress(&tech, world.envelope(), upload).await.unwrap();
    assert_eq!(on.offset, 2_500_000, "what arrived at the other is kept");

    s3.kill();
    s3.restart();
    let next = part(&bytes[2_500_000..3_000_000]);
    let next = one.append_upload(&tech, world.envelope(), upload, on.offset, next).await.unwrap();
    let rest = part(&bytes[3_000_000..]);
    other.append_upload(&tech, world.envelope(), upload, next.offset, rest).await.unwrap();

    let finished = join_all([&one, &other].map(|door| {
        let done = door.finish_upload(&tech, world.envelope(), upload);
        async { serde_json::from_str::<Value>(&done.await.unwrap().body).unwrap() }
    }));
    for done in finished.await {
        assert_eq!(done["result"]["digest"], json!(digest));
    }
    assert!(world.door.store().still_holds(world.tenant, digest).await.unwrap());
    let files = files(&s3);
    assert_eq!(files.len(), 2, "the bytes and the note: {files:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_parts_for_the_same_place_are_not_both_taken() {
    let s3 = S3::start();
    let world = world_in(&s3);
    let tech = world.tech_caller(0);
    let doors = [server(&world, &s3, 1), server(&world, &s3, 2)];
    let upload = doors[0].begin_upload(&tech, world.envelope(), None).await.unwrap().upload;
    for (offset, bytes) in [(0, b"one or"), (6, b"other ")] {
        let parts = doors
            .iter()
            .map(|door| door.append_upload(&tech, world.envelope(), upload, offset, part(bytes)));
        let ends = join_all(parts).await;
        for end in &ends {
            match end {
                Ok(progress) => assert_eq!(progress.offset, offset + 6),
                Err(Denied::Refused(refusal, _)) => {
                    assert_eq!(refusal.code.name(), "upload.offset");
                    assert_eq!(refusal.facts["offset"], offset + 6);
                }
                Err(broke) => panic!("{broke}"),
            }
        }
        assert!(ends.iter().any(Result::is_ok));
    }
    doors[1].finish_upload(&tech, world.envelope(), upload).await.unwrap();
    assert_eq!(world.value::<i64>("select max(size) from blob"), 12);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_harmed_in_the_bucket_are_found_where_it_is_decided_and_mended() {
    let s3 = S3::start();
    let world = world_in(&s3);
    let ticket = world.completed().await;
    let digest: String = world.value(&format!(
        "select digest from evidence where ticket = '{ticket}' and key = '{}'",
        KEYS[1]
    ));
    let object = s3.objects().join(format!("{}/{}/{digest}", world.tenant, &digest[..2]));
    let whole = fs::read(&object).unwrap();
    let altered = [&whole[..whole.len() - 1], b"!"].concat();
    for harm in [Some(altered), Some(whole[1..].to_vec()), None] {
        match &harm {
            Some(bytes) => fs::write(&object, bytes).unwrap(),
            None => fs::remove_file(&object).unwrap(),
        }
        let found = refusal(world.verify(ticket).await);
        assert_eq!(found.missing, [KEYS[1]]);
        assert_eq!(found.facts["broken"].as_array().unwrap().len(), 1);
        if harm.is_some() {
            let read = world.door.store().read(world.tenant, digest.parse().unwrap(), None).await;
            let parts: Vec<_> = read.unwrap().collect().await;
            assert!(parts.last().unwrap().is_err(), "what it is not, it does not pass for");
        }
        world.upload(&world.tech_caller(0), whole.clone()).await;
    }
    world.verify(ticket).await.unwrap();
    world.bill(ticket).await.unwrap();
    world.close(ticket).await.unwrap();
    let packet: Value = serde_json::from_str(&world.packet(ticket, None).await.unwrap()).unwrap();
    let evidence = packet["packet"]["evidence"].as_array().unwrap();
    assert_eq!(evidence.len(), 4);
    assert!(evidence.iter().all(|piece| piece["held"] == true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_bucket_is_away_callers_are_told_to_come_back_and_nothing_is_lost() {
    let mut s3 = S3::start();
    let world = world_in(&s3);
    let (tech, ticket) = (world.tech_caller(0), world.completed().await);
    let upload = world.door.begin_upload(&tech, world.envelope(), None).await.unwrap().upload;
    let note = b"tested twice";
    world.door.append_upload(&tech, world.envelope(), upload, 0, part(note)).await.unwrap();

    s3.kill();
    assert!(matches!(world.door.store().check().await, Err(Fault::StoreAway(_))));
    let away = |answer: Result<(), Denied>| match answer {
        Err(Denied::Refused(refusal, _)) => assert_eq!(refusal.code.name(), "server.unready"),
        other => panic!("{other:?}"),
    };
    away(world.verify(ticket).await.map(drop));
    away(world.try_upload(&tech, photo("a door")).await.map(drop));
    let more = world.door.append_upload(&tech, world.envelope(), upload, 12, part(b"!")).await;
    away(more.map(drop));
    away(world.door.finish_upload(&tech, world.envelope(), upload).await.map(drop));
    assert_eq!(world.state(ticket), "completed_pending_verification");

    s3.restart();
    world.door.store().check().await.unwrap();
    world.verify(ticket).await.unwrap();
    let done = world.door.finish_upload(&tech, world.envelope(), upload).await.unwrap();
    let done: Value = serde_json::from_str(&done.body).unwrap();
    assert_eq!(done["result"]["digest"], json!(Digest::of_bytes(note)));
}

/// What a check says of a bucket that will not do.
async fn complaint(bucket: &Bucket) -> String {
    let store = Store::bucket(bucket, Arc::new(Counting::default())).unwrap();
    match store.check().await {
        Err(Fault::Unfit(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_will_not_do_is_named_with_its_reason_and_without_its_keys() {
    let s3 = S3::start();
    for (name, access, secret, why) in [
        (BUCKET, "AKIASOMEBODYELSE", SECRET_KEY, "its server does not know the access key"),
        (BUCKET, ACCESS_KEY, "another", "the secret key is not that of the access key"),
        ("no-such-bucket", ACCESS_KEY, SECRET_KEY, "there is no such bucket"),
    ] {
        let text = complaint(&bucket(name, s3.endpoint(), access, secret)).await;
        assert!(text.starts_with("the bucket of `[evidence]` cannot be used to "), "{text}");
        assert!(text.ends_with(why), "{text}");
        assert!(!text.contains(access) && !text.contains(secret), "{text}");
    }
}

const DELETED: &str = "<DeleteResult><Deleted><Key>it</Key></Deleted></DeleteResult>";

/// A server that keeps nothing, and says yes to everything.
async fn agrees(method: Method) -> impl IntoResponse {
    match method {
        Method::GET => (StatusCode::NOT_FOUND, [("etag", "")], "<Code>NoSuchKey</Code>"),
        Method::POST => (StatusCode::OK, [("etag", "")], DELETED),
        _ => (StatusCode::OK, [("etag", "\"tag\"")], ""),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_overwrites_what_it_was_asked_to_keep_will_not_do() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let empty = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
    let list = axum::routing::get(move || async move { empty }).post(agrees);
    let app = Router::new().route("/photos", list).fallback(agrees);
    let serving = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let text = complaint(&bucket(BUCKET, endpoint, ACCESS_KEY, SECRET_KEY)).await;
    assert!(text.contains("keep an object that is there already"), "{text}");
    assert!(text.contains("If-None-Match"), "{text}");
    serving.abort();
}
