//! `docket demo`.

use super::{Trouble, print, say};
use crate::{
    app::App,
    config::Config,
    demo::{
        SAMPLE,
        check::{self, Checked},
        read::{self, Batch, Reading},
        report,
        run::{self, NotRun, Progress, Run},
    },
    failure::{Failure, Fault},
    identity::{Issue, Wanted},
    serve,
    setup::NotMade,
};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{Timestamp, tz::TimeZone};
use kernel::{id, id::Id, refusal::Chain};
use std::{
    fs,
    io::IsTerminal,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Instant,
};
use tokio::net::TcpListener;

/// See what Docket does, with nothing to configure: it makes a tenant, takes
/// service calls from first word to closed ticket, tries what is refused, and
/// checks its own log and packets. Then it serves the API until it is stopped.
#[derive(Args, Debug)]
pub struct Demo {
    /// The calls: an NYC 311 or Open311 export, or a file like the sample that ships with Docket.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Take only so many calls.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// The IANA time zone of the places, where the file does not say.
    #[arg(long, value_name = "ZONE", default_value = "America/New_York", value_parser = zone)]
    zone: String,
    /// Keep everything in this new folder, instead of one that is removed at the end.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where to serve, on this machine only.
    #[arg(long, value_name = "PORT", default_value_t = 7878)]
    port: u16,
    /// End when everything is checked, and serve nothing.
    #[arg(long)]
    exit: bool,
}

fn zone(name: &str) -> Result<String, String> {
    TimeZone::get(name).map(|_| name.to_owned()).map_err(|_| "no such time zone".to_owned())
}

impl Demo {
    /// # Errors
    /// If the file cannot be read, the folder not be used, or what was checked
    /// does not hold.
    pub fn run(self) -> Result<(), Trouble> {
        let (batch, name) = self.read()?;
        if batch.calls.is_empty() {
            return Err(Trouble::Refused(format!("there is no call to play in {name}")));
        }
        let folder = Folder::new(self.data.clone());
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Fault::Other(format!("no runtime: {error}")))?;
        runtime.block_on(self.play(&batch, &name, folder.path()))
    }

    fn read(&self) -> Result<(Batch, String), Trouble> {
        let reading = Reading { zone: self.zone.clone(), limit: self.limit };
        let (bytes, name) = match &self.from {
            None => (SAMPLE.as_bytes().to_vec(), "The sample".to_owned()),
            Some(path) => {
                let name = path.display().to_string();
                let refused = |why| Trouble::Refused(format!("`{name}`: {why}"));
                (fs::read(path).map_err(refused)?, name.clone())
            }
        };
        let batch = read::read(&bytes, &reading);
        let batch = batch.map_err(|bad| Trouble::Refused(format!("{name}: {bad}")))?;
        Ok((batch, name))
    }

    async fn play(self, batch: &Batch, name: &str, folder: &Path) -> Result<(), Trouble> {
        print(&report::opening(batch, name));
        let began = Instant::now();
        let progress = Arc::new(Told::new());
        let run = run::run(batch, folder, progress.clone()).await.map_err(trouble)?;
        progress.stage("Checking packets and log", 0);
        let took = began.elapsed();
        let checked = check::check(&run).await.map_err(trouble)?;
        progress.done();
        let stays = !self.exit || self.data.is_some();
        print(&report::closing(batch, &run, &checked, took, stays));
        print(&report::tale(&batch.calls, &run).await.map_err(trouble)?.to_string());
        holds(&run, &checked)?;
        if self.exit { Ok(()) } else { self.serve(run).await }
    }

    /// Opens what the demo has made by the clock on the wall, and serves it.
    async fn serve(self, run: Run) -> Result<(), Trouble> {
        let (path, dispatcher) = (run.config.clone(), run.town.staff.dispatcher.principal);
        let admin = run.town.staff.admin.principal;
        // The demo's own clock goes with it; what serves goes by the wall clock.
        drop(run);
        let config = Config::load(&path).map_err(|bad| Trouble::Refused(bad.to_string()))?;
        let stop = serve::asked_to_stop()?;
        let app = App::open(config)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let taken = |why| Trouble::Refused(format!("`{address}` cannot be listened on: {why}"));
        let listener = TcpListener::bind(address).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        let token = token(&app, dispatcher).await?;
        print(&invitation(address, &path, &token, dispatcher, admin));
        Ok(serve::serve(app, listener, stop).await?)
    }
}

