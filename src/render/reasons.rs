//! What a plan's text says beyond Terraform's: why something is replaced, and which changes are the same.

use super::json::path_text;
use super::paint::Paint;
use crate::change::{Action, Cause, InstanceChange, Link, Reason};
use crate::diag::SourceMap;
use crate::value::Value;

/// Equal changes of one block's instances are told once from this many on.
const FOLD_FROM: usize = 3;

/// The text of a change with its causes below its headline, where it replaces or destroys something.
pub fn explain(change: &InstanceChange, text: String, sources: &SourceMap, paint: Paint) -> String {
    let is_worth_it = change.change.action.is_replace() || change.change.action == Action::Delete;
    let lines: Vec<String> = change
        .reasons
        .iter()
        .filter(|reason| is_worth_it && is_decisive(reason))
        .map(|reason| paint.gray(&format!("  # why: {}", render_reason(reason, sources))))
        .collect();
    if lines.is_empty() {
        return text;
    }
    // Comment lines come first; the causes follow them.
    let end =
        text.split_inclusive('\n').take_while(|line| line.contains("# ")).map(str::len).sum::<usize>().min(text.len());
    format!("{}{}\n{}", &text[..end], lines.join("\n"), &text[end..])
}

/// Causes that the plan's text does not tell anyway.
fn is_decisive(reason: &Reason) -> bool {
    match &reason.cause {
        Cause::Attribute { forces_replacement, .. } => *forces_replacement,
        Cause::New | Cause::Removed => false,
        _ => true,
    }
}

/// `ami <- local.ami (main.tf:31) <- var.ami_id (main.tf:12)`
pub fn render_reason(reason: &Reason, sources: &SourceMap) -> String {
    let cause = match &reason.cause {
        Cause::Attribute { path, forces_replacement: true } => {
            format!("{} changed and cannot be updated", path_text(path))
        }
        Cause::Attribute { path, .. } => format!("{} changed", path_text(path)),
        Cause::New => "it is new in the configuration".to_owned(),
        Cause::Removed => "it is no longer in the configuration".to_owned(),
        Cause::Tainted => "it is tainted".to_owned(),
        Cause::Requested => "it was asked for".to_owned(),
        Cause::Triggered { by } => format!("{by} changed, which replace_triggered_by names"),
        Cause::Drift { path } if path.0.is_empty() => "it changed outside of Terrace".to_owned(),
        Cause::Drift { path } => format!("{} changed outside of Terrace", path_text(path)),
        Cause::Disappeared => "it exists no more".to_owned(),
        Cause::Dependency { on } => format!("{on} must go first"),
    };
    let chain: String = reason.chain.iter().map(|link| format!(" <- {}", render_link(link, sources))).collect();
    cause + &chain
}

pub fn render_link(link: &Link, sources: &SourceMap) -> String {
    match link.span {
        Some(span) => format!("{} ({}:{})", link.what, sources.file(span.file).name, sources.start(span).line),
        None => link.what.clone(),
    }
}

/// Texts in order, where instances of one block with the same text follow the first of them as one line.
pub fn fold(changes: &[&InstanceChange], texts: Vec<String>, paint: Paint) -> Vec<String> {
    let mut folded = Vec::new();
    let mut start = 0;
    while start < texts.len() {
        let first = without_address(changes[start], &texts[start]);
        let resource = changes[start].address.in_module();
        let end = (start..texts.len())
            .take_while(|index| changes[*index].address.in_module() == resource)
            .take_while(|index| without_address(changes[*index], &texts[*index]) == first)
            .last()
            .map_or(start + 1, |last| last + 1);
        let same = end - start - 1;
        if same + 1 < FOLD_FROM {
            folded.extend(texts[start..end].iter().cloned());
        } else {
            let (from, to) = (&changes[start + 1].address, &changes[end - 1].address);
            let note = paint.gray(&format!("  # and {same} more in the same way: {from} to {to}"));
            folded.push(format!("{}\n{note}", texts[start]));
        }
        start = end;
    }
    folded
}

/// The text without what tells instances of one block apart: the address and the object's id.
fn without_address(change: &InstanceChange, text: &str) -> String {
    let text = text.replace(&change.address.to_string(), "");
    let id = change.change.before.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
    id.map_or(text.clone(), |id| text.replace(&**id, ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::ResourceInstance;
    use crate::addr::{InstanceKey, ModuleInstance, ModulePath, ProviderConfig, ProviderSource, Resource};
    use crate::change::{ActionReason, Change};

    fn change(index: u64) -> InstanceChange {
        let address = ResourceInstance {
            module: ModuleInstance::root(),
            resource: Resource::managed("a", "b"),
            key: InstanceKey::Index(index),
        };
        InstanceChange {
            address,
            previous_address: None,
            deposed: None,
            provider: ProviderConfig { module: ModulePath::root(), source: ProviderSource::builtin("x"), alias: None },
            change: Change { action: Action::Create, before: Value::untyped_null(), after: Value::empty_object() },
            action_reason: ActionReason::None,
            replace_paths: Vec::new(),
            reasons: Vec::new(),
            importing: None,
            generated_configuration: None,
            private: std::sync::Arc::from(&b""[..]),
        }
    }

    #[test]
    fn equal_changes_of_one_block_are_told_once() {
        let changes: Vec<InstanceChange> = (0..4).map(change).collect();
        let changes: Vec<&InstanceChange> = changes.iter().collect();
        let texts = changes.iter().map(|change| format!("  # {} will be created\n  + {{}}", change.address)).collect();
        assert_eq!(
            fold(&changes, texts, Paint(false)),
            ["  # a.b[0] will be created\n  + {}\n  # and 3 more in the same way: a.b[1] to a.b[3]"]
        );
    }
}
