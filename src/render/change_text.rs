//! One change of one instance as text: what happens, why, and the difference.

use super::diff::{Diff, Options, Pair, Scope, diff_block, diff_dynamic, render, symbol};
use super::paint::Paint;
use super::schemas::Schemas;
use crate::addr::{InstanceKey, ResourceMode};
use crate::change::{Action, ActionReason, InstanceChange};
use crate::value::Value;

/// Whether a change is ours to make or was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Proposed,
    Drift,
}

/// The difference of an instance's objects. `relevant`: what of it is worth showing.
pub fn diff_of_change<'a>(change: &'a InstanceChange, schemas: &Schemas, relevant: Scope<'a>) -> Diff {
    let (before, after) = (present(&change.change.before), present(&change.change.after));
    // What is only forgotten must not look as if it were deleted.
    let after = if change.change.action == Action::Forget { before } else { after };
    let mut pair = Pair::new(before, after);
    pair.replacing = Scope::at(&change.replace_paths);
    pair.relevant = relevant;
    match schemas.resource(&change.provider.source, &change.address.resource) {
        Some(schema) => diff_block(pair, &schema.block),
        None => diff_dynamic(pair),
    }
}

fn present(value: &Value) -> Option<&Value> {
    (!value.is_null()).then_some(value)
}

/// The whole change. The text ends without a line end.
pub fn render_change(change: &InstanceChange, diff: &Diff, origin: Origin, paint: Paint) -> String {
    let options = Options { paint, shows_unchanged: change.importing.is_some(), ..Options::default() };
    let mode = if change.address.resource.mode == ResourceMode::Managed { "resource" } else { "data" };
    format!(
        "{}{} {mode} \"{}\" \"{}\" {}",
        comment(change, origin, paint),
        symbol(change.change.action, paint),
        change.address.resource.kind,
        change.address.resource.name,
        render(diff, 0, &options)
    )
}

/// Whether there is anything to tell about a change.
pub fn is_worth_showing(change: &InstanceChange) -> bool {
    change.change.action != Action::NoOp || has_moved(change) || change.importing.is_some()
}

pub fn has_moved(change: &InstanceChange) -> bool {
    change.previous_address.as_ref().is_some_and(|previous| *previous != change.address)
}

/// The lines above the difference.
fn comment(change: &InstanceChange, origin: Origin, paint: Paint) -> String {
    let mut address = change.address.to_string();
    if let Some(key) = &change.deposed {
        address.push_str(&format!(" (deposed object {key})"));
    }
    let action = change.change.action;
    let mut lines = headline(change, &address, origin, paint);
    let previous = change.previous_address.as_ref().filter(|_| has_moved(change));
    if let Some(previous) = previous.filter(|_| action != Action::NoOp) {
        lines.push(format!("  # (moved from {previous})"));
    }
    if let Some(importing) = &change.importing {
        if action != Action::NoOp || previous.is_some() {
            lines.push(match &importing.id {
                Some(id) => format!("  # (imported from \"{id}\")"),
                None => "  # (will be imported first)".to_owned(),
            });
        }
        if matches!(action, Action::CreateThenDelete | Action::DeleteThenCreate) {
            let warning = paint.yellow("Warning: this will destroy the imported resource");
            lines.push(format!("  # {warning}"));
        }
    }
    lines.join("\n") + "\n"
}