/// Everything stands where it should, and everything that was checked holds.
fn holds(run: &Run, checked: &Checked) -> Result<(), Trouble> {
    let wrong = [run.wrong(), checked.wrong.clone()].concat();
    match wrong.len() {
        0 => Ok(()),
        some => Err(Trouble::DoesNotHold(format!("{some} things do not hold; see above"))),
    }
}

async fn token(app: &App, principal: Id<id::Principal>) -> Result<String, Trouble> {
    let wanted =
        Issue { principal, on_behalf_of: None, roles: Wanted::All, minutes: 15, key: None };
    let issued = app.gate.issuer().issue(&app.db, &wanted).await;
    issued.map(|issued| issued.token).map_err(|failure| match failure {
        Failure::Broke(fault) => Trouble::Broke(fault),
        Failure::Refused(refusal) => Trouble::Refused(refusal.to_string()),
    })
}

fn invitation(
    address: SocketAddr,
    config: &Path,
    token: &str,
    dispatcher: Id<id::Principal>,
    admin: Id<id::Principal>,
) -> String {
    let config = config.display();
    // Whoever came by `cargo run` has no `docket` on their path.
    let docket = std::env::current_exe().map_or("docket".into(), |exe| exe.display().to_string());
    format!(
        "Serving on http://{address} until Ctrl-C. A dispatcher's token, good for 15 minutes:\n\n\
         \x20 export DOCKET_TOKEN={token}\n\n\
         Look around with it:\n\n\
         \x20 curl -s -H \"Authorization: Bearer $DOCKET_TOKEN\" http://{address}/v1/tickets\n\
         \x20 curl -s -H \"Authorization: Bearer $DOCKET_TOKEN\" http://{address}/v1/tools\n\
         \x20 curl -s -H \"Authorization: Bearer $DOCKET_TOKEN\" http://{address}/openapi.json\n\n\
         The next token, for the dispatcher or for the admin:\n\n\
         \x20 {docket} token issue --config {config} --all-roles --principal {dispatcher}\n\
         \x20 {docket} token issue --config {config} --all-roles --principal {admin}\n"
    )
}

fn trouble(not: NotRun) -> Trouble {
    match not {
        NotRun::Broke(fault) | NotRun::NotMade(NotMade::Broke(fault)) => Trouble::Broke(fault),
        refused => Trouble::Refused(Chain(&refused).to_string()),
    }
}

/// Where the demo lives; gone afterwards, unless somebody named the place.
struct Folder {
    path: PathBuf,
    kept: bool,
}

impl Folder {
    fn new(named: Option<PathBuf>) -> Self {
        match named {
            Some(path) => Self { path, kept: true },
            None => {
                let name = format!("docket-demo-{:08x}", rand::random::<u32>());
                Self { path: std::env::temp_dir().join(name), kept: false }
            }
        }
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.kept {
            // If it stays, the system's own cleaning takes it; nothing else is lost.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Tells a person how far it is: with a bar on a terminal, in lines elsewhere.
struct Told {
    bar: Option<ProgressBar>,
    state: Mutex<(usize, usize)>,
}

/// Lines that are written for a whole run, elsewhere than on a terminal.
const LINES: usize = 10;

impl Told {
    fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(ProgressBar::new_spinner);
        Self { bar, state: Mutex::new((0, 0)) }
    }

    fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Told {
    fn stage(&self, what: &str, of: usize) {
        *self.state.lock().expect("nobody panics while telling") = (of, 0);
        let Some(bar) = &self.bar else { return say(&format!("{what} …")) };
        let form = if of == 0 { "{spinner} {msg}" } else { "{bar:40} {pos}/{len}  {msg}" };
        bar.set_style(
            ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar.set_length(of as u64);
        bar.set_position(0);
        bar.set_message(what.to_owned());
    }

    fn step(&self, done: usize, at: Timestamp) {
        let at = at.strftime("%a %d %b %Y %H:%M UTC").to_string();
        if let Some(bar) = &self.bar {
            bar.set_position(done as u64);
            bar.set_message(at);
            return;
        }
        let mut state = self.state.lock().expect("nobody panics while telling");
        let line = done * LINES / state.0.max(1);
        if line > state.1 {
            state.1 = line;
            say(&format!("  {done} of {} calls; the demo's clock says {at}", state.0));
        }
    }
}
