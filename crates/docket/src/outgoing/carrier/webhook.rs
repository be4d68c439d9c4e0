//! Webhooks: letters to somebody's own program, signed as
//! <https://www.standardwebhooks.com> says, each a CloudEvent 1.0
//! (<https://cloudevents.io>) in JSON.

use super::{
    Address, Letter, NotCarried, http,
    private::{Private, PublicOnly, is_private},
};
use crate::config::{self, BadConfig};
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_STANDARD,
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use kernel::id::{Contact, Entry, Id, Outgoing, Tenant, Ticket};
use reqwest::{Client, StatusCode, Url, header};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::Serialize;
use sha2::Sha256;
use std::{error::Error, net::IpAddr, sync::Arc};

/// How many bytes a secret has, as the standard says.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Secrets are handed round with and without padding.
const PADDED_OR_NOT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(in crate::outgoing) struct Webhook {
    client: Client,
    url: Url,
    source: String,
    /// Each signs; the first is the current one.
    secrets: Vec<SecretSlice<u8>>,
}

/// A letter as CloudEvents carries it.
#[derive(Serialize)]
struct Event<'a> {
    specversion: &'static str,
    id: Id<Outgoing>,
    source: &'a str,
    #[serde(rename = "type")]
    sort: String,
    time: Timestamp,
    subject: Id<Ticket>,
    datacontenttype: &'static str,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    tenant: Id<Tenant>,
    ticket: Id<Ticket>,
    kind: &'static str,
    /// The entry of the log that says so.
    receipt: Option<Id<Entry>>,
    contact: Option<Id<Contact>>,
    to: To<'a>,
    subject: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum To<'a> {
    Email(&'a str),
    Phone(&'a str),
}

impl Webhook {
    pub fn open(config: &config::Webhook) -> Result<Self, BadConfig> {
        let key = "outbox.webhook";
        let mut client = http::client();
        if !config.allow_private {
            if literal(&config.url).is_some_and(is_private) {
                let text = "is a private address; `allow_private = true` allows it";
                return Err(BadConfig::wrong(format!("{key}.url"), text));
            }
            // A proxy would resolve the name again, and connect to what it likes.
            client = client.no_proxy().dns_resolver(Arc::new(PublicOnly));
        }
        let secrets = config.secrets.iter().map(|named| secret(&named.resolve()?));
        Ok(Self {
            client: client.build().map_err(|cause| http::no_client(key, &cause))?,
            url: (*config.url).clone(),
            source: config.source.clone(),
            secrets: secrets.collect::<Result<_, _>>()?,
        })
    }

    pub async fn carry(&self, letter: &Letter) -> Result<(), NotCarried> {
        let body = serde_json::to_string(&self.event(letter));
        let body = body.map_err(|_| NotCarried::permanent("webhook.encoding"))?;
        let at = letter.at.as_second();
        let sent = self
            .client
            .post(self.url.clone())
            .header(header::CONTENT_TYPE, "application/cloudevents+json")
            .header("webhook-id", letter.id.to_string())
            .header("webhook-timestamp", at)
            .header("webhook-signature", self.sign(letter.id, at, &body))
            .body(body)
            .send();
        let answer = sent.await.map_err(|cause| not_sent(&cause))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            StatusCode::GONE => Err(NotCarried::permanent("webhook.410")),
            _ => Err(http::later("webhook", &answer, letter.at)),
        }
    }

    fn event<'a>(&'a self, letter: &'a Letter) -> Event<'a> {
        Event {
            specversion: "1.0",
            id: letter.id,
            source: &self.source,
            sort: format!("docket.outgoing.{}", letter.kind.name()),
            time: letter.queued_at,
            subject: letter.ticket,
            datacontenttype: "application/json",
            data: Data {
                tenant: letter.tenant,
                ticket: letter.ticket,
                kind: letter.kind.name(),
                receipt: letter.receipt,
                contact: letter.contact,
                to: match &letter.to {
                    Address::Email(email) => To::Email(email),
                    Address::Phone(phone) => To::Phone(phone),
                },
                subject: &letter.subject,
                text: &letter.body,
            },
        }
    }

    /// One signature per secret, with spaces between.
    fn sign(&self, id: Id<Outgoing>, at: i64, body: &str) -> String {
        let signed = format!("{id}.{at}.{body}");
        let one = |secret: &SecretSlice<u8>| {
            let keyed = Hmac::<Sha256>::new_from_slice(secret.expose_secret());
            let mut mac = keyed.expect("a MAC takes a key of any length");
            mac.update(signed.as_bytes());
            format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
        };
        self.secrets.iter().map(one).collect::<Vec<_>>().join(" ")
    }
}

/// Reads a secret as the standard writes it: `whsec_` and base64.
fn secret(text: &SecretString) -> Result<SecretSlice<u8>, BadConfig> {
    let wrong = |text: &str| BadConfig::wrong("outbox.webhook.secrets", text);
    let encoded = text.expose_secret().strip_prefix("whsec_");
    let encoded = encoded.ok_or_else(|| wrong("a secret begins with `whsec_`"))?;
    let bytes = PADDED_OR_NOT.decode(encoded).map_err(|_| wrong("a secret is base64"))?;
    if SECRET_BYTES.contains(&bytes.len()) {
        Ok(bytes.into())
    } else {
        Err(wrong("a secret has 24 to 64 bytes"))
    }
}

/// The address in a URL that names no host.
fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

fn not_sent(cause: &reqwest::Error) -> NotCarried {
    let mut source: Option<&(dyn Error + 'static)> = Some(cause);
    while let Some(error) = source {
        if error.is::<Private>() {
            return NotCarried::permanent("webhook.private_address");
        }
        source = error.source();
    }
    http::no_answer("webhook", cause)
}
