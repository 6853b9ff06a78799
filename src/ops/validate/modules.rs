//! Arguments of module calls: every one must be a variable of the child, and every variable without a default must be set.

use crate::addr::ModulePath;
use crate::config::{Config, Module};
use crate::diag::Diagnostics;
use crate::syntax::{BodySchema, Content, Expression};
use crate::value::Text;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Looks at all calls, from the innermost modules outwards, and stops after the first that is wrong.
pub(super) fn check_arguments(config: &Config) -> Diagnostics {
    check_below(config, config.root())
}

fn check_below(config: &Config, module: &Module) -> Diagnostics {
    for name in module.calls.keys() {
        let Some(child) = config.module(&module.path.child(name)) else { continue };
        let found = check_below(config, child);
        if found.has_errors() {
            return found;
        }
    }
    let (_, found) = content(module);
    if found.has_errors() { found } else { Diagnostics::new() }
}

/// What the call of a module sets, by variable.
pub(super) fn arguments(module: &Module) -> BTreeMap<Text, Arc<Expression>> {
    let (content, _) = content(module);
    content.attributes.into_iter().map(|attribute| (attribute.name, attribute.expression)).collect()
}

fn content(module: &Module) -> (Content, Diagnostics) {
    let Some(call) = &module.call else { return (Content::default(), Diagnostics::new()) };
    let schema = module
        .variables
        .values()
        .fold(BodySchema::new(), |schema, variable| schema.attribute(&variable.name, variable.is_required()));
    call.body.content(&schema)
}

/// How messages name a variable of a module.
pub(super) fn variable_address(module: &ModulePath, name: &str) -> String {
    if module.is_root() { format!("var.{name}") } else { format!("{module}.var.{name}") }
}
