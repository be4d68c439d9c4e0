//! Importing a file into a deployment, as whoever the token says.

use super::{
    Trouble, client,
    host::{At, wait},
    print,
};
use crate::{
    app::App,
    door::Denied,
    failure::{Failure, Fault},
    identity::Caller,
    import::{self, Format, Kind, Report},
};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use kernel::refusal::Refusal;
use serde_json::json;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    net::{IpAddr, Ipv4Addr},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

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
        let mut progress = |bytes: usize| bar.set_position(bytes as u64);

        let done = wait(async {
            let caller = admitted(&app, &token).await?;
            let (door, kind) = (&app.door, self.kind);
            import::run(door, &caller, kind, format, &file, &mut quarantine, &mut progress).await
        })?;
        bar.finish_and_clear();
        let report = done.map_err(told)?;
        let kept = quarantine.close()?;
        self.tell(&report);
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
async fn admitted(app: &App, token: &secrecy::SecretString) -> Result<Arc<Caller>, Failure> {
    use secrecy::ExposeSecret;
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let admitted = app.gate.admit(Some(token.expose_secret()), here).await;
    admitted.map_err(|denied| match denied {
        Denied::Refused(refusal, _) => refusal.into(),
        Denied::Broke(fault) => fault.into(),
    })
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
    fn close(self) -> Result<Option<PathBuf>, Fault> {
        let Self { path, file } = self;
        let Some(mut file) = file else { return Ok(None) };
        let wrote = file.flush();
        let name = path.display().to_string();
        wrote.map_err(|cause| Fault::File { path: name, cause })?;
        Ok(Some(path))
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