fn headline(change: &InstanceChange, address: &str, origin: Origin, paint: Paint) -> Vec<String> {
    let titled = |rest: &str| format!("{} {rest}", paint.bold(&format!("  # {address}")));
    let mut lines = Vec::new();
    match change.change.action {
        Action::Create => lines.push(titled("will be created")),
        Action::Read => {
            lines.push(titled("will be read during apply"));
            lines.extend(read_reason(change.action_reason).map(str::to_owned));
        }
        Action::Update if origin == Origin::Drift => lines.push(titled("has changed")),
        Action::Update => lines.push(titled("will be updated in-place")),
        Action::CreateThenDelete | Action::DeleteThenCreate => lines.push(replacement(change, address, paint)),
        Action::ForgetThenCreate => {
            let title = paint.bold(&format!(" # {address}"));
            lines.push(format!("{title} must be replaced, but the existing object will not be destroyed"));
            lines.push(" # (destroy = false is set in the configuration)".to_owned());
        }
        Action::Forget => lines.extend(forgotten(change, address, paint)),
        Action::Delete => {
            let rest = match origin {
                Origin::Drift => "has been deleted".to_owned(),
                Origin::Proposed => format!("will be {}", paint.bold_red("destroyed")),
            };
            lines.push(titled(&rest));
            lines.extend(delete_reason(change));
            if change.deposed.is_some() {
                lines.push("  # (left over from a partially-failed replacement of this instance)".to_owned());
            }
        }
        Action::NoOp => match &change.previous_address {
            Some(previous) if has_moved(change) => {
                let title = paint.bold(&format!("  # {previous}"));
                lines.push(format!("{title} has moved to {}", paint.bold(address)));
            }
            _ => {
                lines.push(titled("will be imported"));
                if change.generated_configuration.is_some() {
                    lines.push("  # (config will be generated)".to_owned());
                }
            }
        },
    }
    lines
}

fn replacement(change: &InstanceChange, address: &str, paint: Paint) -> String {
    let title = paint.bold(&format!("  # {address}"));
    let replaced = paint.bold_red("replaced");
    match change.action_reason {
        ActionReason::ReplaceBecauseTainted => format!("{title} is tainted, so must be {replaced}"),
        ActionReason::ReplaceByRequest => format!("{title} will be {replaced}, as requested"),
        ActionReason::ReplaceByTriggers => {
            format!("{title} will be {replaced} due to changes in replace_triggered_by")
        }
        _ => format!("{title} must be {replaced}"),
    }
}

fn forgotten(change: &InstanceChange, address: &str, paint: Paint) -> Vec<String> {
    let title = paint.bold(&format!(" # {address}"));
    let kept = paint.bold_red("will not be destroyed");
    let mut lines = match change.deposed {
        Some(_) => vec![
            format!("{title} will be removed from Terraform state, but {kept}"),
            paint.bold(" # (left over from a partially-failed replacement of this instance)"),
        ],
        None => vec![format!("{title} will no longer be managed by Terraform, but {kept}")],
    };
    lines.push(" # (destroy = false is set in the configuration)".to_owned());
    lines
}

fn read_reason(reason: ActionReason) -> Option<&'static str> {
    match reason {
        ActionReason::ReadBecauseConfigUnknown => Some("  # (config refers to values not yet known)"),
        ActionReason::ReadBecauseDependencyPending => {
            Some("  # (depends on a resource or a module with changes pending)")
        }
        ActionReason::ReadBecauseCheckNested => Some("  # (config will be reloaded to verify a check block)"),
        _ => None,
    }
}

fn delete_reason(change: &InstanceChange) -> Option<String> {
    let address = &change.address;
    let resource = &address.resource;
    let reason = match change.action_reason {
        ActionReason::DeleteBecauseNoResourceConfig => {
            format!("{}.{} is not in configuration", resource.kind, resource.name)
        }
        ActionReason::DeleteBecauseNoMoveTarget => {
            let previous = change.previous_address.as_ref().unwrap_or(address);
            format!("{previous} was moved to {address}, which is not in configuration")
        }
        ActionReason::DeleteBecauseNoModule => format!("{} is not in configuration", address.module),
        ActionReason::DeleteBecauseWrongRepetition => match address.key {
            InstanceKey::None => "resource uses count or for_each".to_owned(),
            InstanceKey::Index(_) => "resource does not use count".to_owned(),
            InstanceKey::Key(_) => "resource does not use for_each".to_owned(),
        },
        ActionReason::DeleteBecauseCountIndex => format!("index {} is out of range for count", address.key),
        ActionReason::DeleteBecauseEachKey => format!("key {} is not in for_each map", address.key),
        _ => return None,
    };
    Some(format!("  # (because {reason})"))
}
