//! The outbox against real receivers: a mail server, the published verifiers of
//! webhooks and events, and what the official client of Twilio sends.

use crate::{
    home::Home,
    receiver::{Receiver, certificate, program},
};
use docket::{
    app::App,
    chance::{SystemChance, WallClock},
    config::Config,
    door::Call,
    identity::{Caller, Issue, Wanted},
    job::work::work_off,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    clock::{Clock, StillClock},
    id::{Id, Principal},
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};
use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// What a customer is asked, with letters that ASCII does not have.
const QUESTION: &str = "Welche Tür ist es – die große?";
const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
const SECRET_BEFORE: &str = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4";
const SECRET_OF_OTHERS: &str = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY";

/// A deployment that is used from within, by a clock that stands still.
struct Office {
    home: Home,
    app: App,
    clock: Arc<StillClock>,
    admin: Arc<Caller>,
    dispatcher: Arc<Caller>,
    calls: AtomicUsize,
}

impl Office {
    async fn open(outbox: &str) -> Self {
        let home = Home::new();
        let config = home.configured(outbox);
        let clock = Arc::new(StillClock::at(WallClock.now()));
        let app = App::open_with(config, clock.clone(), Arc::new(SystemChance)).unwrap();
        let admin = caller(&app, home.admin(), Role::Admin).await;
        let dispatcher = caller(&app, home.dispatcher(), Role::Dispatcher).await;
        Self { home, app, clock, admin, dispatcher, calls: AtomicUsize::new(0) }
    }

    async fn call(&self, who: &Caller, tool: Tool, input: Value, version: Option<i64>) -> Value {
        let mut call = Call::new(tool, input.to_string(), "test");
        call.key = Some(format!("key-{}", self.calls.fetch_add(1, Ordering::Relaxed)));
        call.if_match = version;
        serde_json::from_str(&self.app.door.call(who, call).await.unwrap().body).unwrap()
    }

    async fn put(&self, tool: Tool, input: Value) -> Value {
        self.call(&self.admin, tool, input, None).await["result"]["id"].clone()
    }

    /// Has somebody asked, whom these addresses reach.
    async fn ask(&self, addresses: Value) {
        let account = self.put(Tool::AccountPut, json!({ "name": "Corner Shops" })).await;
        let site = json!({
            "account": account, "name": "Main St 1", "address": "1 Main St", "zone": "Europe/Berlin",
        });
        let site = self.put(Tool::SitePut, site).await;
        let mut contact = json!({
            "account": account, "name": "Ada", "may_request": true, "may_approve": false,
        });
        contact.as_object_mut().unwrap().extend(addresses.as_object().unwrap().clone());
        let contact = self.put(Tool::ContactPut, contact).await;
        let ticket = json!({ "site": site, "contact": contact, "summary": "front door" });
        let made = self.call(&self.dispatcher, Tool::TicketCreate, ticket, None).await;
        let ask = json!({ "ticket": made["ticket"]["id"], "questions": [QUESTION] });
        let version = made["ticket"]["version"].as_i64();
        self.call(&self.dispatcher, Tool::TicketRequestInfo, ask, version).await;
    }

    /// Has done what is due, and says how many texts left.
    async fn work_off(&self) -> usize {
        let before = self.delivered().await;
        work_off(&self.app.db, &self.app.crew(), &self.app.working(4)).await.unwrap();
        self.delivered().await - before
    }

    async fn delivered(&self) -> usize {
        let all = self.list().await;
        all.iter().filter(|text| text["standing"] == "delivered").count()
    }

    async fn list(&self) -> Vec<Value> {
        let seen = self.call(&self.admin, Tool::OutboxList, json!({}), None).await;
        seen["items"].as_array().unwrap().clone()
    }

    /// The one text that there is.
    async fn text(&self) -> Value {
        let all = self.list().await;
        assert_eq!(all.len(), 1);
        all[0].clone()
    }

    /// How the one text stands and why, after what was due was done.
    async fn stands(&self) -> String {
        self.work_off().await;
        let text = self.text().await;
        let reason = text["reason"].as_str().unwrap_or("-");
        format!("{} {reason}", text["standing"].as_str().unwrap())
    }
}

async fn caller(app: &App, principal: Id<Principal>, role: Role) -> Arc<Caller> {
    let wanted = Issue {
        principal,
        on_behalf_of: None,
        roles: Wanted::These(vec![role]),
        minutes: 15,
        key: None,
    };
    let issued = app.gate.issuer().issue(&app.db, &wanted).await.unwrap();
    app.gate.admit(Some(&issued.token), IpAddr::V4(Ipv4Addr::LOCALHOST)).await.unwrap()
}

/// A file that a configuration can refer to.
fn secret(folder: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path: PathBuf = folder.path().join(name);
    fs::write(&path, text).unwrap();
    format!("file:{}", path.display())
}

