//! Checking everything again, the way a stranger would: with files and public
//! keys, and with no word of ours.

use super::{
    cast::No,
    run::{NotRun, Run},
};
use crate::{
    audit::verify::{self, Against, Held, NotHeld},
    failure::{Failure, Fault},
    packet::verify as packet,
};
use kernel::{
    id::{self, Id},
    refusal::{Chain, Code},
    state::State,
    tool::Tool,
};
use serde_json::json;
use std::{collections::BTreeSet, fs, path::PathBuf};

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
    let key = run.cast.app.seal.public();
    let (mut packets, mut wrong) = (0, Vec::new());
    for ticket in closed(run) {
        for version in 1.. {
            let Some(text) = fetch(run, ticket, version).await? else { break };
            let path = folder.join(format!("{ticket}-{version}.json"));
            fs::write(&path, &text).map_err(unusable)?;
            let bytes = fs::read(&path).map_err(unusable)?;
            packets += 1;
            if let Err(no) = packet::verify(&bytes, Some(&key)) {
                wrong.push(format!("the packet {version} of `{ticket}`: {}", Chain(&no)));
            }
        }
    }
    let (held, not) = log(run)?;
    wrong.extend(not);
    Ok(Checked { packets, folder, held, wrong })
}

fn closed(run: &Run) -> BTreeSet<Id<id::Ticket>> {
    let stood = run.stood.iter().filter(|stood| stood.state == Some(State::Closed));
    stood.filter_map(|stood| stood.ticket).chain([run.seen.ticket]).collect()
}

/// One packet as it travels, if the ticket has as many.
async fn fetch(run: &Run, ticket: Id<id::Ticket>, version: i64) -> Result<Option<String>, NotRun> {
    let input = json!({ "ticket": ticket, "version": version });
    match run.cast.text(run.town.staff.qa, Tool::CloseoutPacket, &input).await {
        Ok(text) => Ok(Some(text)),
        Err(No::Refused(refusal)) if refusal.code == Code::PacketMissing => Ok(None),
        Err(no) => Err(no.into()),
    }
}

fn log(run: &Run) -> Result<(Option<Held>, Option<String>), NotRun> {
    let keys = [run.cast.app.sequencer.key()];
    let against = Against { keys: &keys, known: None, progress: &|_, _| {} };
    let checked = run.cast.app.db.read(|snap| Ok(verify::database(snap, &against)));
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
