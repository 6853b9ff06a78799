//! Making a plan in an opened directory.

use super::session::Session;
use crate::diag::Diagnostics;
use crate::plan::{self, Observer, Options, Planned};

/// Recovers what an interrupted run left behind, then plans.
pub async fn plan(session: &mut Session, options: &Options, observer: &dyn Observer) -> Planned {
    let found = session.recover(observer).await;
    let mut planned = plan::make(session.input(), options, observer).await;
    if !found.is_empty() {
        let mut all: Diagnostics = found;
        all.extend(std::mem::take(&mut planned.diagnostics));
        planned.diagnostics = all;
        if planned.diagnostics.has_errors() {
            if let Some(plan) = &mut planned.plan {
                plan.is_errored = true;
                plan.is_applyable = false;
            }
        }
    }
    planned
}