fn mail_server(tls: &str, user: bool) -> Receiver {
    let (cert, key) = certificate();
    let (cert, key) = (cert.to_str().unwrap(), key.to_str().unwrap());
    let mut words = vec!["--tls", tls];
    if tls != "none" {
        words.extend(["--cert", cert, "--key", key]);
    }
    if user {
        words.extend(["--user", "docket", "--password", "hunter2"]);
    }
    Receiver::start("smtp.py", &words)
}

/// Letters go by mail, to a server of this kind.
fn mail(port: u16, tls: &str, more: &str) -> String {
    let (cert, _) = certificate();
    format!(
        "[outbox]\nemail = \"smtp\"\n[outbox.smtp]\nhost = \"127.0.0.1\"\nport = {port}\n\
         tls = \"{tls}\"\nfrom = \"Hinge & Sons <calls@hinge.example>\"\nca = \"{}\"\n{more}",
        cert.display(),
    )
}

fn webhook(url: &str, secrets: &[&str], more: &str) -> String {
    let secrets = secrets.join("\", \"");
    format!(
        "[outbox]\nemail = \"webhook\"\nphone = \"webhook\"\n[outbox.webhook]\n\
         url = \"{url}\"\nsecrets = [\"{secrets}\"]\n{more}"
    )
}

fn sms(port: u16, token: &str) -> String {
    format!(
        "[outbox]\nphone = \"sms\"\n[outbox.sms]\naccount = \"AC123\"\ntoken = \"{token}\"\n\
         from = \"+15005550006\"\nurl = \"http://127.0.0.1:{port}\""
    )
}

fn at(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_mail_is_encrypted_signed_in_for_well_formed_and_known_again_by_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let password = secret(&folder, "password", "hunter2");
    let mut server = mail_server("starttls", true);
    let more = format!(
        "username = \"docket\"\npassword = \"{password}\"\nreply_to = \"answers@hinge.example\""
    );
    let office = Office::open(&mail(server.port, "starttls", &more)).await;
    office.ask(json!({ "email": "ada@example.com" })).await;

    assert_eq!(office.work_off().await, 1);

    let letter = server.next();
    let text = office.text().await;
    assert_eq!((&letter["encrypted"], &letter["signed_in"]), (&json!(true), &json!(true)));
    assert_eq!(letter["to"], json!(["ada@example.com"]));
    assert_eq!(
        (&letter["from"], &letter["hello"]),
        (&json!("calls@hinge.example"), &json!("hinge.example"))
    );
    assert_eq!(letter["defects"], json!([]));
    let headers = &letter["headers"];
    let id = format!("<{}@hinge.example>", text["id"].as_str().unwrap());
    assert_eq!(headers["message-id"], json!(id));
    assert_eq!(headers["from"], "Hinge & Sons <calls@hinge.example>");
    assert_eq!(headers["reply-to"], "answers@hinge.example");
    assert_eq!(headers["auto-submitted"], "auto-generated");
    assert!(headers["content-type"].as_str().unwrap().starts_with("text/plain; charset=\"utf-8\""));
    assert!(headers["subject"].as_str().unwrap().starts_with("We have a question"));
    assert!(letter["text"].as_str().unwrap().contains(QUESTION), "{letter}");
    assert_eq!(text["standing"], "delivered");

    // A crash right after it left: nothing says so, and it leaves again.
    let forgotten = "update outgoing set standing = 'waiting', ended_at = null, attempts = 0;
                     delete from outgoing_attempt;
                     insert into job (tenant, id, kind, phase, priority, due_at, attempts_max,
                         timeout_us, payload, digest, created_at)
                     select tenant, 'job_' || substr(id, 5), 'outgoing.deliver', 'queued', 0, 0,
                         12, 60000000, '{\"outgoing\":\"' || id || '\"}', '', 0
                     from outgoing";
    office.home.ground.tamper("data", forgotten);
    assert_eq!(office.work_off().await, 1);
    assert_eq!(server.next()["headers"]["message-id"], json!(id));
}

#[tokio::test]
async fn a_connection_may_be_encrypted_from_its_first_byte() {
    let mut server = mail_server("implicit", false);
    let office = Office::open(&mail(server.port, "implicit", "")).await;
    office.ask(json!({ "email": "ada@example.com" })).await;
    assert_eq!(office.stands().await, "delivered -");
    assert_eq!(server.next()["encrypted"], true);
}

