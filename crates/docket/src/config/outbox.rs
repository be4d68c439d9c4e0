//! What texts to customers leave by: which carrier takes which kind of address,
//! and how each is reached.

use super::{BadConfig, SecretRef, is_loopback, settle::Settler};
use reqwest::Url;
use serde::Deserialize;
use std::{
    fmt,
    net::IpAddr,
    path::{Path, PathBuf},
};

/// How texts leave.
#[derive(Clone, Debug)]
pub struct Outbox {
    /// What takes texts to e-mail addresses; nothing if they are not sent.
    pub email: Option<Way>,
    /// What takes texts to phone numbers; nothing if they are not sent.
    pub phone: Option<Way>,
    /// How often each is tried.
    pub attempts: u16,
    pub folder: PathBuf,
    pub smtp: Option<Smtp>,
    pub sms: Option<Sms>,
    pub webhook: Option<Webhook>,
}

/// A carrier by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    Folder,
    Smtp,
    Sms,
    Webhook,
}

impl Way {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Smtp => "smtp",
            Self::Sms => "sms",
            Self::Webhook => "webhook",
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A mail server that takes letters from us (RFC 6409).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub tls: SmtpTls,
    /// Who the letters are from, like `Hinge & Sons <calls@hinge.example>`.
    pub from: String,
    /// Where answers go, if not to `from`.
    pub reply_to: Option<String>,
    pub username: Option<String>,
    pub password: Option<SecretRef>,
    /// The one authority to trust, in PEM, instead of those the system trusts.
    pub ca: Option<PathBuf>,
}

/// How a connection to a mail server is kept private.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpTls {
    /// From the first byte (RFC 8314), usually on port 465.
    Implicit,
    /// After asking for it, or not at all; usually on port 587.
    Starttls,
    /// Not at all: on this machine only.
    None,
}

/// A service that sends short messages and speaks as Twilio does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sms {
    /// The account's id, like `AC…`.
    pub account: String,
    /// The id of an API key, where `token` is its secret and not the account's.
    pub key: Option<String>,
    pub token: SecretRef,
    /// The number that texts are from, or else the id of a messaging service.
    pub from: Option<String>,
    pub service: Option<String>,
    /// Where the service is reached, if it is another than Twilio.
    pub url: Option<PrivateUrl>,
}

/// A URL that a secret, an address and a text may be sent to: nobody reads them
/// on the way, and no secret is written into it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PrivateUrl(Url);

/// Text that is no such URL. It does not repeat the text, which may hold a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPrivate {
    #[error("expected a URL")]
    NotAUrl,
    #[error("a URL holds no password; secrets are given by reference")]
    Password,
    #[error("this has to be reached over https")]
    InTheClear,
}

impl TryFrom<String> for PrivateUrl {
    type Error = NotPrivate;

    fn try_from(text: String) -> Result<Self, NotPrivate> {
        let url = Url::parse(&text).map_err(|_| NotPrivate::NotAUrl)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NotPrivate::Password);
        }
        let is_web = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        if is_web { Ok(Self(url)) } else { Err(NotPrivate::InTheClear) }
    }
}

impl std::ops::Deref for PrivateUrl {
    type Target = Url;

    fn deref(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for PrivateUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Somebody's own program that takes letters (<https://www.standardwebhooks.com>).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    pub url: PrivateUrl,
    /// What letters are signed with: the first is the current one, and each
    /// of them signs, so that the receiver can change over.
    pub secrets: Vec<SecretRef>,
    /// Who is said to have sent it, as a URI; our issuer, where nobody says.
    #[serde(default)]
    pub source: String,
    /// Whether the receiver may be on this machine or a private network.
    #[serde(default)]
    pub allow_private: bool,
}

/// The section as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    pub email: Option<Way>,
    pub phone: Option<Way>,
    pub attempts: Option<u16>,
    pub folder: Option<PathBuf>,
    pub smtp: Option<Smtp>,
    pub sms: Option<Sms>,
    pub webhook: Option<Webhook>,
}

/// How often a text is tried, where nobody says otherwise.
pub const ATTEMPTS: u16 = 16;

