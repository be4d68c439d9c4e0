//! The way in for bytes. They are too many for a call's input, so they come as
//! a stream beside it; everything else is as for any other command: the role is
//! asked first, a refusal leaves its entry, and what is kept has one too.

use super::{
    Act, Answer, Call, Denied, Door, authorise, command::Admitted, idempotency, verb::Command,
};
use crate::{
    db::{Turns, Tx},
    evidence::{Held, hold::hold, upload::Progress},
    failure::{Failure, Fault},
    identity::Caller,
};
use bytes::Bytes;
use futures_util::Stream;
use kernel::{
    canonical::{self, Digest},
    id::{Id, Upload},
    tool::Tool,
};
use serde::Serialize;
use std::io;

impl Door {
    /// Stores bytes and writes down that they are held. `call` says which
    /// surface, key and correlation; its tool and input are set here.
    ///
    /// # Errors
    /// What [`crate::evidence::Store::receive`] refuses, and what the door does.
    pub async fn upload(
        &self,
        caller: &Caller,
        call: Call,
        bytes: impl Stream<Item = io::Result<Bytes>> + Send,
        announced: Option<Digest>,
    ) -> Result<Answer, Denied> {
        let call = self.uploading(caller, call).await?;
        let received = self.store().receive(caller.tenant, bytes, announced).await;
        let held = self.said(caller, &call, received).await?;
        self.hold(caller, held, call).await
    }

    /// Begins an upload in parts.
    ///
    /// # Errors
    /// `role.forbidden`.
    pub async fn begin_upload(
        &self,
        caller: &Caller,
        call: Call,
        announced: Option<Digest>,
    ) -> Result<Progress, Denied> {
        let call = self.uploading(caller, call).await?;
        let begun = self.store().begin(caller, announced, self.db().clock().now()).await;
        self.said(caller, &call, begun).await
    }

    /// Where an upload goes on.
    ///
    /// # Errors
    /// `record.not_found`, unless the caller began it.
    pub async fn upload_progress(
        &self,
        caller: &Caller,
        call: Call,
        upload: Id<Upload>,
    ) -> Result<Progress, Denied> {
        let call = self.uploading(caller, call).await?;
        let progress = self.store().progress(caller, upload).await;
        self.said(caller, &call, progress).await
    }

    /// Adds a part to an upload.
    ///
    /// # Errors
    /// `record.not_found`, `upload.offset` with the right one as a fact,
    /// `evidence.too_large`, or `request.malformed` if the part breaks off.
    pub async fn append_upload(
        &self,
        caller: &Caller,
        call: Call,
        upload: Id<Upload>,
        offset: u64,
        bytes: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Result<Progress, Denied> {
        let call = self.uploading(caller, call).await?;
        let progress = self.store().append(caller, upload, offset, bytes).await;
        self.said(caller, &call, progress).await
    }

    /// Finishes an upload: from now on its bytes are held.
    ///
    /// # Errors
    /// As for [`Door::upload`].
    pub async fn finish_upload(
        &self,
        caller: &Caller,
        call: Call,
        upload: Id<Upload>,
    ) -> Result<Answer, Denied> {
        let call = self.uploading(caller, call).await?;
        let finished = self.store().finish(caller, upload).await;
        let held = self.said(caller, &call, finished).await?;
        self.hold(caller, held, call).await
    }

    /// Writes down that bytes are held. Only the store makes a [`Held`].
    ///
    /// # Errors
    /// `role.forbidden`, or what the key of the call stands for already.
    async fn hold(&self, caller: &Caller, held: Held, mut call: Call) -> Result<Answer, Denied> {
        let input = canonical::to_vec(&held)
            .map_err(|cause| Fault::Other(format!("what is held cannot be encoded: {cause}")))?;
        call.key.get_or_insert_with(|| held.digest.to_string());
        call.input = input;
        self.call_within(caller, call, |tx, act| hold(tx, act, held)).await
    }

    /// Carries out what no caller may say of itself, because it is about bytes
    /// that came beside the call. Its input is set by whoever has them, and the
    /// role was asked before they were taken.
    ///
    /// # Errors
    /// What is wrong with the key, or what it stands for already; and what `run`
    /// refuses.
    pub(crate) async fn call_within<A: Serialize + 'static>(
        &self,
        caller: &Caller,
        call: Call,
        run: impl FnOnce(&mut Tx<'_>, &mut Act<'_>) -> Result<A, Failure> + Clone + Send + 'static,
    ) -> Result<Answer, Denied> {
        let key = match idempotency::key(&call) {
            Ok(key) => key,
            Err(refusal) => return Err(self.refuse(caller, &call, None, refusal).await),
        };
        let (input, mut turns) = (Digest::of_bytes(&call.input), Turns::default());
        loop {
            let command = Command::from_within(run.clone());
            let admitted = Admitted { command, input, key: key.clone() };
            match self.carry(caller, &call, &turns, admitted, None).await {
                Err(Denied::Broke(fault)) if turns.again(&fault).await => {}
                ended => return ended.map_err(Denied::at_last),
            }
        }
    }

    /// The call as one of `evidence.upload`, if the caller may upload at all.
    async fn uploading(&self, caller: &Caller, mut call: Call) -> Result<Call, Denied> {
        call.tool = Tool::EvidenceUpload;
        call.input = b"{}".to_vec();
        let key = if call.key.is_some() { idempotency::key(&call).map(drop) } else { Ok(()) };
        match authorise::call(caller, &call).and(key) {
            Ok(()) => Ok(call),
            Err(refusal) => Err(self.refuse(caller, &call, None, refusal).await),
        }
    }

    /// Records what the store refused; a fault is logged.
    async fn said<T>(
        &self,
        caller: &Caller,
        call: &Call,
        answer: Result<T, Failure>,
    ) -> Result<T, Denied> {
        match answer {
            Ok(answer) => Ok(answer),
            Err(Failure::Refused(refusal)) => Err(self.refuse(caller, call, None, refusal).await),
            Err(Failure::Broke(fault)) => {
                if !fault.passes() {
                    let error = kernel::refusal::Chain(&fault).to_string();
                    tracing::error!(tool = %call.tool, error, "`{}` broke", call.tool);
                }
                Err(fault.into())
            }
        }
    }
}
