//! Reading what waits, what runs, and what came of it.

use super::seen::seen;
use crate::{
    db::{Snap, args, statements},
    door::{Look, Looked, Sight},
    failure::Failure,
    page::{self, Limit, Page},
};
use kernel::{
    id::{Id, Job},
    job::{KindName, Phase},
};
use schemars::JsonSchema;
use serde::Deserialize;

statements! {
    JOB_PAGE = "page.sql";
    JOB_PAGE_OPEN = "page_open.sql";
    JOB_PAGE_DONE = "page_done.sql";
    JOB_PAGE_DEAD = "page_dead.sql";
}

/// Read jobs, Docket's own and those of integrations, a page at a time, the
/// oldest first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Only this kind.
    pub kind: Option<KindName>,
    /// Only what stands like this.
    pub phase: Option<Phase>,
    #[serde(default)]
    pub limit: Limit,
    /// The `next` of the page before.
    pub after: Option<Id<Job>>,
}

impl Look for List {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let (tenant, rows) = (sight.caller.tenant, self.limit.rows());
        let kind = self.kind.as_ref().map_or("", KindName::as_str);
        let after = page::after(self.after);
        let jobs = match self.phase {
            None => snap.all(&JOB_PAGE, args![tenant, after, rows, kind], seen),
            Some(Phase::Dead) => snap.all(&JOB_PAGE_DEAD, args![tenant, after, rows, kind], seen),
            Some(phase) => {
                let sql = if phase.is_over() { &JOB_PAGE_DONE } else { &JOB_PAGE_OPEN };
                snap.all(sql, args![tenant, after, rows, kind, phase.name()], seen)
            }
        };
        Looked::new(&Page::cut(jobs?, self.limit, |last| last.id))
    }
}
