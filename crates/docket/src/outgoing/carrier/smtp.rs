//! Mail, handed to a mail server (RFC 6409, RFC 5321).

use super::{Address, Letter, NotCarried};
use crate::config::{self, BadConfig, SmtpTls};
use kernel::refusal::Chain;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, Header, HeaderName, HeaderValue},
    },
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, CertificateStore, Tls, TlsParameters},
        extension::ClientId,
    },
};
use secrecy::ExposeSecret;
use std::{error::Error, fs, io, time::Duration};

/// How long the server may take over one step.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it may take over a letter.
const PATIENCE_IN_ALL: Duration = Duration::from_secs(120);

pub(in crate::outgoing) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    /// Of the sender, which vouches for the ids of letters.
    domain: String,
}

/// Says that no person wrote this, so that no machine answers (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Smtp {
    pub fn open(config: &config::Smtp) -> Result<Self, BadConfig> {
        // Somebody else may have installed it before, and that is fine.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let from = mailbox("from", &config.from)?;
        let domain = from.email.domain().to_owned();
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
            .port(config.port)
            .tls(tls(config)?)
            .hello_name(ClientId::Domain(domain.clone()))
            .timeout(Some(PATIENCE));
        if let Some((username, password)) = config.username.as_ref().zip(config.password.as_ref()) {
            let password = password.resolve()?.expose_secret().to_owned();
            transport = transport.credentials(Credentials::new(username.clone(), password));
        }
        let reply_to = config.reply_to.as_deref().map(|text| mailbox("reply_to", text));
        Ok(Self { transport: transport.build(), from, reply_to: reply_to.transpose()?, domain })
    }

    pub async fn carry(&self, letter: &Letter) -> Result<(), NotCarried> {
        let message = self.message(letter)?;
        let sending = self.transport.send(message);
        match tokio::time::timeout(PATIENCE_IN_ALL, sending).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(no)) => Err(not_taken(&no)),
            Err(_) => Err(NotCarried::transient("smtp.timeout")),
        }
    }

    /// The letter in the form of RFC 5322. Its id is the same each time it is
    /// sent, by which a mailbox knows a second delivery.
    fn message(&self, letter: &Letter) -> Result<Message, NotCarried> {
        let Address::Email(email) = &letter.to else {
            return Err(NotCarried::permanent("smtp.address"));
        };
        let email = email.parse().map_err(|_| NotCarried::permanent("smtp.address"))?;
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, email))
            .date(letter.at.into())
            .message_id(Some(format!("<{}@{}>", letter.id, self.domain)))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .subject(&letter.subject);
        if let Some(reply_to) = &self.reply_to {
            message = message.reply_to(reply_to.clone());
        }
        let message = message.body(letter.body.clone());
        message.map_err(|_| NotCarried::permanent("smtp.encoding"))
    }
}

fn mailbox(key: &str, text: &str) -> Result<Mailbox, BadConfig> {
    let text = text.parse();
    text.map_err(|_| BadConfig::wrong(format!("outbox.smtp.{key}"), "is not an e-mail address"))
}

fn tls(config: &config::Smtp) -> Result<Tls, BadConfig> {
    if config.tls == SmtpTls::None {
        return Ok(Tls::None);
    }
    let mut parameters = TlsParameters::builder(config.host.clone());
    if let Some(path) = &config.ca {
        let bad = |cause: &dyn Error| {
            let text = format!("`{}`: {}", path.display(), Chain(cause));
            BadConfig::wrong("outbox.smtp.ca", text)
        };
        let pem = fs::read(path).map_err(|cause| bad(&cause))?;
        let authority = Certificate::from_pem(&pem).map_err(|cause| bad(&cause))?;
        parameters =
            parameters.certificate_store(CertificateStore::None).add_root_certificate(authority);
    }
    let parameters = parameters.build().map_err(|cause| {
        BadConfig::wrong("outbox.smtp.tls", format!("cannot be used: {}", Chain(&cause)))
    })?;
    Ok(match config.tls {
        SmtpTls::Implicit => Tls::Wrapper(parameters),
        SmtpTls::Starttls | SmtpTls::None => Tls::Required(parameters),
    })
}

/// What the server says may hold the address, so only its number is told.
fn not_taken(no: &lettre::transport::smtp::Error) -> NotCarried {
    if let Some(status) = no.status() {
        let code = format!("smtp.{status}");
        return if no.is_permanent() {
            NotCarried::permanent(code)
        } else {
            NotCarried::transient(code)
        };
    }
    let sorts = [
        (no.is_tls() || is_handshake(no), "smtp.tls"),
        (no.is_timeout(), "smtp.timeout"),
        // It offers less than we ask for: no TLS, or no way to sign in.
        (no.is_client(), "smtp.unable"),
    ];
    let sort = sorts.into_iter().find(|(is, _)| *is);
    NotCarried::transient(sort.map_or("smtp.connection", |(_, code)| code))
}

/// Whether a connection failed over TLS. What fails while shaking hands is
/// reported as a connection that failed, with the reason inside.
fn is_handshake(no: &lettre::transport::smtp::Error) -> bool {
    let mut source = no.source();
    while let Some(error) = source {
        let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if error.is::<rustls::Error>() || inside.is_some_and(|inside| inside.is::<rustls::Error>())
        {
            return true;
        }
        source = error.source();
    }
    false
}
