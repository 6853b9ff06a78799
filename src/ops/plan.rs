//! Making a plan for a state.

use super::recovery::recovered_state;
use crate::diag::Diagnostics;
use crate::plan::{self, Input, Observer, Options, Planned};
use crate::store::Store;
use std::sync::Arc;

/// Recovers what an interrupted run left behind, then plans. `input` holds the state as read from the store.
pub async fn plan(store: &mut dyn Store, input: Input, options: &Options, observer: &dyn Observer) -> Planned {
    let (state, found) = recovered_state(store, &input, observer).await;
    let mut planned = plan::make(Arc::new(Input { state, ..input }), options, observer).await;
    let mut all: Diagnostics = found;
    let is_errored = all.has_errors();
    all.extend(std::mem::take(&mut planned.diagnostics));
    planned.diagnostics = all;
    if let Some(plan) = planned.plan.as_mut().filter(|_| is_errored) {
        plan.is_errored = true;
        plan.is_applyable = false;
    }
    planned
}
