//! Checking everything again, the way a stranger would: with files and public
//! keys, and with no word of ours.

use super::{
    cast::No,
    run::{NotRun, Run},
};
use crate::{
    audit::verify::{self, Against, Held, NotHeld},
    db::Scope,
    failure::{Failure, Fault},
    packet::verify as packet,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use kernel::{
    id::{self, Id},
    refusal::Chain,
    state::State,
    tool::Tool,
};
use serde::Deserialize;
use serde_json::json;
use std::{collections::BTreeSet, fs, path::PathBuf};

/// Packets that are fetched at once.
const AT_ONCE: usize = 32;

/// What was checked, and what did not hold.
pub struct Checked {
    pub packets: usize,
    pub folder: PathBuf,
    pub held: Option<Held>,
    pub wrong: Vec<String>,
}

/// Takes every packet out into a folder and checks each, and then the log.
///
/// # Errors
/// If Docket does not hand out a packet, or a file cannot be written.
pub async fn check(run: &Run) -> Result<Checked, NotRun> {
    let folder = run.folder.join("packets");
    let unusable = |cause| Fault::File { path: folder.display().to_string(), cause };
    fs::create_dir_all(&folder).map_err(unusable)?;
    let fetching = stream::iter(closed(run)).map(|ticket| all(run, ticket));
    let fetched: Vec<_> = fetching.buffer_unordered(AT_ONCE).try_collect().await?;
    let key = run.cast.app.seal.public();
    let (mut packets, mut wrong) = (0, Vec::new());
    for (name, text) in fetched.into_iter().flatten() {
        let path = folder.join(format!("{name}.json"));
        fs::write(&path, &text).map_err(unusable)?;
        let bytes = fs::read(&path).map_err(unusable)?;
        packets += 1;
        if let Err(no) = packet::verify(&bytes, Some(&key)) {
            wrong.push(format!("the packet `{name}`: {}", Chain(&no)));
        }
    }
    // Whatever was read for this is in the log too.
    run.cast.app.sequencer.finish().await.map_err(No::from)?;
    let (held, not) = log(run)?;
    wrong.extend(not);
    Ok(Checked { packets, folder, held, wrong })
}

fn closed(run: &Run) -> BTreeSet<Id<id::Ticket>> {
    let stood = run.stood.iter().filter(|stood| stood.state == Some(State::Closed));
    stood.filter_map(|stood| stood.ticket).chain([run.seen.ticket]).collect()
}

/// Every packet of a ticket, each with the name of its file.
async fn all(run: &Run, ticket: Id<id::Ticket>) -> Result<Vec<(String, String)>, NotRun> {
    let last = fetch(run, ticket, None).await?;
    let versions = version(&last)?;
    let mut packets = Vec::new();
    for version in 1..versions {
        packets.push((format!("{ticket}-{version}"), fetch(run, ticket, Some(version)).await?));
    }
    packets.push((format!("{ticket}-{versions}"), last));
    Ok(packets)
}

/// A packet as it travels: that of one closing, or of the last.
async fn fetch(run: &Run, ticket: Id<id::Ticket>, version: Option<i64>) -> Result<String, NotRun> {
    let input = json!({ "ticket": ticket, "version": version });
    Ok(run.cast.text(run.town.staff.qa, Tool::CloseoutPacket, &input).await?)
}

/// Which closing a packet is of.
fn version(text: &str) -> Result<i64, NotRun> {
    #[derive(Deserialize)]
    struct Numbered {
        version: i64,
    }
    let numbered: Numbered = serde_json::from_str(text).map_err(No::from)?;
    Ok(numbered.version)
}

fn log(run: &Run) -> Result<(Option<Held>, Option<String>), NotRun> {
    let keys = [run.cast.app.sequencer.key()];
    let against = Against { keys: &keys, known: None, progress: &|_, _| {} };
    let checked =
        run.cast.app.db.read_waiting(Scope::Everyone, |snap| Ok(verify::database(snap, &against)));
    let checked = checked.map_err(|failure| match failure {
        Failure::Broke(fault) => fault,
        Failure::Refused(refusal) => Fault::Other(refusal.to_string()),
    })?;
    match checked {
        Ok(held) if held.waiting > 0 => {
            let waiting = format!("{} audit entries are not in the log", held.waiting);
            Ok((Some(held), Some(waiting)))
        }
        Ok(held) => Ok((Some(held), None)),
        Err(NotHeld::Found(found)) => Ok((None, Some(format!("the log: {found}")))),
        Err(NotHeld::Broke(fault)) => Err(fault.into()),
    }
}
