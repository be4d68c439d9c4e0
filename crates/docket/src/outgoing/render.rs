//! What a text says: a pure function of what it is about and how things stand.
//! All words to customers are in this file.

use super::{Kind, facts::Facts};
use crate::{
    schedule::told,
    ticket::{HeldFrom, Standing},
};
use jiff::Timestamp;
use kernel::window::Window;

/// A text as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    /// For those who are written to; a short message has none.
    pub subject: String,
    pub body: String,
}

/// Why a text is not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsaid {
    /// It would not be so any more.
    Stale(Stale),
    /// No receipt says what it would state.
    Unproven,
}

/// What has come in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stale {
    /// The same was said anew.
    Newer,
    Cancelled,
    /// The visit is another one by now, or none.
    Moved,
    /// Whoever was announced is there.
    Began,
    /// What was asked has been answered.
    Answered,
    /// It was good until a time that is over.
    Passed,
    Reopened,
}

impl Stale {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Newer => "newer",
            Self::Cancelled => "cancelled",
            Self::Moved => "moved",
            Self::Began => "began",
            Self::Answered => "answered",
            Self::Passed => "passed",
            Self::Reopened => "reopened",
        }
    }
}

/// Writes the text, or says why nobody should read it any more.
///
/// # Errors
/// If things no longer stand as the text would say, or nothing proves them.
pub(super) fn render(kind: Kind, facts: &Facts) -> Result<Text, Unsaid> {
    if facts.newer {
        return Err(Unsaid::Stale(Stale::Newer));
    }
    if matches!(facts.ticket.standing, Standing::Cancelled { .. }) && kind != Kind::TicketCancelled
    {
        return Err(Unsaid::Stale(Stale::Cancelled));
    }
    let (subject, body) = match kind {
        Kind::InfoRequested => info_requested(facts)?,
        Kind::WindowHeld => window_held(facts)?,
        Kind::VisitConfirmed => visit_confirmed(facts)?,
        Kind::VisitMoved => visit_moved(facts)?,
        Kind::VisitAgain => visit_again(facts)?,
        Kind::TechnicianDispatched => technician_dispatched(facts)?,
        Kind::ApprovalCode => approval_code(facts)?,
        Kind::TicketClosed => ticket_closed(facts)?,
        Kind::TicketCancelled => ticket_cancelled(facts)?,
    };
    Ok(Text { subject: format!("{subject} (service call {})", facts.ticket.id), body })
}

