//! A bucket that speaks S3, and whether it will do.

use super::{
    INCOMING, Store, UPLOADS,
    health::{code, is_absent, is_unheard, told},
};
use crate::{chance::Chance, failure::Fault};
use futures_util::StreamExt;
use object_store::{
    BackoffConfig, ClientConfigKey, Error, ObjectStore, ObjectStoreExt, PutMode, PutPayload,
    RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    path::Path as Place,
};
use secrecy::{ExposeSecret, SecretString};
use std::{sync::Arc, time::Duration};

/// How long a bucket that is away is asked again. Whoever waits for it holds a
/// place that others could have, and is told to come back.
const PATIENCE: RetryConfig = RetryConfig {
    backoff: BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_secs(1),
        base: 2.0,
    },
    max_retries: 5,
    retry_timeout: Duration::from_secs(3),
};
const CONNECT_TIMEOUT: &str = "2 seconds";

/// A bucket that speaks S3. What is not said here comes from the `AWS_…`
/// variables of the environment.
#[derive(Clone, Debug)]
pub struct Bucket {
    pub name: String,
    pub endpoint: Option<String>,
    pub region: Option<String>,
    /// The access key and its secret.
    pub keys: Option<(SecretString, SecretString)>,
}

impl Store {
    /// Keeps bytes in a bucket. Parts of objects that never became whole are
    /// for a lifecycle rule of the bucket to remove.
    ///
    /// # Errors
    /// If what is said, there and in the environment, is too little.
    pub fn bucket(bucket: &Bucket, chance: Arc<dyn Chance>) -> Result<Self, Fault> {
        // Which cryptography TLS is made of is said once in a process.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let connect_timeout = AmazonS3ConfigKey::Client(ClientConfigKey::ConnectTimeout);
        let mut objects = AmazonS3Builder::from_env()
            .with_bucket_name(&bucket.name)
            .with_config(connect_timeout, CONNECT_TIMEOUT)
            .with_retry(PATIENCE);
        if let Some(endpoint) = &bucket.endpoint {
            // Whoever names an endpoint without TLS means it: one beside us.
            let plain = endpoint.starts_with("http://");
            objects = objects.with_endpoint(endpoint).with_allow_http(plain);
        }
        if let Some(region) = &bucket.region {
            objects = objects.with_region(region);
        }
        if let Some((access, secret)) = &bucket.keys {
            objects = objects
                .with_access_key_id(access.expose_secret())
                .with_secret_access_key(secret.expose_secret());
        }
        let objects = objects.build().map_err(|error| Fault::Unfit(told(&error)))?;
        Ok(Self::with(Arc::new(objects), None, chance))
    }

    /// Tries what the store will be asked to do.
    ///
    /// # Errors
    /// That it is away; or that it answers and will not do, with a sentence that
    /// says why.
    pub async fn check(&self) -> Result<(), Fault> {
        let place = Place::from(format!("{INCOMING}/{:032x}", self.chance.bits()));
        match self.tried(&place).await {
            Ok(()) => Ok(()),
            Err((_, error)) if is_unheard(&error) => Err(self.health.away(&error)),
            Err((what, error)) => Err(Fault::Unfit(refused(what, &error))),
        }
    }

    async fn tried(&self, place: &Place) -> Result<(), (&'static str, Error)> {
        let on = |what| move |error| (what, error);
        let create = || async {
            let bytes = PutPayload::from_static(b"docket");
            self.objects.put_opts(place, bytes, PutMode::Create.into()).await
        };
        let mut listed = self.objects.list(Some(&Place::from(UPLOADS)));
        listed.next().await.transpose().map_err(on("list objects"))?;
        match self.objects.get(place).await {
            Err(error) if is_absent(&error) => {}
            // Without the right to list, S3 says of what is not there that it is forbidden.
            other => drop(other.map_err(on("see that an object is not there"))?),
        }
        match create().await {
            // A request whose answer was lost is sent again.
            Ok(_) | Err(Error::AlreadyExists { .. }) => {}
            Err(error) => return Err(("write an object", error)),
        }
        let again = create().await;
        self.objects.delete(place).await.map_err(on("delete an object"))?;
        match again {
            Err(Error::AlreadyExists { .. }) => Ok(()),
            Err(error) => Err((KEEP, error)),
            Ok(_) => Err((KEEP, overwritten())),
        }
    }
}

/// Two machines that write the same piece of an upload are told apart by this.
const KEEP: &str = "keep an object that is there already";

fn overwritten() -> Error {
    let (operation, implementer) = ("`If-None-Match`".to_owned(), "its server".to_owned());
    Error::NotImplemented { operation, implementer }
}

fn refused(what: &str, error: &Error) -> String {
    let text = error.to_string();
    let why = match code(&text) {
        Some("NoSuchBucket") => "there is no such bucket".to_owned(),
        Some("InvalidAccessKeyId" | "NotSignedUp") => {
            "its server does not know the access key".to_owned()
        }
        Some("SignatureDoesNotMatch") => "the secret key is not that of the access key".to_owned(),
        Some(code) => format!("its server says `{code}`"),
        None => told(error),
    };
    format!("the bucket of `[evidence]` cannot be used to {what}: {why}")
}
