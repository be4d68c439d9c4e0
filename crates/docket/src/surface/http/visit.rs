//! One exchange, as the log and the answer have to know it.

use super::{limit::Quota, route::Route};
use crate::{
    chance::Chance,
    identity::{Caller, Sent, proof::Seal},
};
use axum::http::Method;
use jiff::Timestamp;
use std::{sync::Arc, time::Instant};

pub(super) struct Visit {
    pub method: Method,
    pub route: Option<&'static Route>,
    /// The address as the table writes it. What was asked for may hold an id or
    /// somebody's words, and neither belongs into a log.
    pub place: &'static str,
    pub correlation: String,
    pub caller: Option<Arc<Caller>>,
    /// The proof of a request whose body is still to be held against it.
    pub seal: Option<Seal>,
    /// What is known of whoever sent it.
    pub sent: Sent,
    pub code: Option<&'static str>,
    pub quota: Option<Quota>,
    started: Instant,
}

impl Visit {
    /// Begins with a name of our own; the caller may have a better one.
    pub fn new(
        method: Method,
        routes: &[&'static Route],
        route: Option<&'static Route>,
        now: Timestamp,
        chance: &dyn Chance,
    ) -> Self {
        Self {
            method,
            route,
            place: routes.first().map_or("unknown", |route| &route.path),
            correlation: name(now, chance),
            caller: None,
            seal: None,
            sent: Sent::Bare,
            code: None,
            quota: None,
            started: Instant::now(),
        }
    }

    pub fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Writes the one line of this exchange.
    pub fn log(&self, status: u16) {
        let caller = self.caller.as_deref();
        tracing::info!(
            target: "docket::http",
            method = method_name(&self.method),
            route = self.place,
            status,
            code = self.code,
            tool = self.route.and_then(Route::tool).map(|tool| tool.name()),
            tenant = caller.map(|caller| tracing::field::display(caller.tenant)),
            actor = caller.map(|caller| tracing::field::display(caller.actor)),
            micros = (self.seconds() * 1e6) as u64,
            correlation = self.correlation,
            "{} {}", method_name(&self.method), self.place,
        );
    }
}

/// A name of our own: the time first, so that names made together are kept
/// together, and the rest is luck.
fn name(now: Timestamp, chance: &dyn Chance) -> String {
    format!("{:012x}{:020x}", now.as_millisecond(), chance.bits() >> 48)
}

/// A method that nobody has heard of is whatever its sender typed.
pub(super) fn method_name(method: &Method) -> &'static str {
    const KNOWN: &[Method] = &[
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
    ];
    const NAMES: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    KNOWN.iter().position(|known| known == method).map_or("other", |at| NAMES[at])
}
