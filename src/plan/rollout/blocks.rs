//! `rollout` blocks of all modules, against the configuration.

use crate::addr::{ConfigResource, ModulePath};
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics};
use crate::graph::provider_of_resource;
use crate::plan::{Evaluation, Providers};
use crate::provider::TrafficRole;
use crate::rollout::{Written, read_rollouts, read_servers};

/// All blocks, with the values that a plan knows.
pub(super) fn written(evaluation: &Evaluation) -> (Vec<Written>, Diagnostics) {
    let mut all = Vec::new();
    let mut found = Diagnostics::new();
    for (path, module) in &evaluation.input.config.modules {
        if module.terrace.is_empty() {
            continue;
        }
        let Some(id) = evaluation.instances(path).first() else { continue };
        let (rollouts, problems) = read_rollouts(&module.terrace, path, &evaluation.place(*id), true);
        all.extend(rollouts);
        found.extend(problems);
    }
    (all, found)
}

/// Whether a change to a server of this module is a new server. The nearest `servers` block says so, from the module upwards; without any
/// it is.
pub fn servers_are_immutable(config: &Config, module: &ModulePath) -> bool {
    let says = |length: usize| {
        let module = config.module(&ModulePath(module.0[..length].to_vec()))?;
        read_servers(&module.terrace).0
    };
    (0..=module.0.len()).rev().find_map(says).unwrap_or(true)
}

pub(super) fn check_types(evaluation: &Evaluation, written: &[Written]) -> Diagnostics {
    written
        .iter()
        .flat_map(|written| check_written(&evaluation.input.config, &evaluation.input.providers, written))
        .collect()
}

/// Whether a block speaks of things that exist and are what they should be.
pub fn check_written(config: &Config, providers: &Providers, written: &Written) -> Diagnostics {
    let mut found = Diagnostics::new();
    let role = |resource: &ConfigResource| {
        let module = config.module(&resource.module)?;
        let block = module.resources.get(&resource.resource)?;
        let source = provider_of_resource(config, module, block).source;
        Some(providers.get(&source).and_then(|provider| provider.traffic_role(&resource.resource.kind)))
    };
    let undeclared = |resource: &ConfigResource| {
        let detail = format!("There is no {resource} in the configuration.");
        Diagnostic::error("Reference to undeclared resource", detail).at(written.span)
    };
    match role(&written.fleet) {
        None => found.push(undeclared(&written.fleet)),
        Some(Some(TrafficRole::Server { .. } | TrafficRole::Fleet)) => {}
        Some(_) => {
            let detail =
                format!("{} is no type of server that can stand behind a target group.", written.fleet.resource.kind);
            found.push(Diagnostic::error("Not a fleet of servers", detail).at(written.span));
        }
    }
    for group in &written.target_groups {
        match role(group) {
            None => found.push(undeclared(group)),
            Some(Some(TrafficRole::Group { .. })) => {}
            Some(_) => {
                let detail = format!("{} is no type of target group.", group.resource.kind);
                found.push(Diagnostic::error("Not a target group", detail).at(written.span));
            }
        }
    }
    found
}
