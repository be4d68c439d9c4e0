//! The store where objects are not files: in memory, and behind the little of
//! S3 that it needs, spoken over the wire.

use crate::{
    chance::Counting,
    evidence::{Store, store::Bucket},
    failure::Failure,
    testing::{World, finish::photo},
};
use axum::{
    Router,
    body::Bytes,
    extract::{Query, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use kernel::{
    canonical::Digest,
    id::{Id, Tenant},
};
use object_store::{ObjectStoreExt, PutPayload, memory::InMemory, path::Path};
use secrecy::SecretString;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

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
    let none = store.read(tenant, Digest::of_bytes(b"nothing"), None).await;
    let Err(Failure::Refused(refusal)) = none.map(|_| ()) else { panic!("there is nothing") };
    assert_eq!(refusal.code.name(), "evidence.not_held");
}

#[tokio::test]
async fn objects_need_not_be_files() {
    let world = World::new();
    let objects = Arc::new(InMemory::new());
    let store = Store::of_objects(objects.clone(), world.folder.path());
    is_a_store(&store, world.tenant, 2_000_000).await;

    let digest = Digest::of_bytes(b"as it was");
    let name = digest.to_string();
    let place = Path::from(format!("{}/{}/{name}", world.tenant, &name[..2]));
    objects.put(&place, PutPayload::from_static(b"as it is")).await.unwrap();
    assert!(!store.still_holds(world.tenant, digest).await.unwrap(), "altered is not held");

    objects.put(&Path::from("incoming/half"), PutPayload::from_static(b"half")).await.unwrap();
    let old = jiff::Timestamp::try_from(std::time::SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(store.sweep(old).await.unwrap(), 0);
    let later = "2999-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(store.sweep(later).await.unwrap(), 1);
}

/// As much of S3 as the store asks for: objects by their path, whole or in
/// parts, copied, read in ranges and deleted. Only signed requests are answered.
#[derive(Clone, Default)]
struct Bucketful {
    objects: Arc<Mutex<BTreeMap<String, Bytes>>>,
    parts: Arc<Mutex<BTreeMap<u32, Bytes>>>,
}

async fn answer(
    State(bucket): State<Bucketful>,
    method: Method,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let signed = headers.get("authorization").and_then(|value| value.to_str().ok());
    if !signed.is_some_and(|value| value.starts_with("AWS4-HMAC-SHA256 Credential=key/")) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let path = uri.path().to_owned();
    let mut objects = bucket.objects.lock().unwrap();
    let mut parts = bucket.parts.lock().unwrap();
    let tag = [("etag", "\"tag\""), ("last-modified", "Mon, 02 Mar 2026 09:00:00 GMT")];
    match method {
        Method::POST if query.contains_key("uploads") => {
            parts.clear();
            "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
                .into_response()
        }
        Method::POST if query.contains_key("uploadId") => {
            let whole: Vec<u8> = parts.values().flatten().copied().collect();
            objects.insert(path, whole.into());
            "<CompleteMultipartUploadResult><ETag>\"tag\"</ETag></CompleteMultipartUploadResult>"
                .into_response()
        }
        Method::POST if query.contains_key("delete") => {
            let asked = String::from_utf8(body.to_vec()).unwrap();
            let key = asked.split("<Key>").nth(1).unwrap().split("</Key>").next().unwrap();
            objects.remove(&format!("{}/{key}", path.trim_end_matches('/')));
            let deleted = format!("<Deleted><Key>{key}</Key></Deleted>");
            format!("<DeleteResult>{deleted}</DeleteResult>").into_response()
        }
        Method::PUT if query.contains_key("partNumber") => {
            parts.insert(query["partNumber"].parse().unwrap(), body);
            (tag, "").into_response()
        }
        Method::PUT => match headers.get("x-amz-copy-source") {
            None => {
                objects.insert(path, body);
                (tag, "").into_response()
            }
            Some(from) => {
                let from = format!("/{}", from.to_str().unwrap().trim_start_matches('/'));
                let Some(bytes) = objects.get(&from).cloned() else {
                    return StatusCode::NOT_FOUND.into_response();
                };
                objects.insert(path, bytes);
                "<CopyObjectResult><ETag>\"tag\"</ETag></CopyObjectResult>".into_response()
            }
        },
        Method::DELETE => {
            objects.remove(&path);
            StatusCode::NO_CONTENT.into_response()
        }
        Method::GET => {
            let Some(bytes) = objects.get(&path) else {
                return StatusCode::NOT_FOUND.into_response();
            };
            let range = headers.get("range").map(|range| range.to_str().unwrap().to_owned());
            let Some(range) = range else { return (tag, bytes.clone()).into_response() };
            let (from, to) = range.trim_start_matches("bytes=").split_once('-').unwrap();
            let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
            let said = format!("bytes {from}-{to}/{}", bytes.len());
            let part = bytes.slice(from..=to);
            (StatusCode::PARTIAL_CONTENT, tag, [("content-range", said)], part).into_response()
        }
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_is_a_matter_of_configuration() {
    let bucket = Bucketful::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new()
        .fallback(answer)
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(bucket.clone());
    let serving = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });

    let world = World::new();
    let keys = (SecretString::from("key"), SecretString::from("secret"));
    let settings = Bucket {
        name: "photos".to_owned(),
        endpoint: Some(format!("http://{address}")),
        region: Some("eu-1".to_owned()),
        keys: Some(keys),
    };
    let chance = Arc::new(Counting::default());
    let store = Store::bucket(&settings, world.folder.path(), chance).unwrap();
    // Larger than one part of a multipart upload.
    is_a_store(&store, world.tenant, 6_000_000).await;

    let names: Vec<String> = bucket.objects.lock().unwrap().keys().cloned().collect();
    assert_eq!(names.len(), 1, "nothing is left under another name: {names:?}");
    assert!(names[0].starts_with(&format!("/photos/{}/", world.tenant)));
    serving.abort();
}
