//! Waking whoever waits for what a transaction has written.
//!
//! Rung after the commit, never in it: PostgreSQL takes a lock that all of its
//! databases share to notify anybody, and commits that wait for it one by one
//! share no write to the disk. Who sleeps through a ring looks for itself after
//! a while, so a ring may be lost and nothing with it.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};
use tokio::sync::Notify;

/// What a ring is about, such as a kind of job.
pub type Word = Cow<'static, str>;

/// Wakes whoever listens. Cheap to clone.
#[derive(Clone, Default)]
pub struct Bell(Arc<Mutex<Vec<Weak<Heard>>>>);

/// Somebody who listens, from when it was made until it is dropped.
pub struct Ear(Arc<Heard>);

struct Heard {
    /// What it listens for; nothing, if it carries all that is rung here beyond.
    only: Option<BTreeSet<Word>>,
    words: Mutex<BTreeSet<Word>>,
    woken: Notify,
}

impl Bell {
    /// Wakes everybody who listens. Words that nobody has heard yet are heard once.
    pub fn ring(&self, words: impl IntoIterator<Item = Word>) {
        self.pass(words.into_iter().collect(), true);
    }

    /// Wakes everybody here who listens for what was rung elsewhere.
    pub(super) fn hear(&self, words: impl IntoIterator<Item = Word>) {
        self.pass(words.into_iter().collect(), false);
    }

    fn pass(&self, words: BTreeSet<Word>, beyond: bool) {
        if words.is_empty() {
            return;
        }
        held(&self.0).retain(|ear| {
            let Some(ear) = ear.upgrade() else { return false };
            match &ear.only {
                Some(only) => ear.wake(words.intersection(only)),
                None if beyond => ear.wake(words.iter()),
                None => {}
            }
            true
        });
    }

    /// Listens for these words from now on.
    pub fn ear(&self, words: impl IntoIterator<Item = Word>) -> Ear {
        self.listen(Some(words.into_iter().collect()))
    }

    /// Listens for all that is rung here, to carry it elsewhere.
    pub(super) fn ear_beyond(&self) -> Ear {
        self.listen(None)
    }

    fn listen(&self, only: Option<BTreeSet<Word>>) -> Ear {
        let heard = Heard { only, words: Mutex::default(), woken: Notify::new() };
        let heard = Arc::new(heard);
        held(&self.0).push(Arc::downgrade(&heard));
        Ear(heard)
    }
}

impl Heard {
    fn wake<'a>(&self, news: impl Iterator<Item = &'a Word>) {
        let mut news = news.cloned().peekable();
        if news.peek().is_some() {
            held(&self.words).extend(news);
            self.woken.notify_one();
        }
    }
}

impl Ear {
    /// Waits until something was rung, and says what. Whoever stops waiting
    /// misses nothing.
    pub async fn heard(&self) -> BTreeSet<Word> {
        loop {
            let words = mem::take(&mut *held(&self.0.words));
            if !words.is_empty() {
                return words;
            }
            self.0.woken.notified().await;
        }
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
