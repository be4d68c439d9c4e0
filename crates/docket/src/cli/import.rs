//! Importing a file into a deployment, as whoever the token says.

use super::{
    Trouble, client,
    host::{At, wait},
    print,
};
use crate::{
    app::App,
    door::{Call, Denied},
    failure::{Failure, Fault},
    identity::Caller,
    import::{self, Format, Kind, Report, Started, get::Seen},
    job::{self, work::Crew},
    page::Page,
};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use kernel::{
    id::{Id, Import},
    refusal::Refusal,
    tool::Tool,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    net::{IpAddr, Ipv4Addr},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// The file is stored, and a job takes its rows; this waits for it. If it is
/// ended early, whoever works here goes on with the file.
///
/// Rows that are not taken go to a quarantine file, with their line and the
/// reason; the others stay. The same file again changes nothing, so a file can
/// be corrected and imported until nothing is left over.
#[derive(Args, Debug)]
pub struct Words {
    /// What each row is.
    kind: Kind,
    file: PathBuf,
    /// How the file is written; otherwise its ending says so.
    #[arg(long)]
    format: Option<Format>,
    /// Where rows go that are not taken; otherwise beside the file, with
    /// `.quarantine.jsonl` after its name.
    #[arg(long, value_name = "FILE")]
    quarantine: Option<PathBuf>,
    /// A file that holds an access token; without it, `DOCKET_TOKEN` does.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Print the counts as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    at: At,
}

impl Words {
    /// # Errors
    /// Usage, a refusal of the whole file, or rows that were quarantined.
    pub fn run(self) -> Result<(), Trouble> {
        let format = self.format()?;
        let file = fs::read(&self.file)
            .map_err(|cause| Trouble::Usage(format!("`{}`: {cause}", self.file.display())))?;
        let token = client::token(self.token_file.as_deref())?;
        let mut quarantine = Quarantine::new(self.quarantine());
        if same(&self.file, &quarantine.path) {
            return Err(Trouble::Usage("the quarantine file is the file itself".to_owned()));
        }
        let app = App::open(self.at.config()?)?;
        let bar = bar(file.len());
        let seen = wait(self.take_in(&app, &token, format, file, &bar, &mut quarantine))?;
        bar.finish_and_clear();
        let Seen { standing, stopped, report, .. } = seen.map_err(told)?;
        let kept = quarantine.close()?;
        self.tell(&report);
        if standing != ENDED {
            let why = stopped.unwrap_or(standing);
            let text = format!("the import was not finished ({why}); what was taken stays");
            return Err(Trouble::Refused(text));
        }
        match kept {
            None => Ok(()),
            Some(path) => Err(Trouble::DoesNotHold(format!(
                "{} of {} rows were not taken; `{}` says why",
                report.quarantined,
                report.rows,
                path.display()
            ))),
        }
    }

    /// Has the file taken in, and waits for it. Whoever works here already may
    /// do it; where nobody does, this process does.
    async fn take_in(
        &self,
        app: &App,
        token: &SecretString,
        format: Format,
        file: Vec<u8>,
        bar: &ProgressBar,
        quarantine: &mut Quarantine,
    ) -> Result<Seen, Failure> {
        let caller = admitted(app, token).await?;
        let mut call = Call::new(Tool::ImportStart, Vec::new(), "cli");
        call.key = Some(format!("{:032x}", app.chance.bits()));
        let started = app.door.import(&caller, call, self.kind, format, file.into()).await;
        let Said { result: Started { import, .. } } =
            serde_json::from_str(&started.map_err(refused)?.body)?;

        let (stop, door) = (CancellationToken::new(), app.door.clone());
        let crew = Crew::default().with(&import::TAKE, move |run| import::take(door.clone(), run));
        let working = job::work::work(app.db.clone(), crew, app.working(1), stop.clone());
        let working = tokio::spawn(working);
        let seen = until_ended(app, &caller, import, bar).await;
        stop.cancel();
        if let Err(lost) = working.await {
            return Err(Fault::Panic(lost.to_string()).into());
        }
        set_aside(app, &caller, import, quarantine).await?;
        seen
    }

    fn format(&self) -> Result<Format, Trouble> {
        let ending = self.file.extension().and_then(|ending| ending.to_str());
        match (self.format, ending) {
            (Some(format), _) => Ok(format),
            (None, Some("csv")) => Ok(Format::Csv),
            (None, Some("json" | "jsonl" | "ndjson")) => Ok(Format::Json),
            (None, _) => {
                let text = "the ending of the file is none of csv, json, jsonl; give `--format`";
                Err(Trouble::Usage(text.to_owned()))
            }
        }
    }

    fn quarantine(&self) -> PathBuf {
        self.quarantine.clone().unwrap_or_else(|| {
            let mut name = self.file.clone().into_os_string();
            name.push(".quarantine.jsonl");
            name.into()
        })
    }

    fn tell(&self, report: &Report) {
        if self.json {
            print(&json!(report).to_string());
            return;
        }
        let Report { rows, created, updated, unchanged, quarantined, reasons } = report;
        print(&format!(
            "{rows} rows: {created} created, {updated} updated, {unchanged} unchanged, \
             {quarantined} quarantined"
        ));
        for (reason, count) in reasons {
            print(&format!("{count:>8}  {reason}"));
        }
    }
}

/// Whoever the token says, as for any call.
async fn admitted(app: &App, token: &SecretString) -> Result<Arc<Caller>, Failure> {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    app.gate.admit(Some(token.expose_secret()), here).await.map_err(refused)
}

fn refused(denied: Denied) -> Failure {
    match denied {
        Denied::Refused(refusal, _) => refusal.into(),
        Denied::Broke(fault) => fault.into(),
    }
}

/// The part of an answer that is read here.
#[derive(Deserialize)]
struct Said {
    result: Started,
}

/// How an import stands whose every row is behind.
const ENDED: &str = "ended";
/// How an import stands that somebody is at, or will be.
const GOES_ON: [&str; 3] = ["waiting", "queued", "running"];
/// How often it is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(100);

async fn until_ended(
    app: &App,
    caller: &Caller,
    import: Id<Import>,
    bar: &ProgressBar,
) -> Result<Seen, Failure> {
    let mut ask = tokio::time::interval(ASK_EVERY);
    loop {
        ask.tick().await;
        let call = Call::new(Tool::ImportGet, json!({ "import": import }).to_string(), "cli");
        let answer = app.door.call(caller, call).await.map_err(refused)?;
        let seen: Seen = serde_json::from_str(&answer.body)?;
        bar.set_position(seen.done);
        if !GOES_ON.contains(&seen.standing.as_str()) {
            return Ok(seen);
        }
    }
}

/// Writes the rows that were not taken into the quarantine file.
async fn set_aside(
    app: &App,
    caller: &Caller,
    import: Id<Import>,
    quarantine: &mut Quarantine,
) -> Result<(), Failure> {
    let mut after = Some(0);
    while let Some(from) = after {
        let input = json!({ "import": import, "limit": 200, "after": from });
        let call = Call::new(Tool::ImportQuarantine, input.to_string(), "cli");
        let answer = app.door.call(caller, call).await.map_err(refused)?;
        let page: Page<Box<RawValue>, i64> = serde_json::from_str(&answer.body)?;
        for row in &page.items {
            let wrote = writeln!(quarantine, "{row}");
            wrote.map_err(|cause| quarantine.broken(cause))?;
        }
        after = page.next;
    }
    Ok(())
}

fn told(failure: Failure) -> Trouble {
    match failure {
        Failure::Broke(fault) => fault.into(),
        Failure::Refused(no) => {
            let Refusal { code, detail, path, missing, facts, .. } = *no;
            Trouble::Refused(client::told(&json!({
                "code": code.name(), "detail": detail, "hint": code.hint(),
                "path": path, "missing": missing, "facts": facts,
            })))
        }
    }
}

/// Shown on a terminal only.
fn bar(bytes: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {percent}% {eta}");
    let bar = ProgressBar::new(bytes as u64);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn same(file: &Path, other: &Path) -> bool {
    matches!((file.canonicalize(), other.canonicalize()), (Ok(one), Ok(two)) if one == two)
}

/// The quarantine file. It is made when there is something to put there, and
/// only its owner reads it: rows hold what people wrote about people.
struct Quarantine {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Quarantine {
    fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    /// Where the rows went, if any did.
    fn close(mut self) -> Result<Option<PathBuf>, Fault> {
        let Some(file) = &mut self.file else { return Ok(None) };
        let wrote = file.flush();
        wrote.map_err(|cause| self.broken(cause))?;
        Ok(Some(self.path))
    }

    fn broken(&self, cause: io::Error) -> Fault {
        Fault::File { path: self.path.display().to_string(), cause }
    }
}

impl Write for Quarantine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let mut how = OpenOptions::new();
                let file =
                    how.write(true).create(true).truncate(true).mode(0o600).open(&self.path)?;
                self.file.insert(BufWriter::new(file))
            }
        };
        file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

#[cfg(test)]
mod tests;
