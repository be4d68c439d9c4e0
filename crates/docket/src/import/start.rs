//! Having a file taken in: it is stored, and a job takes its rows.

use super::{Format, Kind, Report, take, work};
use crate::{
    db::{Tx, args, statements},
    door::{Act, Answer, Call, Denied, Door, authorise},
    failure::{Failure, Fault},
    identity::Caller,
    job,
};
use bytes::Bytes;
use kernel::{
    canonical::{self, Digest},
    id::{self, Id, Job},
    refusal::{Code, Refusal},
    role::Role,
    tool::Tool,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

statements! {
    IMPORT_ADD = "add.sql";
}

/// The largest file that is taken in.
pub const BYTES_MAX: usize = 256 << 20;

/// A file that was stored, to be taken in. The bytes come beside the call, and
/// only the door makes one.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Start {
    /// What each row is.
    pub kind: Kind,
    /// How the file is written.
    pub format: Format,
    pub size: i64,
    pub digest: Digest,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Started {
    pub import: Id<id::Import>,
    pub job: Id<Job>,
}

impl Door {
    /// Stores a file and has a job take its rows, as the caller. `call` says
    /// which surface, key and correlation; its tool and input are set here.
    ///
    /// # Errors
    /// A refusal of the whole file: `role.forbidden`, if the caller may not write
    /// such records; `input.too_large`; or that its header cannot be used.
    pub async fn import(
        &self,
        caller: &Caller,
        mut call: Call,
        kind: Kind,
        format: Format,
        file: Bytes,
    ) -> Result<Answer, Denied> {
        call.tool = Tool::ImportStart;
        call.input = b"{}".to_vec();
        if let Err(refusal) = may(caller, &call, kind, format, &file) {
            return Err(self.turn_away(caller, &call, refusal).await);
        }
        let start =
            Start { kind, format, size: file.len() as i64, digest: Digest::of_bytes(&file) };
        // The bytes come first: whatever a row names is there.
        let import = self.store().stage(caller.tenant, self.db().clock().now(), file).await?;
        call.input = canonical::to_vec(&start)
            .map_err(|cause| Fault::Other(format!("an import cannot be encoded: {cause}")))?;
        let begin = move |tx: &mut Tx<'_>, act: &mut Act<'_>| start.begin(tx, act, import);
        let answered = self.call_within(caller, call, begin).await;
        if !matches!(&answered, Ok(answer) if !answer.replayed) {
            // Nobody will take it in. If this fails too, it is swept up later.
            let _ = self.store().unstage(caller.tenant, import).await;
        }
        answered
    }
}

/// Whether a file can be taken in at all.
fn may(
    caller: &Caller,
    call: &Call,
    kind: Kind,
    format: Format,
    file: &[u8],
) -> Result<(), Box<Refusal>> {
    authorise::call(caller, call)?;
    authorise::role(caller, kind.tool())?;
    if file.len() > BYTES_MAX {
        let detail = format!("the file is larger than {BYTES_MAX} bytes");
        return Err(Refusal::new(Code::InputTooLarge, detail).fact("limit_bytes", BYTES_MAX));
    }
    take::rows(kind, format, file).map(drop)
}

impl Start {
    fn begin(
        &self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        import: Id<id::Import>,
    ) -> Result<Started, Failure> {
        let caller = act.caller;
        let job = work::queued(import)?.by(Some(caller.actor));
        let job = job::enqueue(tx, caller.tenant, job)?;
        let roles: Vec<Role> = caller.roles.iter().collect();
        let args = args![
            caller.tenant,
            import,
            self.kind.name(),
            self.format.name(),
            self.size,
            self.digest.to_string(),
            caller.actor,
            caller.on_behalf_of,
            serde_json::to_string(&roles)?,
            job,
            serde_json::to_string(&Report::default())?,
            tx.now(),
        ];
        tx.put(&IMPORT_ADD, args)?;
        act.subject(import);
        act.fact("kind", self.kind.name());
        act.fact("digest", self.digest.to_string());
        act.fact("size", self.size);
        Ok(Started { import, job })
    }
}