pub(super) fn settle<E: Fn(&str) -> Option<String>>(
    s: &mut Settler<E>,
    file: Section,
    data: &Path,
    issuer: &str,
) -> Result<Outbox, BadConfig> {
    file.check()?;
    let folder = file.folder.as_ref().map(|folder| folder.display().to_string());
    let folder = data.join(s.file("outbox.folder", folder, "outbox".to_owned()));
    let attempts = s.file("outbox.attempts", file.attempts, ATTEMPTS);
    if attempts == 0 {
        return Err(BadConfig::wrong("outbox.attempts", "nothing leaves that is not tried"));
    }
    // Whoever says nothing at all is trying Docket out. Whoever names a carrier
    // for one kind of address has said that nothing takes the other.
    let nothing = file.email.is_none() && file.phone.is_none();
    let (email, phone) = if nothing {
        let folder = |s: &mut Settler<E>, key| Some(s.file(key, None, Way::Folder));
        (folder(s, "outbox.email"), folder(s, "outbox.phone"))
    } else {
        s.given("outbox.email", file.email.as_ref());
        s.given("outbox.phone", file.phone.as_ref());
        (file.email, file.phone)
    };
    show(s, &file);
    let mut webhook = file.webhook;
    if let Some(hook) = &mut webhook {
        hook.source_or(issuer)?;
    }
    let (smtp, sms) = (file.smtp, file.sms);
    Ok(Outbox { email, phone, attempts, folder, smtp, sms, webhook })
}

fn show<E: Fn(&str) -> Option<String>>(s: &mut Settler<E>, file: &Section) {
    if let Some(smtp) = &file.smtp {
        s.given("outbox.smtp.host", Some(&smtp.host));
        s.given("outbox.smtp.port", Some(&smtp.port));
        s.given("outbox.smtp.from", Some(&smtp.from));
        s.given("outbox.smtp.username", smtp.username.as_ref());
        s.given("outbox.smtp.password", smtp.password.as_ref());
    }
    if let Some(sms) = &file.sms {
        s.given("outbox.sms.url", sms.url.as_ref());
        s.given("outbox.sms.account", Some(&sms.account));
        s.given("outbox.sms.token", Some(&sms.token));
    }
    if let Some(hook) = &file.webhook {
        s.given("outbox.webhook.url", Some(&hook.url));
        for secret in &hook.secrets {
            s.given("outbox.webhook.secrets", Some(secret));
        }
        s.given("outbox.webhook.allow_private", Some(&hook.allow_private));
    }
}

impl Section {
    fn check(&self) -> Result<(), BadConfig> {
        if self.email == Some(Way::Sms) {
            return Err(BadConfig::wrong("outbox.email", "a short message reaches phones only"));
        }
        if self.phone == Some(Way::Smtp) {
            return Err(BadConfig::wrong("outbox.phone", "a mail reaches e-mail addresses only"));
        }
        for (way, there) in [
            (Way::Smtp, self.smtp.is_some()),
            (Way::Sms, self.sms.is_some()),
            (Way::Webhook, self.webhook.is_some()),
        ] {
            let named = [self.email, self.phone].contains(&Some(way));
            if named && !there {
                return Err(BadConfig::wrong(format!("outbox.{way}"), "is named and not there"));
            }
            if there && !named {
                let text = "is there and nothing leaves by it; name it as `email` or `phone`";
                return Err(BadConfig::wrong(format!("outbox.{way}"), text));
            }
        }
        self.smtp.as_ref().map_or(Ok(()), Smtp::check)?;
        self.sms.as_ref().map_or(Ok(()), Sms::check)?;
        self.webhook.as_ref().map_or(Ok(()), Webhook::check)
    }
}

impl Smtp {
    fn check(&self) -> Result<(), BadConfig> {
        let loopback = self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        if self.tls == SmtpTls::None && !loopback {
            let text = "`none` is for an address of this machine, like `127.0.0.1`";
            return Err(BadConfig::wrong("outbox.smtp.tls", text));
        }
        if self.username.is_some() != self.password.is_some() {
            let text = "name `username` and `password`, or neither";
            return Err(BadConfig::wrong("outbox.smtp", text));
        }
        Ok(())
    }
}

impl Sms {
    fn check(&self) -> Result<(), BadConfig> {
        if self.from.is_some() == self.service.is_some() {
            let text = "name the number it is `from`, or the messaging `service`, not both";
            return Err(BadConfig::wrong("outbox.sms", text));
        }
        // It becomes part of a path.
        if self.account.is_empty() || !self.account.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(BadConfig::wrong("outbox.sms.account", "is letters and digits"));
        }
        Ok(())
    }
}

impl Webhook {
    fn check(&self) -> Result<(), BadConfig> {
        if self.secrets.is_empty() {
            let text = "name at least one; a letter that nobody signed is not sent";
            return Err(BadConfig::wrong("outbox.webhook.secrets", text));
        }
        Ok(())
    }

    /// Whoever is named as the source, or else our issuer.
    fn source_or(&mut self, issuer: &str) -> Result<(), BadConfig> {
        if self.source.is_empty() {
            issuer.clone_into(&mut self.source);
        }
        let no = |_| BadConfig::wrong("outbox.webhook.source", "is not a URI");
        Url::parse(&self.source).map(drop).map_err(no)
    }
}
