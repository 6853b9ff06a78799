//! Handing the resources of one provider to another, as forks and moved registries need it.

use super::refusal::Refusal;
use super::state_edit::Editing;
use crate::addr::provider::parse_source;
use crate::addr::{ModuleResource, ProviderSource};
use crate::diag::{Diagnostic, Diagnostics};
use crate::state::v4::legacy_source;

/// The two sources of the command line.
pub fn parse_sources(from: &str, to: &str) -> Result<(ProviderSource, ProviderSource), Diagnostics> {
    let mut problems = Diagnostics::new();
    let mut read = |text: &str, which: &str| {
        let source = legacy_source(text).map_or_else(|| parse_source(text), Ok);
        source.map_err(|found| problems.push(invalid(which, text, &found))).ok()
    };
    let sources = (read(from, "from"), read(to, "to"));
    match sources {
        (Some(from), Some(to)) => Ok((from, to)),
        _ => Err(problems),
    }
}

fn invalid(which: &str, text: &str, found: &Diagnostics) -> Diagnostic {
    let reasons: Vec<_> = found.iter().map(|problem| format!("{}: {}", problem.summary, problem.detail)).collect();
    Diagnostic::error(format!("Invalid \"{which}\" provider {text:?}"), reasons.join("\n"))
}

/// The resources that would change hands.
pub fn affected(editing: &Editing, from: &ProviderSource) -> Vec<ModuleResource> {
    let resources = editing.state.resources.iter().filter(|(_, saved)| saved.provider.source == *from);
    resources.map(|(resource, _)| resource.clone()).collect()
}

/// Changes and saves.
pub fn replace(mut editing: Editing, from: &ProviderSource, to: &ProviderSource) -> Result<(), Refusal> {
    editing.state.replace_provider(from, to);
    editing.save()
}
