//! After a crash: what became of effects whose outcome was never recorded.
//!
//! A dead process leaves intents without outcomes. Each provider is asked about its own: what it made is adopted into the state, what never
//! happened is dropped, and what nobody can tell is left for a person, with a word on where to look.

use super::record::Started;
use crate::addr::ProviderConfig;
use crate::change::Action;
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::Providers;
use crate::plan::kind::{Kinds, Known};
use crate::plan::resource::set_object;
use crate::provider::{Connection, Recovered};
use crate::state::{Object, State};
use std::collections::HashMap;
use std::sync::Arc;

/// What recovery did.
pub struct Recovery {
    pub state: State,
    /// One sentence for each intent.
    pub messages: Vec<String>,
    pub diagnostics: Diagnostics,
    /// Intents that nobody could clear up.
    pub unclear: Vec<Started>,
}

/// Asks about all open intents, one after the other in the order in which they were recorded.
pub async fn recover(
    mut state: State,
    intents: Vec<Started>,
    providers: &Providers,
    connections: &HashMap<ProviderConfig, Arc<dyn Connection>>,
) -> Recovery {
    let mut kinds = Kinds::default();
    let mut messages = Vec::new();
    let mut diagnostics = Diagnostics::new();
    let mut unclear = Vec::new();
    for started in intents {
        let address = started.address.clone();
        let kind = kinds.get(providers, &started.provider.source, &address.resource);
        let (Some(connection), Some(kind)) = (connections.get(&started.provider), kind) else {
            unclear.push(started);
            continue;
        };
        let action = action_of(&started);
        let before = state.instance(&address).and_then(|instance| match &started.deposed {
            Some(key) => instance.deposed.get(key).cloned(),
            None => instance.current.clone(),
        });
        match connection.recover(&started.intent).await {
            Recovered::Absent => {
                if action == Action::Delete {
                    put(&mut state, &started, None);
                }
                messages.push(match action {
                    Action::Delete => format!("{address}: it was destroyed by the interrupted run"),
                    _ => format!("{address}: the interrupted run had not begun to make it"),
                });
            }
            Recovered::Adopt { object, private, is_complete } => {
                let value = kind.mark(object);
                let is_tainted = !is_complete && action == Action::Create;
                let encoded = kind.encode(&Known { value, is_tainted, private });
                let object = match before {
                    Some(before) => Object {
                        dependencies: before.dependencies.clone(),
                        create_before_destroy: before.create_before_destroy,
                        ..encoded
                    },
                    None => encoded,
                };
                put(&mut state, &started, Some(Arc::new(object)));
                messages.push(match (action, is_complete) {
                    (Action::Create, true) => format!("{address}: adopted what the interrupted run had made"),
                    (Action::Create, false) => {
                        format!("{address}: adopted what the interrupted run had begun to make; it will be replaced")
                    }
                    (Action::Delete, _) => format!("{address}: the interrupted run had not destroyed it"),
                    _ => format!("{address}: recorded what the interrupted run had made of it"),
                });
            }
            Recovered::Unclear(complaint) => {
                diagnostics.push(Diagnostic::warning(complaint.summary, complaint.detail).about(&address));
                unclear.push(started);
            }
        }
    }
    Recovery { state, messages, diagnostics, unclear }
}

fn action_of(started: &Started) -> Action {
    match (started.intent.prior.is_null(), started.intent.planned.is_null()) {
        (true, _) => Action::Create,
        (false, true) => Action::Delete,
        (false, false) => Action::Update,
    }
}

fn put(state: &mut State, started: &Started, object: Option<Arc<Object>>) {
    let Some(key) = &started.deposed else {
        return set_object(state, &started.address, &started.provider, object);
    };
    let Some(resource) = state.resources.get_mut(&started.address.in_module()) else { return };
    let Some(instance) = resource.instances.get_mut(&started.address.key) else { return };
    match object {
        Some(object) => drop(instance.deposed.insert(key.clone(), object)),
        None => drop(instance.deposed.remove(key)),
    }
}
