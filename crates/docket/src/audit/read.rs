//! Reading the log as files, as tlog tools do (<https://c2sp.org/tlog-tiles>).

use super::log;
use crate::{
    db::Snap,
    door::{Answer, Look, Looked, Sight},
    failure::{Failure, Fault},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use kernel::{
    merkle::{BadPath, LogPath},
    refusal::{Code, Refusal},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

/// Read one file of the audit log: its checkpoint, a tile or an entry bundle.
/// Every file but the checkpoint stays as it is for ever.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// A path like `checkpoint`, `tile/0/x001/234.p/56` or `tile/entries/000`.
    pub path: String,
}

/// A file of the log.
#[derive(Debug, Serialize, Deserialize)]
pub struct File {
    pub path: String,
    pub base64: String,
}

impl Look for Read {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let path: LogPath = self.path.parse().map_err(|bad: BadPath| {
            Refusal::new(Code::InputMalformed, bad.to_string()).at("path")
        })?;
        let is_bundle = matches!(path, LogPath::Bundle(_));
        if is_bundle && !sight.caller.operator {
            let detail = "entry bundles hold the entries of every tenant";
            return Err(Refusal::new(Code::OperatorOnly, detail).into());
        }

        let read = |snap: &Snap<'_>| log::resource(snap, path);
        let Some(bytes) = (if is_bundle { snap.of_everyone(read) } else { read(snap) })? else {
            return Err(Refusal::new(Code::RecordNotFound, "the log has no such file").into());
        };
        let file = File { path: path.to_string(), base64: BASE64_STANDARD.encode(bytes) };

        let looked = Looked::new(&file)?;
        if !is_bundle {
            return Ok(looked);
        }
        Ok(looked.sensitive(Map::from_iter([("path".to_owned(), file.path.into())])))
    }
}

/// The bytes of the file that `log.read` answered with.
///
/// # Errors
/// If it is not an answer of `log.read`.
pub fn bytes(answer: &Answer) -> Result<Vec<u8>, Fault> {
    let file: File = serde_json::from_str(&answer.body)?;
    BASE64_STANDARD
        .decode(file.base64)
        .map_err(|cause| Fault::Other(format!("a file of the log is not base64: {cause}")))
}
