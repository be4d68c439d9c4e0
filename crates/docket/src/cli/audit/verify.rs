//! `docket audit verify`.

use super::{Bar, Place, chain};
use crate::{
    audit::verify::{self, Against, Held, NotHeld},
    chance::WallClock,
    cli::{Trouble, print},
    db,
};
use clap::Args;
use kernel::{
    checkpoint::Checkpoint,
    note::{Algorithm, VerifierKey},
};
use std::{
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
};

#[derive(Args, Debug)]
pub struct Words {
    /// Check the log as files, in this folder, instead of the one of a deployment.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["export", "receipt"])]
    log: Option<PathBuf>,
    /// Check an export: one receipt to a line.
    #[arg(long, value_name = "FILE", conflicts_with = "receipt")]
    export: Option<PathBuf>,
    /// Check one receipt.
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
    /// The public key of the log, as `docket audit key` prints it. Without it,
    /// the one that lies in the data folder.
    #[arg(long, value_name = "VKEY")]
    key: Option<VerifierKey>,
    /// The public key of a witness whose signatures should be checked too.
    #[arg(long, value_name = "VKEY")]
    witness: Vec<VerifierKey>,
    /// A checkpoint that was kept elsewhere, which the log has to continue.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["export", "receipt"])]
    checkpoint: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

impl Words {
    pub(super) fn run(self) -> Result<(), Trouble> {
        let what = self.what()?;
        let keys = self.keys()?;
        let bar = Bar::new("entries");
        let progress = |done, of| bar.at(done, of);
        let known = self.known(&keys)?;
        let checked = what.check(&Against { keys: &keys, known, progress: &progress });
        bar.end();
        match checked {
            Ok(held) => {
                print(&said(&held));
                Ok(())
            }
            Err(NotHeld::Found(found)) => Err(Trouble::DoesNotHold(found.to_string())),
            Err(NotHeld::Broke(fault)) => Err(fault.into()),
        }
    }

    fn what(&self) -> Result<What<'_>, Trouble> {
        Ok(match (&self.log, &self.export, &self.receipt) {
            (Some(folder), ..) => What::Files(folder),
            (_, Some(file), _) => What::Export(file),
            (.., Some(file)) => What::Receipt(file),
            (None, None, None) => What::Database(self.place.database()?),
        })
    }

    fn keys(&self) -> Result<Vec<VerifierKey>, Trouble> {
        let key = match &self.key {
            Some(key) => key.clone(),
            None => self.place.key()?.parse().map_err(|bad| Trouble::Usage(chain(&bad)))?,
        };
        if key.algorithm() != Algorithm::Log {
            return Err(Trouble::Usage("`--key` is the key of a witness".to_owned()));
        }
        if self.witness.iter().any(|key| key.algorithm() != Algorithm::Witness) {
            return Err(Trouble::Usage("`--witness` is not the key of a witness".to_owned()));
        }
        Ok([vec![key], self.witness.clone()].concat())
    }

    fn known(&self, keys: &[VerifierKey]) -> Result<Option<Checkpoint>, Trouble> {
        let Some(path) = &self.checkpoint else { return Ok(None) };
        let note = fs::read_to_string(path).map_err(|cause| super::unwritable(path, cause))?;
        let opened = verify::open(&note, keys);
        opened.map(Some).map_err(|found| Trouble::DoesNotHold(found.to_string()))
    }
}

/// What is to be checked.
enum What<'a> {
    Files(&'a Path),
    Export(&'a Path),
    Receipt(&'a Path),
    Database(db::Place),
}

impl What<'_> {
    fn check(&self, against: &Against<'_>) -> Result<Held, NotHeld> {
        match self {
            Self::Files(folder) => verify::directory(folder, against),
            Self::Export(file) => verify::receipts(BufReader::new(open(file)?), against),
            Self::Receipt(file) => {
                // A receipt may be written over several lines; an export may not.
                let text = fs::read(file).map_err(|cause| super::unwritable(file, cause))?;
                verify::receipt(&text, against)
            }
            Self::Database(at) => at.inspect(&WallClock, |snap| verify::database(snap, against)),
        }
    }
}

fn open(path: &Path) -> Result<File, crate::failure::Fault> {
    File::open(path).map_err(|cause| super::unwritable(path, cause))
}

/// What held, one fact to a line.
fn said(held: &Held) -> String {
    let mut lines = vec![
        format!("entries       {}", held.entries),
        format!("checkpoints   {}", held.checkpoints),
        format!("cosignatures  {}", held.cosignatures),
        format!("waiting       {}", held.waiting),
    ];
    if let Some(head) = &held.head {
        lines.push(format!("log           {}", head.origin));
        lines.push(format!("root          {}", head.root));
    }
    lines.push("all of it holds".to_owned());
    lines.join("\n")
}
