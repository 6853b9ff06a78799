//! `import`: an object that exists becomes managed, at once and without a plan.

use super::recovery::recovered_state;
use crate::addr::ResourceInstance;
use crate::diag::{Diagnostic, Diagnostics};
use crate::graph::provider_of_resource;
use crate::plan::connection::configuration;
use crate::plan::kind::{Kinds, Known};
use crate::plan::resource::set_object;
use crate::plan::{Event, Input, Observer, evaluate_recorded, locate, unlocated};
use crate::provider::{ImportRequest, ReadOutcome, ReadRequest};
use crate::store::Store;
use std::sync::Arc;

/// Looks the object up by its id and writes it into the state. The resource must be declared.
pub async fn import(
    store: &mut dyn Store,
    input: Input,
    address: &ResourceInstance,
    id: &str,
    observer: &dyn Observer,
) -> Diagnostics {
    let (mut state, mut found) = recovered_state(store, &input, observer).await;
    let input = Arc::new(input);
    let config = input.config.clone();
    let module = config.module(&address.module.path());
    let declared = module.and_then(|module| Some((module, module.resources.get(&address.resource)?)));
    let Some((module, block)) = declared else {
        found.push(not_declared(address));
        return found;
    };
    let (evaluation, problems) = evaluate_recorded(input.clone());
    found.extend(problems);
    let provider = provider_of_resource(&config, module, block);
    let (configured, problems) = configuration(&evaluation, &provider);
    found.extend(problems);
    if found.has_errors() {
        return found;
    }
    let Some(kind) = Kinds::default().get(&input.providers, &provider.source, &address.resource) else { return found };
    let Some((native, configuration)) = configured else { return found };
    let name = address.to_string();
    let diagnose = |complaints| locate(complaints, &block.body, &name);
    let connection = match native.connect(configuration).await {
        Ok(connection) => connection,
        Err(complaints) => {
            found.extend(unlocated(complaints, &provider.to_string()));
            return found;
        }
    };
    observer.observe(Event::Importing { address, id });
    let request = ImportRequest { kind: kind.name.clone(), id: id.to_owned() };
    let imported = match connection.import(vec![request]).await.pop() {
        Some(Ok(imported)) => imported,
        Some(Err(complaints)) => {
            found.extend(unlocated(complaints, &name));
            return found;
        }
        None => return found,
    };
    observer.observe(Event::Imported { address, kind: &imported.kind });
    if state.instance(address).is_some_and(|instance| instance.current.is_some()) {
        found.push(already_managed(address));
        return found;
    }
    observer.observe(Event::Refreshing { address, deposed: None, object: &imported.object });
    let request = ReadRequest { kind: kind.name.clone(), prior: imported.object, private: imported.private };
    let (object, private) = match connection.read(vec![request]).await.pop() {
        Some(ReadOutcome::Present { object, private, complaints }) => {
            found.extend(diagnose(complaints));
            (object, private)
        }
        Some(ReadOutcome::Failed(complaints)) => {
            found.extend(diagnose(complaints));
            return found;
        }
        _ => {
            found.push(crate::plan::no_such_object(&name));
            return found;
        }
    };
    let known = Known { value: kind.mark(object), is_tainted: false, private };
    observer.observe(Event::Refreshed { address, deposed: None, object: &known.value });
    set_object(&mut state, address, &provider, Some(Arc::new(kind.encode(&known))));
    if !found.has_errors() {
        found.extend(store.write(&state).err().unwrap_or_default());
    }
    found
}

fn already_managed(address: &ResourceInstance) -> Diagnostic {
    let detail = format!(
        "Terraform is already managing a remote object for {address}. To import to this address you must first remove the existing object from the state."
    );
    Diagnostic::error("Resource already managed by Terraform", detail)
}

fn not_declared(address: &ResourceInstance) -> Diagnostic {
    let place = match address.module.is_root() {
        true => "the root module".to_owned(),
        false => format!("module {}", address.module.path()),
    };
    let detail = format!(
        "Before importing this resource, please create its configuration in {place}. For example:\n\nresource \"{}\" \"{}\" {{\n  # (resource arguments)\n}}",
        address.resource.kind, address.resource.name
    );
    Diagnostic::error(format!("resource address \"{address}\" does not exist in the configuration."), detail)
}