#[tokio::test]
async fn nothing_is_said_to_a_server_that_cannot_be_trusted_or_does_not_encrypt() {
    for (speaks, asked, reason) in [
        ("implicit", "implicit", "waiting smtp.tls"),
        ("starttls", "starttls", "waiting smtp.tls"),
        ("none", "starttls", "waiting smtp.unable"),
    ] {
        let server = mail_server(speaks, false);
        let config = mail(server.port, asked, "");
        // Without a word about whom to trust, it is whom the system trusts.
        let config: String = config
            .lines()
            .filter(|line| !line.starts_with("ca"))
            .fold(String::new(), |all, line| all + line + "\n");
        let office = Office::open(&config).await;
        office.ask(json!({ "email": "ada@example.com" })).await;
        assert_eq!(office.stands().await, reason, "{speaks}");
        assert!(server.rest().is_empty());
    }
}

#[tokio::test]
async fn a_server_that_is_busy_is_asked_again_and_one_that_says_no_is_not() {
    let mut server = mail_server("starttls", false);
    let office = Office::open(&mail(server.port, "starttls", "")).await;
    office.ask(json!({ "email": "busy-once@example.com" })).await;
    assert_eq!(office.stands().await, "waiting smtp.451");
    office.clock.advance(SignedDuration::from_secs(10));
    assert_eq!(office.stands().await, "delivered -");
    assert_eq!(server.next()["to"], json!(["busy-once@example.com"]));

    let office = Office::open(&mail(server.port, "starttls", "")).await;
    office.ask(json!({ "email": "gone@example.com" })).await;
    assert_eq!(office.stands().await, "dead smtp.550");
    assert!(!office.text().await.to_string().contains("gone@"), "no address in an error");
    assert!(server.rest().is_empty());
}

#[tokio::test]
async fn a_wrong_password_and_a_server_that_is_away_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let password = secret(&folder, "password", "wrong");
    let server = mail_server("starttls", true);
    let more = format!("username = \"docket\"\npassword = \"{password}\"");
    let office = Office::open(&mail(server.port, "starttls", &more)).await;
    office.ask(json!({ "email": "ada@example.com" })).await;
    assert_eq!(office.stands().await, "dead smtp.535");

    let port = server.port;
    assert!(server.rest().is_empty());
    let office = Office::open(&mail(port, "starttls", "")).await;
    office.ask(json!({ "email": "ada@example.com" })).await;
    assert_eq!(office.stands().await, "waiting smtp.connection");
}

#[tokio::test]
async fn a_webhook_verifies_under_every_secret_and_is_an_event_that_others_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = [secret(&folder, "now", SECRET), secret(&folder, "before", SECRET_BEFORE)];
    let mut server = Receiver::start("web.py", &[SECRET, SECRET_BEFORE, SECRET_OF_OTHERS]);
    let url = format!("http://127.0.0.1:{}/hook", server.port);
    let secrets: Vec<_> = secrets.iter().map(String::as_str).collect();
    let office = Office::open(&webhook(&url, &secrets, "allow_private = true")).await;
    office.ask(json!({ "phone": "+12025550173", "email": "ada@example.com" })).await;

    assert_eq!(office.stands().await, "delivered -");

    let (told, text) = (server.next(), office.text().await);
    assert_eq!(told["verified"], json!([true, true, false]));
    assert_eq!(told["headers"]["webhook-id"], text["id"]);
    assert_eq!(told["headers"]["content-type"], "application/cloudevents+json");
    let attributes = &told["event"]["attributes"];
    assert_eq!((&attributes["specversion"], &attributes["id"]), (&json!("1.0"), &text["id"]));
    assert_eq!(attributes["source"], json!(office.app.config.issuer));
    assert_eq!(attributes["type"], "docket.outgoing.info_requested");
    assert_eq!(
        (&attributes["subject"], &attributes["datacontenttype"]),
        (&text["ticket"], &json!("application/json"))
    );
    let data = &told["event"]["data"];
    assert_eq!((&data["ticket"], &data["receipt"]), (&text["ticket"], &text["receipt"]));
    assert_eq!(data["to"], json!({ "phone": "+12025550173" }), "one address is enough");
    assert!(data["text"].as_str().unwrap().contains(QUESTION));
}

#[tokio::test]
async fn how_a_receiver_of_webhooks_answers_decides_what_happens_next() {
    let folder = tempfile::tempdir().unwrap();
    let key = secret(&folder, "now", SECRET);
    for (path, stands) in [
        ("/gone", "dead webhook.410"),
        ("/busy", "waiting webhook.503"),
        ("/moved", "waiting webhook.307"),
    ] {
        let mut server = Receiver::start("web.py", &[SECRET]);
        let url = format!("http://127.0.0.1:{}{path}", server.port);
        let office = Office::open(&webhook(&url, &[&key], "allow_private = true")).await;
        office.ask(json!({ "email": "ada@example.com" })).await;
        assert_eq!(office.stands().await, stands);
        if path == "/busy" {
            let soonest = office.clock.now() + SignedDuration::from_secs(90);
            assert!(at(&office.text().await["next_at"]) >= soonest, "it said when to come back");
        }
        assert_eq!(server.next()["path"], path);
        assert!(server.rest().is_empty(), "nobody is led elsewhere");
    }
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_not_followed_unless_somebody_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let key = secret(&folder, "now", SECRET);
    let server = Receiver::start("web.py", &[SECRET]);
    let url = format!("https://localhost:{}/hook", server.port);
    let office = Office::open(&webhook(&url, &[&key], "")).await;
    office.ask(json!({ "email": "ada@example.com" })).await;
    assert_eq!(office.stands().await, "dead webhook.private_address");
    assert!(server.rest().is_empty());
}

