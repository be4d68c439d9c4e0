//! The run: makes the tenant, plays every call, tries what is refused, and
//! finds out where everything stands.

use super::{
    call::Incoming,
    cast::{Actor, Cast, No},
    diary::Diary,
    play::{self, End},
    read::Batch,
    scenes::{self, Seen},
    stage::{Hands, Player, Stage},
    town::Town,
};
use crate::{
    chance::SystemChance,
    failure::Fault,
    setup::{NotMade, Setup},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    id::{self, Id},
    role::Role,
    state::State,
    tool::Tool,
};
use serde::Deserialize;
use serde_json::json;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::task::JoinSet;

/// Texts are delivered and holds looked after this often, in minutes of the
/// demo's clock.
const WORK_EVERY: i64 = 30;

/// Why there is no run.
#[derive(Debug, thiserror::Error)]
pub enum NotRun {
    #[error(transparent)]
    NotMade(#[from] NotMade),
    #[error("the calls cannot be played: {0}")]
    Refused(String),
    #[error(transparent)]
    Broke(#[from] Fault),
}

impl From<No> for NotRun {
    fn from(no: No) -> Self {
        match no {
            No::Refused(refusal) => Self::Refused(refusal.to_string()),
            No::Broke(fault) => Self::Broke(fault),
        }
    }
}

/// Where one call of the file stands in the end.
#[derive(Clone, Debug)]
pub struct Stood {
    pub reference: String,
    pub ticket: Option<Id<id::Ticket>>,
    pub state: Option<State>,
    /// Whether it was fixed when it was promised, if it was promised and fixed.
    pub in_time: Option<bool>,
    pub end: End,
}

impl Stood {
    /// Closed, cancelled, or waiting for something that has a name, as Docket
    /// tells it; what is wrong otherwise.
    pub fn wrong(&self) -> Option<String> {
        let Some(state) = self.state else {
            return Some(match &self.end {
                End::Lost(why) => format!("has no ticket: {why}"),
                _ => "has no ticket".to_owned(),
            });
        };
        match &self.end {
            End::Finished if state.is_finished() => None,
            End::Waits(waits) if waits.fits(state) => None,
            End::Joined(_) => None,
            End::Lost(why) => Some(format!("is {state}: {why}")),
            End::Finished => Some(format!("is {state} and should be finished")),
            End::Waits(waits) => Some(format!("is {state}, and {}", waits.reason())),
        }
    }
}

/// Everything that came of it.
pub struct Run {
    pub cast: Arc<Cast>,
    pub town: Arc<Town>,
    pub folder: PathBuf,
    pub config: PathBuf,
    pub from: Timestamp,
    pub to: Timestamp,
    pub stood: Vec<Stood>,
    pub seen: Seen,
}

/// Is told how far the run is.
pub trait Progress: Send + Sync {
    fn stage(&self, what: &str, of: usize);
    fn step(&self, done: usize, at: Timestamp);
}

/// Runs a batch in a new folder.
///
/// # Errors
/// If the folder cannot be used or Docket refuses to be set up.
pub async fn run(batch: &Batch, folder: &Path, progress: Arc<dyn Progress>) -> Result<Run, NotRun> {
    let first = batch.calls.first().map_or(Timestamp::UNIX_EPOCH, |call| call.at);
    let from = first - SignedDuration::from_hours(1);
    let clock = Arc::new(Hands::at(from));
    let (cast, admin, config) = open(folder, clock.clone()).await?;
    let sequencing = cast.app.sequencer.start();

    progress.stage("Setting up the tenant", 0);
    let town = Arc::new(Town::make(&cast, admin, &batch.calls).await?);
    let stage = Stage::new(clock);
    let played = act(&batch.calls, &cast, &town, &stage, &progress).await;
    let (played, diary) = played?;

    progress.stage("Trying what is refused", 0);
    let place = batch.calls.iter().find(|call| town.requester(&call.place).is_some());
    let nobody = || NotRun::Refused("nobody in the file may ask for work".to_owned());
    let place = place.ok_or_else(nobody)?;
    let seen = scenes::show(&cast, &town, &diary, &stage.enter(), place).await?;

    cast.work_off().await?;
    sequencing.abort();
    cast.app.sequencer.finish().await.map_err(No::from)?;
    let stood = stand(&cast, &town, played).await?;
    let (folder, to) = (folder.to_owned(), stage.now());
    Ok(Run { cast, town, folder, config, from, to, stood, seen })
}

async fn open(folder: &Path, clock: Arc<Hands>) -> Result<(Arc<Cast>, Actor, PathBuf), NotRun> {
    let line = |text: &str| text.to_owned().try_into().map_err(|_| Fault::Other("a name".into()));
    let setup = Setup {
        folder: folder.to_owned(),
        tenant: line("Northbridge Door Service")?,
        admin: line("Marit Oyelowo")?,
        currency: "USD".parse().map_err(|_| Fault::Other("a currency".into()))?,
        database: None,
    };
    let made = setup.make_with(clock, Arc::new(SystemChance)).await?;
    let admin = Actor::new(made.admin, Role::Admin);
    Ok((Arc::new(Cast::new(made.app)), admin, made.config_path))
}

type Plays = Vec<(Incoming, play::Played)>;

/// Plays every call; all at once, as far as the clock lets them.
async fn act(
    calls: &[Incoming],
    cast: &Arc<Cast>,
    town: &Arc<Town>,
    stage: &Stage,
    progress: &Arc<dyn Progress>,
) -> Result<(Plays, Arc<Diary>), NotRun> {
    let members: Vec<_> = town.crew.iter().map(|hired| hired.member.clone()).collect();
    let diary = Arc::new(Diary::of(&members));
    let left = Arc::new(AtomicUsize::new(calls.len()));
    progress.stage("Playing the calls", calls.len());
    let worker = stage.enter();
    // All are on before the first of them waits, or time would run away.
    let players: Vec<_> = calls.iter().map(|call| (call.clone(), stage.enter())).collect();
    let mut tasks = JoinSet::new();
    for (call, player) in players {
        let (cast, town, diary) = (Arc::clone(cast), Arc::clone(town), Arc::clone(&diary));
        let (left, progress) = (Arc::clone(&left), Arc::clone(progress));
        let all = calls.len();
        tasks.spawn(async move {
            let played = play::play(&cast, &town, &diary, &player, &call).await;
            let before = left.fetch_sub(1, Ordering::Relaxed);
            progress.step(all - before + 1, player.now());
            (call, played)
        });
    }
    let working = tokio::spawn(work(Arc::clone(cast), worker, left));
    let mut played = Vec::with_capacity(calls.len());
    while let Some(done) = tasks.join_next().await {
        played.push(done.map_err(|gone| Fault::Other(format!("a call was lost: {gone}")))?);
    }
    working.await.map_err(|gone| Fault::Other(format!("the work was lost: {gone}")))??;
    // As in the batch.
    played.sort_by_key(|(call, _)| (call.at, call.line));
    Ok((played, diary))
}

/// Docket's own regular work, at the pace of the demo's clock.
async fn work(cast: Arc<Cast>, player: Player, left: Arc<AtomicUsize>) -> Result<(), No> {
    while left.load(Ordering::Relaxed) > 0 {
        player.pause(WORK_EVERY).await;
        cast.work_off().await?;
    }
    Ok(())
}

/// Asks Docket where every call stands.
async fn stand(cast: &Cast, town: &Town, played: Plays) -> Result<Vec<Stood>, No> {
    let mut stood = Vec::with_capacity(played.len());
    let mut states = BTreeMap::new();
    for (call, played) in played {
        let ticket = match &played.end {
            End::Joined(other) => Some(*other),
            _ => played.ticket,
        };
        let known = match ticket {
            Some(ticket) => Some(match states.get(&ticket) {
                Some(known) => *known,
                None => ask(cast, town, ticket).await?,
            }),
            None => None,
        };
        if let Some((ticket, known)) = ticket.zip(known) {
            states.insert(ticket, known);
        }
        stood.push(Stood {
            reference: call.reference,
            ticket,
            state: known.map(|known| known.0),
            in_time: known.and_then(|known| known.1).filter(|_| played.ticket.is_some()),
            end: played.end,
        });
    }
    Ok(stood)
}

/// Where a ticket stands, and whether it was fixed when it was promised.
async fn ask(
    cast: &Cast,
    town: &Town,
    ticket: Id<id::Ticket>,
) -> Result<(State, Option<bool>), No> {
    #[derive(Deserialize)]
    struct Seen {
        state: State,
        clocks: Clocks,
    }
    #[derive(Deserialize)]
    struct Clocks {
        resolution_due: Option<Timestamp>,
        resolved_at: Option<Timestamp>,
    }
    let input = json!({ "ticket": ticket });
    let seen = cast.call(town.staff.auditor, Tool::TicketGet, &input, None).await?.body;
    let Seen { state, clocks } = serde_json::from_value(seen)?;
    let both = clocks.resolution_due.zip(clocks.resolved_at);
    Ok((state, both.map(|(due, resolved)| resolved <= due)))
}

impl Run {
    /// What does not stand where it should. There should be nothing.
    pub fn wrong(&self) -> Vec<String> {
        let say = |stood: &Stood| {
            stood.wrong().map(|what| format!("the call `{}` {what}", stood.reference))
        };
        self.stood.iter().filter_map(say).collect()
    }
}
