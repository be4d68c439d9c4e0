//! Letting somebody in, or not, and writing it down: a login once for every
//! token, and failures by their number.

use super::{Gate, Judged, No, digest, failures::Counted};
use crate::{
    db::{Committed, Scope, Tx, args, statements},
    door::Denied,
    failure::{Failure, Fault},
    identity::{self, Caller, SKEW},
};
use kernel::{
    audit::Outcome,
    id::{Entry, Id},
    refusal::{Chain, Code, Refusal},
};
use std::{
    net::IpAddr,
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

statements! {
    ADMISSION_ADD = "admission_add.sql";
}

/// How often the gate looks after itself: before what it knows is too old, so
/// that calls seldom wait for a look.
const TEND_EVERY: Duration = Duration::from_millis(200);

impl Gate {
    /// Who the bearer is, as [`Gate::verify`], for a call from `source`. The
    /// first time a token is accepted is an entry of the audit log; that it
    /// is not is counted there. Keys of other issuers are fetched if need be.
    ///
    /// # Errors
    /// `token.missing`, or see [`Gate::verify`].
    pub async fn admit(&self, bearer: Option<&str>, source: IpAddr) -> Result<Arc<Caller>, Denied> {
        let Some(bearer) = bearer else {
            let refusal = Refusal::new(Code::TokenMissing, "there is no access token");
            return Err(self.failed(refusal, source).await);
        };
        let digest = digest(bearer);
        if let Some(known) = self.known(&digest).await?.filter(|known| known.admitted) {
            return Ok(known.caller);
        }
        let mut judged = self.judge(bearer).await;
        if let Err(No::KeyUnknown(at)) = judged {
            if self.0.providers[at].fetch(self.now()).await {
                self.0.generation.fetch_add(1, Ordering::AcqRel);
            }
            judged = self.judge(bearer).await;
        }
        match judged {
            Ok(mut judged) => {
                if !judged.admitted {
                    self.record_login(&judged).await?;
                    judged.admitted = true;
                }
                Ok(self.remember(digest, &judged))
            }
            Err(No::Refused(refusal)) => Err(self.failed(refusal, source).await),
            Err(No::KeyUnknown(at)) => {
                let refusal = self.0.providers[at].unknown_key(self.now());
                Err(self.failed(refusal, source).await)
            }
            Err(No::Broke(fault)) => Err(fault.into()),
        }
    }

    /// Looks for changes, writes down failures that were counted, and keeps the
    /// keys of other issuers fresh, until it is dropped.
    pub async fn tend(self) {
        let mut every = tokio::time::interval(TEND_EVERY);
        let mut well = true;
        loop {
            every.tick().await;
            let tended = self.tend_once().await;
            if let (Err(fault), true) = (&tended, well)
                && !fault.passes()
            {
                tracing::error!(error = %Chain(fault), "the gate cannot look for changes");
            }
            well = tended.is_ok();
        }
    }

    pub(crate) async fn tend_once(&self) -> Result<(), Fault> {
        let now = self.now();
        for provider in self.0.providers.iter().filter(|provider| provider.is_due(now)) {
            if provider.fetch(now).await {
                self.0.generation.fetch_add(1, Ordering::AcqRel);
            }
        }
        let due = self.0.failures.lock().unwrap_or_else(PoisonError::into_inner).due(now);
        for counted in due {
            self.record_failures(counted).await.map_err(super::broke)?;
        }
        self.refresh().await
    }

    async fn record_login(&self, judged: &Judged) -> Result<(), Failure> {
        let caller = Arc::clone(&judged.caller);
        let (kid, issuer) = (judged.kid.clone(), judged.issuer.clone());
        let ours = issuer == self.0.issuer.name;
        let write = move |tx: &mut Tx<'_>| {
            let until = caller.expires + SKEW;
            let args = args![caller.tenant, &issuer, &caller.token, until];
            if tx.execute(&ADMISSION_ADD, args)? == 0 {
                return Ok(None);
            }
            let mut entry =
                identity::entry(tx, caller.tenant, "http", "authenticate", Outcome::Admitted);
            entry.actor = Some(caller.actor);
            entry.on_behalf_of = caller.on_behalf_of;
            entry.roles = caller.roles.iter().collect();
            entry.payload.insert("jti".to_owned(), caller.token.clone().into());
            entry.payload.insert("kid".to_owned(), kid.into());
            if !ours {
                entry.payload.insert("issuer".to_owned(), issuer.into());
            }
            tx.record(&entry).map(Some)
        };
        let wrote = self.0.db.write(judged.caller.tenant, move |tx| match write(tx) {
            Ok(Some(recorded)) => Committed::Changed((), recorded),
            Ok(None) => Committed::Unchanged(()),
            Err(fault) => Committed::Failed(Failure::Broke(fault)),
        });
        wrote.await
    }

    /// Counts a failure, and writes it down if it is the first of its kind.
    async fn failed(&self, refusal: Box<Refusal>, source: IpAddr) -> Denied {
        let now = self.now();
        let counted = {
            let mut failures = self.0.failures.lock().unwrap_or_else(PoisonError::into_inner);
            failures.note(refusal.code, source, now)
        };
        match counted {
            None => Denied::Refused(refusal, None),
            Some(counted) => match self.record_failures(counted).await {
                Ok(entry) => Denied::Refused(refusal, Some(entry)),
                Err(Failure::Broke(fault)) => fault.into(),
                Err(Failure::Refused(refusal)) => Denied::Refused(refusal, None),
            },
        }
    }

    async fn record_failures(&self, counted: Counted) -> Result<Id<Entry>, Failure> {
        let write = move |tx: &mut Tx<'_>| {
            let operator = identity::operator(tx)?;
            tx.enter(operator);
            let mut entry = identity::entry(tx, operator, "http", "authenticate", Outcome::Refused);
            entry.refusal = Some(counted.code.name().to_owned());
            entry.payload.insert("count".to_owned(), counted.count.into());
            entry.payload.insert("source".to_owned(), counted.source.to_string().into());
            Ok((entry.id, tx.record(&entry)?))
        };
        let wrote = self.0.db.write(Scope::Everyone, move |tx| match write(tx) {
            Ok((entry, recorded)) => Committed::Changed(entry, recorded),
            Err(fault) => Committed::Failed(Failure::Broke(fault)),
        });
        wrote.await
    }
}
