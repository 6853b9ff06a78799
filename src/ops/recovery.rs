//! Finishing what an interrupted run began, before anything else is done with its state.

use super::apply::tell_that_state_is_written;
use super::interrupted_rollouts::return_traffic;
use crate::addr::ProviderConfig;
use crate::apply::{Started, recover};
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::{Evaluation, Event, Input, Observer};
use crate::provider::{Connection, Intent};
use crate::state::State;
use crate::store::{IntentRecord, Replay, Store};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// The state that a plan is to be made from: as saved, with what the journal of an interrupted run knows, and with what the providers
/// say about effects whose outcome was lost. The journal is gone when all is clear.
pub async fn recovered_state(store: &mut dyn Store, input: &Input, observer: &dyn Observer) -> (State, Diagnostics) {
    let unsplit = return_traffic(store, input, observer).await;
    let replay = match Replay::read(&store.journal_path()) {
        Ok(Some(replay)) => replay,
        Ok(None) => return (input.state.clone(), unsplit),
        Err(problems) => return (input.state.clone(), problems),
    };
    let mut state = input.state.clone();
    replay.apply_to(&mut state);
    let intents: Vec<Started> = replay.open.into_iter().filter_map(started_of).collect();
    let wanted = intents.iter().map(|started| started.provider.clone()).collect();
    let (connections, mut found) = connect_for(input, wanted).await;
    found.extend(unsplit);
    let recovery = recover(state, intents, &input.providers, &connections).await;
    found.extend(recovery.diagnostics);
    for message in &recovery.messages {
        observer.observe(Event::Recovered { message });
    }
    let path = store.journal_path();
    if !recovery.unclear.is_empty() {
        let names: String = recovery.unclear.iter().map(|it| format!("\n  - {}", it.address)).collect();
        let detail = format!(
            "A run was interrupted while these objects were being changed, and what became of them could not be found out:{names}\n\nThe journal {} holds what was about to be done. Compare it with what really exists, mend the state with \"import\" or \"state rm\", and then remove the journal.",
            path.display()
        );
        found.push(Diagnostic::error("Interrupted run could not be cleared up", detail));
        return (recovery.state, found);
    }
    match store.write(&recovery.state) {
        // The state holds everything: a journal that stays behind is replayed to the same state.
        Ok(()) => {
            drop(std::fs::remove_file(&path));
            found.extend(tell_that_state_is_written(&connections).await);
        }
        Err(problems) => found.extend(problems),
    }
    (recovery.state, found)
}

fn started_of(intent: IntentRecord) -> Option<Started> {
    let provider = crate::state::v4::provider_config(&intent.provider)?;
    Some(Started {
        step: intent.step as usize,
        deposed: intent.deposed.map(Into::into),
        provider,
        intent: Intent {
            address: intent.address.to_string(),
            kind: intent.kind.into(),
            prior: intent.prior,
            planned: intent.planned,
            private: intent.private,
            token: intent.token.into(),
        },
        address: intent.address,
    })
}

/// Connects to the providers that have to be asked.
pub(super) async fn connect_for(
    input: &Input,
    wanted: BTreeSet<ProviderConfig>,
) -> (HashMap<ProviderConfig, Arc<dyn Connection>>, Diagnostics) {
    let mut connections = HashMap::new();
    let mut found = Diagnostics::new();
    if wanted.is_empty() {
        return (connections, found);
    }
    let mut evaluation = Evaluation::new(Arc::new(input.clone()));
    let graph = crate::graph::build(&input.config, &[]);
    for id in graph.order().unwrap_or_default() {
        // What depends on resources stays unknown here; providers that need it say so.
        let _ = evaluation.evaluate(graph.node(id));
    }
    for provider in wanted {
        let (configuration, problems) = crate::plan::connection::configuration(&evaluation, &provider);
        found.extend(problems);
        let Some((kind, configuration)) = configuration else { continue };
        match kind.connect(configuration).await {
            Ok(connection) => drop(connections.insert(provider, connection)),
            Err(complaints) => found.extend(crate::plan::unlocated(complaints, &provider.to_string())),
        }
    }
    (connections, found)
}
