//! What a provider says after an effect, held against what was planned.

use crate::addr::{ProviderConfig, ResourceInstance};
use crate::change::{Action, Change, check_result, marks_of, with_marks_at};
use crate::config::ResourceBlock;
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::kind::{Kind, Known};
use crate::plan::{locate, unlocated};
use crate::provider::Applied;
use crate::value::{Value, unknown_paths};

/// What exists after an effect, and whether it went well.
pub struct Settled {
    /// Nothing exists.
    pub known: Option<Known>,
    pub diagnostics: Diagnostics,
}

/// Judges the answer to a create, update or destroy. `was_tainted` is what the object was before.
pub fn settle(
    kind: &Kind,
    block: Option<&ResourceBlock>,
    provider: &ProviderConfig,
    address: &ResourceInstance,
    change: &Change,
    was_tainted: bool,
    applied: Applied,
) -> Settled {
    let name = address.to_string();
    let mut found = match block {
        Some(block) => locate(applied.complaints, &block.body, &name),
        None => unlocated(applied.complaints, &name),
    };
    let mut object = applied.object;
    for path in unknown_paths(&object) {
        found.push(Diagnostic::error(
            "Provider returned invalid result object after apply",
            format!(
                "After the apply operation, the provider still indicated an unknown value for {name}{path}. All values must be known after apply, so this is always a bug in the provider and should be reported in the provider's own repository. Terraform will still save the other known object values in the state."
            ),
        ));
    }
    object = without_unknown(object);
    let value = kind.mark(with_marks_at(object, &marks_of(&change.after)));
    let is_destroy = change.action == Action::Delete;
    if !is_destroy && kind.is_exact() && !found.has_errors() {
        for wrong in check_result(kind.block(), &change.after, &value) {
            let path = wrong.path.to_string();
            let problem = if path.is_empty() { wrong.problem } else { format!("{path}: {}", wrong.problem) };
            found.push(Diagnostic::error(
                "Provider produced inconsistent result after apply",
                format!(
                    "When applying changes to {name}, provider \"{provider_text}\" produced an unexpected new value: {problem}.\n\nThis is a bug in the provider, which should be reported in the provider's own issue tracker.",
                    provider_text = provider.to_string().replace('"', "\\\""),
                ),
            ));
        }
    }
    if !found.has_errors() {
        found.extend(wrong_existence(&name, is_destroy, value.is_null()));
    }
    let has_failed = found.has_errors();
    let known = (!value.is_null()).then(|| Known {
        value,
        is_tainted: if has_failed { was_tainted || change.action == Action::Create } else { false },
        private: applied.private,
    });
    Settled { known, diagnostics: found }
}

fn wrong_existence(name: &str, is_destroy: bool, is_null: bool) -> Option<Diagnostic> {
    let summary = "Provider returned invalid result object after apply";
    match (is_destroy, is_null) {
        (true, false) => Some(Diagnostic::error(
            summary,
            format!(
                "After applying a Delete plan, the provider returned a non-null object for {name}. Destroying should always produce a null value, so this is always a bug in the provider and should be reported in the provider's own repository. Terraform will still save this errant object in the state for debugging and recovery."
            ),
        )),
        (false, true) => Some(Diagnostic::error(
            summary,
            format!(
                "After applying a Create plan, the provider returned a null object for {name}. Only destroying should always produce a null value, so this is always a bug in the provider and should be reported in the provider's own repository."
            ),
        )),
        _ => None,
    }
}

fn without_unknown(value: Value) -> Value {
    if value.is_wholly_known() {
        return value;
    }
    match value.is_known() {
        false => Value::null(value.type_of()),
        true => value.map_children(&mut without_unknown),
    }
}
