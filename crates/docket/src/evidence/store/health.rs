//! How the store does: what it answers, told apart from that it does not.

use crate::failure::Fault;
use object_store::{Error, Result, client::HttpError};
use std::{
    error,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Notes when the store goes and when it comes back, so that each is logged
/// once, and not by everybody who asks meanwhile.
#[derive(Clone, Default)]
pub(in crate::evidence) struct Health(Arc<AtomicBool>);

impl Health {
    /// What was asked for, or that the store is away.
    pub(in crate::evidence) fn answered<T>(&self, answer: Result<T>) -> Result<T, Fault> {
        match answer {
            Ok(answer) => {
                self.works();
                Ok(answer)
            }
            Err(error) => Err(self.away(&error)),
        }
    }

    /// The same, where what was asked for need not be there.
    pub(in crate::evidence) fn found<T>(&self, answer: Result<T>) -> Result<Option<T>, Fault> {
        match answer {
            Err(error) if is_absent(&error) => {
                self.works();
                Ok(None)
            }
            answer => self.answered(answer).map(Some),
        }
    }

    /// The same, where what was to be made may be there already: whether it was made.
    pub(in crate::evidence) fn made<T>(&self, answer: Result<T>) -> Result<bool, Fault> {
        match answer {
            Err(Error::AlreadyExists { .. }) => {
                self.works();
                Ok(false)
            }
            answer => self.answered(answer).map(|_| true),
        }
    }

    pub(super) fn away(&self, error: &Error) -> Fault {
        let why = told(error);
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::error!(error = why, "the evidence store is away");
        }
        Fault::StoreAway(why)
    }

    fn works(&self) {
        if self.0.load(Ordering::Relaxed) && self.0.swap(false, Ordering::Relaxed) {
            tracing::info!("the evidence store is back");
        }
    }
}

/// Whether an object is not there. Where the whole bucket is not there, nobody
/// can say that of an object.
pub(super) fn is_absent(error: &Error) -> bool {
    matches!(error, Error::NotFound { .. }) && code(&error.to_string()) != Some("NoSuchBucket")
}

/// Whether nobody was there to say yes or no.
pub(super) fn is_unheard(error: &Error) -> bool {
    causes(error).any(|cause| cause.is::<HttpError>()) || error.to_string().contains(" code: 5")
}

fn causes(error: &Error) -> impl Iterator<Item = &(dyn error::Error + 'static)> {
    let first: &(dyn error::Error + 'static) = error;
    std::iter::successors(Some(first), |cause| cause.source())
}

/// What an error says, which repeats its causes, and the last of them where it does not.
fn with_root(error: &Error) -> String {
    let mut text = error.to_string();
    let root = causes(error).last().map(ToString::to_string).unwrap_or_default();
    if !text.contains(&root) {
        text.push_str(": ");
        text.push_str(&root);
    }
    text
}

/// An error without what the other end wrote: that may repeat the access key,
/// and whatever else it was sent. Its own code for the error is kept.
pub(super) fn told(error: &Error) -> String {
    let text = with_root(error);
    let ours = text.split_once('<').map_or(text.as_str(), |(ours, _)| ours);
    let ours = match ours.split_once("status code: ") {
        // The digits and the words of the status, and not what comes after.
        Some((before, after)) => {
            let status = after.split(':').next().unwrap_or_default();
            format!("{before}status code: {status}")
        }
        None => ours.split("error response: ").next().unwrap_or_default().to_owned(),
    };
    match code(&text) {
        Some(code) => format!("{} ({code})", ours.trim_end_matches([':', ' '])),
        None => ours,
    }
}

/// What S3 calls an error, where it says so.
pub(super) fn code(text: &str) -> Option<&str> {
    let (code, _) = text.split_once("<Code>")?.1.split_once("</Code>")?;
    code.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(code)
}
