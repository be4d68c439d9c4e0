//! Letting somebody in, or not, and writing it down: a login once for every
//! token, and failures by their number.

use super::{
    Gate, Judged, No, digest,
    failures::{Counted, Whose},
};
use crate::{
    db::{Committed, Scope, Tx, args, statements},
    door::Denied,
    failure::{Failure, Fault},
    identity::{
        self, Caller, SKEW,
        proof::{self, Checked, Seal, spend::spend},
    },
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

/// Whoever a token names, before they are let in.
pub struct Recognised {
    pub caller: Arc<Caller>,
    digest: [u8; 32],
    /// Where it was not known: its login is to be recorded.
    judged: Option<Judged>,
}

impl Gate {
    /// Who the bearer is, as [`Gate::verify`], for a call of this process. The
    /// first time a token is accepted is an entry of the audit log; that it
    /// is not is counted there. Keys of other issuers are fetched if need be.
    ///
    /// # Errors
    /// `token.missing`, or see [`Gate::verify`].
    pub async fn admit(&self, bearer: Option<&str>, source: IpAddr) -> Result<Arc<Caller>, Denied> {
        let recognised = self.recognise(bearer, source).await?;
        self.let_in(recognised).await
    }

    /// Whom the token of a request from `source` names. They are not let in yet.
    ///
    /// # Errors
    /// `token.missing`, or see [`Gate::verify`].
    pub async fn recognise(
        &self,
        bearer: Option<&str>,
        source: IpAddr,
    ) -> Result<Recognised, Denied> {
        let Some(bearer) = bearer else {
            let refusal = Refusal::new(Code::TokenMissing, "there is no access token");
            return Err(self.failed(refusal, source, None).await);
        };
        let digest = digest(bearer);
        if let Some(known) = self.known(&digest).await?.filter(|known| known.admitted) {
            return Ok(Recognised { caller: known.caller, digest, judged: None });
        }
        match self.judge_with_keys(bearer).await {
            Ok(judged) => {
                let caller = Arc::clone(&judged.caller);
                Ok(Recognised { caller, digest, judged: Some(judged) })
            }
            Err(No::Refused(refusal)) => Err(self.failed(refusal, source, None).await),
            Err(No::KeyUnknown(at)) => {
                let refusal = self.0.providers[at].unknown_key(self.now());
                Err(self.failed(refusal, source, None).await)
            }
            Err(No::Broke(fault)) => Err(fault.into()),
        }
    }

    /// Judges, and asks the issuer for its keys first if that is what it takes.
    async fn judge_with_keys(&self, bearer: &str) -> Result<Judged, No> {
        match self.judge(bearer).await {
            Err(No::KeyUnknown(at)) => {
                if self.0.providers[at].fetch(self.now()).await {
                    self.0.generation.fetch_add(1, Ordering::AcqRel);
                }
                self.judge(bearer).await
            }
            judged => judged,
        }
    }

    /// Has whoever calls show that they hold the key of their token, and spends
    /// the proof. Nothing, where the token is bound to none and none is shown.
    ///
    /// # Errors
    /// See [`proof`], whose refusals are counted as those of tokens are; or
    /// `token.unbound`, if something is shown that proves nothing.
    pub async fn prove(
        &self,
        caller: &Caller,
        request: &proof::Request<'_>,
        source: IpAddr,
    ) -> Result<Option<Seal>, Denied> {
        let spent = match self.shown(caller, request) {
            Ok(None) => return Ok(None),
            Ok(Some(checked)) => spend(&self.0.db, caller.tenant, checked).await,
            Err(refusal) => Err(refusal.into()),
        };
        match spent {
            Ok(seal) => Ok(Some(seal)),
            Err(Failure::Refused(refusal)) => {
                Err(self.failed(refusal, source, Some(caller.into())).await)
            }
            Err(Failure::Broke(fault)) => Err(fault.into()),
        }
    }

    fn shown(
        &self,
        caller: &Caller,
        request: &proof::Request<'_>,
    ) -> Result<Option<Checked>, Box<Refusal>> {
        let Some(key) = caller.key else {
            if request.proofs.is_empty() && !request.bound {
                return Ok(None);
            }
            let detail = "the token is bound to no key, so a proof proves nothing";
            return Err(Refusal::new(Code::TokenUnbound, detail));
        };
        match (request.proofs.as_slice(), request.bound) {
            ([proof], true) => proof::check(proof, key, request, self.now()).map(Some),
            ([] | [_], _) => Err(proof::missing()),
            _ => Err(proof::invalid("there is more than one proof")),
        }
    }

    /// Says that the body of a request is not the one that was signed, or that it
    /// is missing a proof, and has it counted.
    pub async fn unproven(&self, caller: &Caller, refusal: Box<Refusal>, source: IpAddr) -> Denied {
        self.failed(refusal, source, Some(caller.into())).await
    }

    /// Lets somebody in, and writes that down the first time.
    ///
    /// # Errors
    /// If it cannot be written down.
    pub async fn let_in(&self, recognised: Recognised) -> Result<Arc<Caller>, Denied> {
        let Recognised { caller, digest, judged } = recognised;
        let Some(mut judged) = judged else { return Ok(caller) };
        if !judged.admitted {
            self.record_login(&judged).await?;
            judged.admitted = true;
        }
        Ok(self.remember(digest, &judged))
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
            if let Some(key) = caller.key {
                entry.payload.insert("key".to_owned(), key.to_string().into());
            }
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
    async fn failed(&self, refusal: Box<Refusal>, source: IpAddr, whose: Option<Whose>) -> Denied {
        let now = self.now();
        let counted = {
            let mut failures = self.0.failures.lock().unwrap_or_else(PoisonError::into_inner);
            failures.note(refusal.code, source, whose, now)
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
            let tenant = match counted.whose {
                Some(whose) => whose.tenant,
                None => identity::operator(tx)?,
            };
            tx.enter(tenant);
            let mut entry = identity::entry(tx, tenant, "http", "authenticate", Outcome::Refused);
            entry.actor = counted.whose.map(|whose| whose.actor);
            entry.on_behalf_of = counted.whose.and_then(|whose| whose.on_behalf_of);
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
