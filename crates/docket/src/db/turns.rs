//! Running a command again where another was in its way.

use crate::failure::{Failure, Fault};
use std::time::Duration;

/// How often a command is run at most.
const TRIES: u32 = 5;
/// The longest pause before the third run. Each one after it may be twice as long.
const PAUSE: Duration = Duration::from_millis(4);

/// Counts the runs of one command. A command that another was in the way of has
/// left nothing behind, so it is run again from the beginning, in a new
/// transaction: at once, and from then on after a short pause that is drawn, so
/// that two who met do not meet again.
#[derive(Debug, Default)]
pub(crate) struct Turns(u32);

impl Turns {
    /// Whether the command comes without company: it has been in somebody's way,
    /// or somebody in its own.
    pub fn alone(&self) -> bool {
        self.0 > 0
    }

    /// Whether a command that ended like this is run again now.
    ///
    /// A database that is away is not asked again: nobody knows whether it has
    /// kept what it was told last. The key of the call will tell.
    pub async fn again(&mut self, fault: &Fault) -> bool {
        if !matches!(fault, Fault::Moved(_)) || self.0 + 1 >= TRIES {
            return false;
        }
        if let Some(doublings) = self.0.checked_sub(1) {
            let longest = PAUSE * 2_u32.pow(doublings);
            tokio::time::sleep(longest.mul_f64(rand::random())).await;
        }
        self.0 += 1;
        true
    }

    /// The same, for what may have ended with a refusal too.
    pub async fn again_after(&mut self, failure: &Failure) -> bool {
        match failure {
            Failure::Broke(fault) => self.again(fault).await,
            Failure::Refused(_) => false,
        }
    }
}
