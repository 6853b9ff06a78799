//! The diagnostic for a function that does not exist.

use super::Scope;
use crate::diag::{Diagnostic, nearest};
use crate::functions::{self, Context};

pub(super) fn diagnostic(called: &str, context: &Context, scope: &dyn Scope) -> Diagnostic {
    let Some((namespace, name)) = called.rsplit_once("::") else {
        let hint = nearest(called, functions::names(context))
            .map(|near| format!(" Did you mean {near:?}?"))
            .unwrap_or_default();
        let detail = format!("There is no function named {called:?}.{hint}");
        return Diagnostic::error("Call to unknown function", detail);
    };
    Diagnostic::error("Unknown provider function", in_namespace(namespace, name, scope))
}

/// Everything in a namespace comes from a provider.
fn in_namespace(namespace: &str, name: &str, scope: &dyn Scope) -> String {
    let mut parts = namespace.split("::");
    let first = parts.next().unwrap_or_default();
    if first != "provider" {
        return format!(
            "The function namespace {first:?} is not valid. Provider function calls must use the \"provider::\" namespace prefix."
        );
    }
    let provider = parts.next().unwrap_or_default();
    if provider.is_empty() {
        return "The function call must include the provider name after the \"provider::\" prefix.".to_owned();
    }
    if parts.next().is_none() && scope.has_provider_functions(provider) {
        return format!("The function {name:?} is not available from the provider {provider:?}.");
    }
    format!(
        "There is no function named \"{namespace}::{name}\". Ensure that provider name {provider:?} is declared in this module's \
         required_providers block, and that this provider offers a function named {name:?}."
    )
}