#[tokio::test]
async fn a_short_message_is_asked_for_as_the_official_client_asks() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Receiver::start("web.py", &[]);
    let office = Office::open(&sms(server.port, &secret(&folder, "token", "hunter2"))).await;
    office.ask(json!({ "phone": "+12025550173" })).await;
    assert_eq!(office.stands().await, "delivered -");
    let ours = server.next();

    let base = format!("http://127.0.0.1:{}", server.port);
    let body = ours["form"]["Body"].as_str().unwrap();
    let words = [&base, "AC123", "hunter2", "+15005550006", "+12025550173", body];
    assert!(program("twilio_client.py", &words).status().unwrap().success());
    let theirs = server.next();

    assert_eq!((&ours["path"], &ours["form"]), (&theirs["path"], &theirs["form"]));
    for header in ["authorization", "content-type"] {
        assert_eq!(ours["headers"][header], theirs["headers"][header], "{header}");
    }
    assert_eq!(ours["headers"]["idempotency-key"], office.text().await["id"]);
    assert!(body.contains(QUESTION));
}

#[tokio::test]
async fn a_number_that_cannot_be_reached_is_not_tried_again_and_a_busy_service_is() {
    let folder = tempfile::tempdir().unwrap();
    let token = secret(&folder, "token", "hunter2");
    let server = Receiver::start("web.py", &[]);
    let office = Office::open(&sms(server.port, &token)).await;
    office.ask(json!({ "phone": "+15005550001" })).await;
    assert_eq!(office.stands().await, "dead sms.21211");

    let office = Office::open(&sms(server.port, &token)).await;
    office.ask(json!({ "phone": "+15005550002" })).await;
    assert_eq!(office.stands().await, "waiting sms.429");
    let soonest = office.clock.now() + SignedDuration::from_secs(90);
    assert!(at(&office.text().await["next_at"]) >= soonest);
}

#[tokio::test]
async fn an_address_that_nothing_is_configured_for_waits_for_somebody_to_configure_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = Receiver::start("web.py", &[]);
    let office = Office::open(&sms(server.port, &secret(&folder, "token", "hunter2"))).await;
    office.ask(json!({ "email": "ada@example.com" })).await;
    assert_eq!(office.stands().await, "no_carrier -");

    // Somebody puts that right, and the text back.
    let Office { home, app, clock, .. } = office;
    drop(app);
    let written = fs::read_to_string(home.data().join("docket.toml")).unwrap();
    let put_right = written.replace("phone = \"sms\"", "phone = \"sms\"\nemail = \"folder\"");
    fs::write(home.data().join("docket.toml"), put_right).unwrap();
    let config = Config::load(&home.data().join("docket.toml")).unwrap();
    let app = App::open_with(config, clock.clone(), Arc::new(SystemChance)).unwrap();
    let admin = caller(&app, home.admin(), Role::Admin).await;
    let dispatcher = caller(&app, home.dispatcher(), Role::Dispatcher).await;
    let office = Office { home, app, clock, admin, dispatcher, calls: AtomicUsize::new(100) };
    let back = json!({ "outgoing": [office.text().await["id"]] });
    office.call(&office.admin, Tool::OutboxReplay, back, None).await;
    assert_eq!(office.stands().await, "delivered -");
    let file = format!("{}.json", office.text().await["id"].as_str().unwrap());
    let letter = fs::read_to_string(office.home.data().join("outbox").join(file)).unwrap();
    assert!(letter.contains("ada@example.com") && letter.contains(QUESTION));
    assert!(server.rest().is_empty());
}

#[tokio::test]
async fn a_server_delivers_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let key = secret(&folder, "now", SECRET);
    let mut receiver = Receiver::start("web.py", &[SECRET]);
    let url = format!("http://127.0.0.1:{}/hook", receiver.port);
    let office = Office::open(&webhook(&url, &[&key], "allow_private = true")).await;
    office.ask(json!({ "email": "ada@example.com" })).await;
    let server = office.home.serve();
    assert_eq!(receiver.next()["verified"], json!([true]));
    drop(server);
}
