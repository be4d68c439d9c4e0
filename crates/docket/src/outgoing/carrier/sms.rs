//! Short messages, by a service that speaks as Twilio does
//! (<https://www.twilio.com/docs/messaging/api/message-resource>).

use super::{Address, Letter, NotCarried, http};
use crate::config::{self, BadConfig};
use reqwest::{Client, Response, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

const TWILIO: &str = "https://api.twilio.com";

pub(in crate::outgoing) struct Sms {
    client: Client,
    /// Where messages of the account are made.
    url: Url,
    user: String,
    token: SecretString,
    /// The parameter that says who it is from, and its value.
    sender: (&'static str, String),
}

/// What the service says when it does not take a message.
#[derive(Deserialize)]
struct Refused {
    code: u32,
}

impl Sms {
    pub fn open(config: &config::Sms) -> Result<Self, BadConfig> {
        let key = "outbox.sms";
        let base = config.url.as_ref().map_or(TWILIO, |url| url.as_str());
        let account = &config.account;
        let url =
            format!("{}/2010-04-01/Accounts/{account}/Messages.json", base.trim_end_matches('/'));
        let sender = match (&config.from, &config.service) {
            (Some(from), _) => ("From", from.clone()),
            (None, Some(service)) => ("MessagingServiceSid", service.clone()),
            (None, None) => return Err(BadConfig::wrong(key, "name `from` or `service`")),
        };
        Ok(Self {
            client: http::client().build().map_err(|cause| http::no_client(key, &cause))?,
            url: Url::parse(&url).map_err(|_| BadConfig::wrong(key, "makes no URL"))?,
            user: config.key.as_ref().unwrap_or(account).clone(),
            token: config.token.resolve()?,
            sender,
        })
    }

    pub async fn carry(&self, letter: &Letter) -> Result<(), NotCarried> {
        let Address::Phone(to) = &letter.to else {
            return Err(NotCarried::permanent("sms.address"));
        };
        let (sender, from) = (self.sender.0, self.sender.1.as_str());
        let form = [("To", to.as_str()), (sender, from), ("Body", letter.body.as_str())];
        let sent = self
            .client
            .post(self.url.clone())
            .basic_auth(&self.user, Some(self.token.expose_secret()))
            // A service that knows it takes the same message once
            // (draft-ietf-httpapi-idempotency-key-header).
            .header("idempotency-key", letter.id.to_string())
            .form(&form)
            .send();
        let answer = sent.await.map_err(|cause| http::no_answer("sms", &cause))?;
        if answer.status().is_success() { Ok(()) } else { Err(refused(answer, letter).await) }
    }
}

async fn refused(answer: Response, letter: &Letter) -> NotCarried {
    let status = answer.status();
    let busy = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    if status.is_server_error() || busy.contains(&status) {
        return http::later("sms", &answer, letter.at);
    }
    // The service's own number says more than the status; its words may hold
    // the phone number.
    let body = http::beginning(answer).await;
    let code = serde_json::from_slice::<Refused>(&body).ok().map(|said| said.code);
    NotCarried::permanent(
        code.map_or_else(|| http::code("sms", status), |code| format!("sms.{code}")),
    )
}
