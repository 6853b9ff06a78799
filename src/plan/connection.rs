//! Provider configurations: where they stand, and what they say.

use super::complaint::locate;
use super::evaluation::Evaluation;
use crate::addr::{ModulePath, ProviderConfig};
use crate::change::empty_object;
use crate::config::LocalProvider;
use crate::diag::{Diagnostic, Diagnostics};
use crate::eval::decode::decode;
use crate::provider::Provider;
use crate::syntax::Body;
use crate::value::Value;
use std::sync::Arc;

/// A provider with its configuration, without marks.
pub type Configured = (Arc<dyn Provider>, Value);

/// What a provider configuration says. Nothing where something is wrong with it.
pub fn configuration(evaluation: &Evaluation, address: &ProviderConfig) -> (Option<Configured>, Diagnostics) {
    let Some(provider) = evaluation.input.providers.get(&address.source).cloned() else {
        return (None, missing_provider(address).into());
    };
    let block = &provider.schema().configuration.block;
    let body = match body_of(&evaluation.input.config, address) {
        Found::Block(body) => body,
        Found::Implied | Found::Gone => Arc::new(Body::default()),
    };
    let Some(module) = evaluation.instances(&address.module).first() else {
        let empty = empty_object(block);
        return (Some((provider, empty)), Diagnostics::new());
    };
    let (value, mut found) = decode(&body, block, &evaluation.place(*module));
    if found.has_errors() {
        return (None, found);
    }
    let (value, _) = value.unmark_deep();
    found.extend(locate(provider.validate_configuration(&value), &body, &address.to_string()));
    let configured = (!found.has_errors()).then(|| (provider.clone(), value));
    (configured, found)
}

/// Where a provider configuration stands.
pub enum Found {
    Block(Arc<Body>),
    /// Without a block, as the root's default configurations may be.
    Implied,
    Gone,
}

pub fn body_of(config: &crate::config::Config, provider: &ProviderConfig) -> Found {
    let module = config.module(&provider.module);
    let block = module.and_then(|module| {
        let is_it = |local: &&LocalProvider| {
            local.alias == provider.alias && module.provider_source(&local.name) == provider.source
        };
        module.providers.keys().find(is_it).and_then(|local| module.providers.get(local))
    });
    match block {
        Some(block) => Found::Block(block.body.clone()),
        None if provider.module == ModulePath::root() && provider.alias.is_none() => Found::Implied,
        None => Found::Gone,
    }
}

fn missing_provider(provider: &ProviderConfig) -> Diagnostic {
    Diagnostic::error(
        "Missing required provider",
        format!(
            "The provider {} is not part of this build of Terrace, and what is planned needs it. A build with all providers is made by \
             cargo build --release.",
            provider.source.for_display()
        ),
    )
}