type Said = Result<(&'static str, String), Unsaid>;

fn info_requested(facts: &Facts) -> Said {
    let Standing::NeedsInfo { questions } = &facts.ticket.standing else {
        return Err(Unsaid::Stale(Stale::Answered));
    };
    let body = format!("Before we can plan the work, please tell us:\n{}", questions.join("\n"));
    Ok(("We have a question", body))
}

fn window_held(facts: &Facts) -> Said {
    let ours = facts.receipt.hold.ok_or(Unsaid::Unproven)?;
    let held = match (&facts.ticket.standing, &facts.hold) {
        (Standing::PendingCustomerConfirmation { hold, .. }, Some(held)) if *hold == ours => held,
        _ => return Err(Unsaid::Stale(Stale::Moved)),
    };
    if held.until <= facts.now {
        return Err(Unsaid::Stale(Stale::Passed));
    }
    let body = format!(
        "We keep this appointment for you: {}. {} Please answer before {} to confirm it.",
        told(held.window, &facts.zone),
        held.reason,
        minute(held.until, facts),
    );
    Ok(("Please confirm your appointment", body))
}

fn visit_confirmed(facts: &Facts) -> Said {
    let ours = facts.receipt.window.ok_or(Unsaid::Unproven)?;
    let stands = match &facts.ticket.standing {
        Standing::Scheduled { .. } | Standing::Dispatched { .. } => facts.ticket.window,
        // Until the customer has said yes to another, it is still this one.
        Standing::PendingCustomerConfirmation {
            from: HeldFrom::Scheduled { window, .. }, ..
        } => Some(*window),
        Standing::InProgress { .. } => return Err(Unsaid::Stale(Stale::Began)),
        _ => None,
    };
    if stands != Some(ours) {
        return Err(Unsaid::Stale(Stale::Moved));
    }
    let body = format!("Your appointment is confirmed: {}.", upcoming(ours, facts)?);
    Ok(("Your appointment is confirmed", body))
}

fn visit_moved(facts: &Facts) -> Said {
    let reason = facts.words.as_deref().ok_or(Unsaid::Unproven)?;
    let Standing::ScheduleProposed { offered } = &facts.ticket.standing else {
        return Err(Unsaid::Stale(Stale::Moved));
    };
    let windows: Vec<_> = offered.iter().map(|window| told(*window, &facts.zone)).collect();
    let body =
        format!("Your appointment has to move. {reason} We could come:\n{}", windows.join("\n"),);
    Ok(("Your appointment has to move", body))
}

fn visit_again(facts: &Facts) -> Said {
    let (Standing::ReadyToSchedule | Standing::ScheduleProposed { .. }) = facts.ticket.standing
    else {
        return Err(Unsaid::Stale(Stale::Moved));
    };
    let body = "The work could not be finished today. We will offer you another time.";
    Ok(("We have to come again", body.to_owned()))
}

fn technician_dispatched(facts: &Facts) -> Said {
    let ours = facts.receipt.visit.ok_or(Unsaid::Unproven)?;
    let window = match (&facts.ticket.standing, facts.ticket.window) {
        (Standing::Dispatched { visit }, Some(window)) if *visit == ours => window,
        (Standing::InProgress { visit: Some(visit) }, _) if *visit == ours => {
            return Err(Unsaid::Stale(Stale::Began));
        }
        _ => return Err(Unsaid::Stale(Stale::Moved)),
    };
    let body = format!("A technician is coming to you: {}.", upcoming(window, facts)?);
    Ok(("A technician is coming", body))
}

fn approval_code(facts: &Facts) -> Said {
    let ours = facts.receipt.approval.ok_or(Unsaid::Unproven)?;
    let code = facts.words.as_deref().ok_or(Unsaid::Unproven)?;
    let Some(asked) = facts.asked.as_ref().filter(|asked| asked.id == ours) else {
        return Err(Unsaid::Stale(Stale::Answered));
    };
    let until = asked.code_good_until.ok_or(Unsaid::Stale(Stale::Passed))?;
    let body = format!(
        "Your code for {amount} more on service call {call} is {code}. Give it to whoever asks you \
         about it, if you agree; it is good for this amount and until {until}. If you do not \
         agree, give it to nobody.",
        amount = asked.amount,
        call = facts.ticket.id,
        until = minute(until, facts),
    );
    Ok(("Your code", body))
}

fn ticket_closed(facts: &Facts) -> Said {
    if !matches!(facts.ticket.standing, Standing::Closed { .. }) {
        return Err(Unsaid::Stale(Stale::Reopened));
    }
    let usual = || format!("Your service call {} is finished and closed.", facts.ticket.id);
    Ok(("Your service call is closed", facts.closing.clone().unwrap_or_else(usual)))
}

fn ticket_cancelled(facts: &Facts) -> Said {
    if !matches!(facts.ticket.standing, Standing::Cancelled { .. }) {
        return Err(Unsaid::Unproven);
    }
    let body = format!("Your service call {} is cancelled. Nobody will come.", facts.ticket.id);
    Ok(("Your service call is cancelled", body))
}

/// A window that is not over, as it is told.
fn upcoming(window: Window, facts: &Facts) -> Result<String, Unsaid> {
    if window.end() <= facts.now {
        return Err(Unsaid::Stale(Stale::Passed));
    }
    Ok(told(window, &facts.zone))
}

/// A time on the clocks of the site.
fn minute(at: Timestamp, facts: &Facts) -> String {
    facts.zone.to_datetime(at).strftime("%H:%M on %-d %B %Y").to_string()
}
