//! Making a plan.

use super::evaluation::Evaluation;
use super::event::Observer;
use super::moved::{self, apply_moves, statements};
use super::options::{Input, Options};
use super::outputs::{output_changes, output_removals};
use super::rollout::{Rollout, rollouts_of};
use super::step::Steps;
use super::steps::steps;
use super::verdict::verdicts;
use super::walk::Walk;
use super::{Mode, Plan};
use crate::addr::{ConfigResource, ModulePath, ProviderConfig, ResourceInstance, ResourceMode};
use crate::change::{Action, ActionReason, InstanceChange, OutputChange};
use crate::config::{Config, RemoveTarget};
use crate::diag::{Diagnostic, Diagnostics};
use crate::graph::{Graph, Node, NodeId, Selection, build, contains};
use crate::provider::Connection;
use crate::state::State;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// A plan with what applying it in the same process can use.
pub struct Planned {
    /// Nothing where there is too little to show.
    pub plan: Option<Plan>,
    pub evaluation: Evaluation,
    pub graph: Graph,
    pub connections: HashMap<ProviderConfig, Arc<dyn Connection>>,
    pub diagnostics: Diagnostics,
}

/// Works out what has to be done.
pub async fn make(input: Arc<Input>, options: &Options, observer: &dyn Observer) -> Planned {
    let mut previous = input.state.clone();
    let moved = statements(&input.config);
    let (moves, mut found) = apply_moves(&moved, &input.config, &mut previous, &input.providers);
    let graph = build(&input.config, &providers_of(&previous));
    if !options.targets.is_empty() {
        found.push(targeting_warning());
        found.extend(moves_outside_of_targets(&moves, options));
    }
    let order = match graph.order() {
        Ok(order) => order,
        Err(cycles) => {
            found.extend(cycles);
            return nothing(input, graph, found);
        }
    };
    found.extend(still_declared(&input.config));
    if found.has_errors() {
        return nothing(input, graph, found);
    }
    let selection = match options.mode {
        Mode::Destroy => Selection::for_destroying(&graph, &options.targets, &options.excludes, &previous),
        _ => Selection::new(&graph, &options.targets, &options.excludes, &previous),
    };
    let mut walk = Walk::new(input.clone(), options, observer, graph, selection, previous, moves);
    walk.evaluation.conditions_only_warn = options.mode == Mode::RefreshOnly;
    walk.creates_first = creates_first(&walk.graph, &order, &input.config);
    walk.group_saved_objects();
    walk.run(&order).await;
    match options.mode {
        Mode::Destroy => walk.plan_destruction(),
        _ => {
            walk.plan_orphans_without_block();
            walk.import_without_block().await;
        }
    }
    found.extend(walk.take_diagnostics(&order));
    if options.preflight && options.refresh && !found.has_errors() {
        found.extend(walk.preflight().await);
    }
    walk.close_ephemeral().await;
    found.extend(walk.take_diagnostics(&order));
    if options.mode != Mode::Destroy {
        let invalid = moved::validate(&moved, &input.config, &walk.evaluation);
        if invalid.has_errors() {
            return Planned { plan: None, ..nothing(input, walk.graph, invalid) };
        }
    }
    finish(walk, &order, found)
}

fn nothing(input: Arc<Input>, graph: Graph, diagnostics: Diagnostics) -> Planned {
    Planned { plan: None, evaluation: Evaluation::new(input), graph, connections: HashMap::new(), diagnostics }
}

/// By node: whether replacing creates first. What a block that creates first needs must do so too, or there would be a cycle.
pub fn creates_first(graph: &Graph, order: &[NodeId], config: &Config) -> Vec<bool> {
    graph.inherited_by_dependencies(order, |node| {
        let block = node.resource().and_then(|resource| config.resource(&resource.module, &resource.resource));
        block.is_some_and(|block| block.lifecycle.create_before_destroy == Some(true))
    })
}

/// Configurations that recorded objects were made with.
fn providers_of(state: &State) -> Vec<ProviderConfig> {
    let managed = state.resources.iter().filter(|(resource, _)| resource.resource.mode == ResourceMode::Managed);
    managed.map(|(_, state)| state.provider.clone()).collect::<BTreeSet<_>>().into_iter().collect()
}

fn finish(mut walk: Walk<'_>, order: &[NodeId], mut found: Diagnostics) -> Planned {
    let options = walk.options;
    if !found.has_errors() {
        found.extend(walk.moves.warning());
    }
    let drift = walk.drift();
    let mut changes = std::mem::take(&mut walk.changes);
    changes.sort_by(|a, b| (&a.address, &a.deposed).cmp(&(&b.address, &b.deposed)));
    found.extend(forgotten_warning(&changes));
    let outputs = outputs_of(&walk);
    settle_outputs(&mut walk, &outputs);
    let rollouts = match options.mode {
        Mode::Normal if !found.has_errors() => {
            let (rollouts, problems) = rollouts_of(&walk.evaluation, &walk.graph, order, &mut changes);
            found.extend(problems);
            rollouts
        }
        _ => Vec::new(),
    };
    let made = match found.has_errors() {
        true => Ok(Steps::default()),
        false => steps_of(&walk, order, &changes, &rollouts),
    };
    let steps = made.unwrap_or_else(|cycle| {
        found.push(cycle);
        Steps::default()
    });
    let is_errored = found.has_errors();
    let is_different = match options.mode {
        Mode::RefreshOnly => differs(&walk.previous, &walk.prior) || outputs.iter().any(changes_output),
        _ => {
            changes.iter().any(|change| {
                change.change.action != Action::NoOp || change.previous_address.is_some() || change.importing.is_some()
            }) || outputs.iter().any(changes_output)
        }
    };
    let checks = walk.evaluation.checks.results();
    let of_children = match options.mode {
        Mode::Destroy => Vec::new(),
        _ => walk.evaluation.values.outputs_of_children(),
    };
    let relevant_attributes =
        super::relevant::relevant_attributes(&walk.input.config, &changes, &outputs, of_children.into_iter());
    let plan = Plan {
        mode: options.mode,
        outputs,
        drift,
        relevant_attributes,
        checks,
        previous_state: walk.previous,
        prior_state: walk.prior,
        variables: walk
            .input
            .variables
            .iter()
            .filter_map(|(name, given)| Some((name.clone(), given.value.clone()?)))
            .collect(),
        targets: options.targets.iter().map(ToString::to_string).collect(),
        excludes: options.excludes.iter().map(ToString::to_string).collect(),
        force_replace: options.force_replace.clone(),
        verdicts: verdicts(&changes, &walk.input.providers, &rollouts),
        rollouts,
        steps,
        is_errored,
        is_complete: !is_errored && options.targets.is_empty() && options.excludes.is_empty(),
        is_applyable: !is_errored && is_different,
        timestamp: walk.input.timestamp.clone(),
        changes,
    };
    Planned {
        plan: Some(plan),
        evaluation: walk.evaluation,
        graph: walk.graph,
        connections: walk.connections,
        diagnostics: found,
    }
}

fn changes_output(output: &OutputChange) -> bool {
    output.change.action != Action::NoOp
}

fn outputs_of(walk: &Walk<'_>) -> Vec<OutputChange> {
    match walk.options.mode {
        Mode::Destroy if walk.options.targets.is_empty() && walk.options.excludes.is_empty() => {
            output_removals(&walk.previous)
        }
        Mode::Destroy => Vec::new(),
        _ => output_changes(&walk.evaluation, &walk.previous, walk.selection.is_everything(), |name| {
            let node = Node::Output(crate::addr::ModulePath::root(), name.clone());
            walk.graph.id(&node).is_some_and(|id| walk.selection.includes(id))
        }),
    }
}

/// Outputs whose values are known are in the prior state already.
fn settle_outputs(walk: &mut Walk<'_>, outputs: &[OutputChange]) {
    for output in outputs {
        let after = &output.change.after;
        if output.change.action == Action::Delete || !after.is_wholly_known() {
            continue;
        }
        if after.is_null() {
            walk.prior.outputs.remove(&output.name);
            continue;
        }
        let declared = walk.input.config.root().outputs.get(&output.name);
        let value = crate::state::OutputValue {
            value: after.clone().unmark_deep().0,
            is_sensitive: declared.is_some_and(|declared| declared.is_sensitive()),
        };
        walk.prior.outputs.insert(output.name.clone(), value);
    }
}

fn steps_of(
    walk: &Walk<'_>,
    order: &[NodeId],
    changes: &[InstanceChange],
    rollouts: &[Rollout],
) -> Result<Steps, Diagnostic> {
    let rechecks = recheck_conditions(&walk.input);
    let takes_part = |id: NodeId| walk.selection.includes(id) && walk.options.mode != Mode::Destroy;
    steps(&walk.graph, order, changes, rollouts, &walk.prior, &takes_part, &rechecks)
}

/// Unchanged instances with conditions are looked at again while applying.
pub(super) fn recheck_conditions(input: &Input) -> impl Fn(&InstanceChange) -> bool + '_ {
    |change| {
        let block = input.config.resource(&change.address.module.path(), &change.address.resource);
        block.is_some_and(|block| {
            !block.lifecycle.preconditions.is_empty() || !block.lifecycle.postconditions.is_empty()
        })
    }
}

fn differs(a: &State, b: &State) -> bool {
    let is_same = a.resources.len() == b.resources.len()
        && a.resources.iter().zip(&b.resources).all(|((a_name, a), (b_name, b))| {
            a_name == b_name
                && a.instances.len() == b.instances.len()
                && a.instances.iter().zip(&b.instances).all(|((a_key, a), (b_key, b))| {
                    let same_object = match (&a.current, &b.current) {
                        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
                        (None, None) => true,
                        _ => false,
                    };
                    a_key == b_key && same_object && a.deposed.len() == b.deposed.len()
                })
        });
    !is_same
}

impl Walk<'_> {
    /// Every recorded object goes.
    fn plan_destruction(&mut self) {
        let objects: Vec<(ResourceInstance, ProviderConfig)> = self
            .previous
            .resources
            .iter()
            .flat_map(|(resource, state)| {
                state.instances.keys().map(|key| (resource.instance(key.clone()), state.provider.clone()))
            })
            .filter(|(address, _)| self.takes_part(address))
            .collect();
        for (address, provider) in objects {
            if address.resource.mode != ResourceMode::Managed {
                self.set_prior(&address, &provider, None);
                continue;
            }
            let provider = self.provider_in_use(&address, &provider);
            if self.connections.contains_key(&provider) {
                let found = self.destroy(&address, &provider);
                self.found_elsewhere.extend(found);
            }
        }
    }

    fn provider_in_use(&self, address: &ResourceInstance, recorded: &ProviderConfig) -> ProviderConfig {
        let module = self.input.config.module(&address.module.path());
        let block = module.and_then(|module| Some((module, module.resources.get(&address.resource)?)));
        block.map_or_else(
            || recorded.clone(),
            |(module, block)| crate::graph::provider_of_resource(&self.input.config, module, block),
        )
    }

    fn destroy(&mut self, address: &ResourceInstance, provider: &ProviderConfig) -> Diagnostics {
        let mut found = self.plan_deposed_of(address, provider);
        let (known, problems) = self.current(&(address.clone(), None));
        found.extend(problems);
        let Some(known) = known.filter(|_| !found.has_errors()) else {
            if !found.has_errors() {
                self.set_prior(address, provider, None);
            }
            return found;
        };
        self.keep_refreshed(address, provider, &known);
        let reason = ActionReason::None;
        found.extend(self.plan_removal(address, None, provider, known.value, known.private, Action::Delete, reason));
        let block = self.input.config.resource(&address.module.path(), &address.resource).cloned();
        found.extend(block.and_then(|block| super::resource::prevent_destroy(&block, address)));
        found
    }
}

/// `removed` blocks about what is still there.
fn still_declared(config: &Config) -> Diagnostics {
    let mut found = Diagnostics::new();
    for (path, module) in &config.modules {
        for removed in &module.removed {
            let inside = |inner: &ModulePath| ModulePath(path.0.iter().chain(&inner.0).cloned().collect());
            let (what, name, declared) = match &removed.from {
                RemoveTarget::Resource(resource) => {
                    let resource = ConfigResource { module: inside(&resource.module), ..resource.clone() };
                    let block = config.resource(&resource.module, &resource.resource);
                    ("resource", resource.to_string(), block.map(|block| block.span))
                }
                RemoveTarget::Module(module) => {
                    let module = inside(module);
                    let call = config.module(&module).and_then(|module| module.call.as_ref());
                    ("module", module.to_string(), call.map(|call| call.span))
                }
            };
            if let Some(span) = declared {
                let detail = format!(
                    "This statement declares that {name} was removed, but it is still declared in configuration."
                );
                found.push(Diagnostic::error(format!("Removed {what} still exists"), detail).at(span));
            }
        }
    }
    found
}

fn targeting_warning() -> Diagnostic {
    Diagnostic::warning(
        "Resource targeting is in effect",
        "You are creating a plan with the -target option, which means that the result of this plan may not represent all of the changes requested by the current configuration.\n\nThe -target option is not for routine use, and is provided only for exceptional situations such as recovering from errors or mistakes, or when Terraform specifically suggests to use it as part of an error message.",
    )
}

/// Moved objects must be targeted at both ends.
fn moves_outside_of_targets(moves: &moved::Moves, options: &Options) -> Option<Diagnostic> {
    let is_outside = |address: &&ResourceInstance| !options.targets.iter().any(|target| contains(target, address));
    let outside: BTreeSet<String> = moves
        .pairs()
        .flat_map(|(old, new)| [old, new])
        .filter(is_outside)
        .map(|address| address.in_module().to_string())
        .collect();
    if outside.is_empty() {
        return None;
    }
    let lines: String = outside.iter().map(|address| format!("\n  -target={}", crate::addr::quoted(address))).collect();
    Some(Diagnostic::error(
        "Moved resource instances excluded by targeting",
        format!(
            "Resource instances in your current state have moved to new addresses in the latest configuration. Terraform must include those resource instances while planning in order to ensure a correct result, but your -target=... options do not fully cover all of those resource instances.\n\nTo create a valid plan, either remove your -target=... options altogether or add the following additional target options:{lines}\n\nNote that adding these options may include further additional resource instances in your plan, in order to respect object dependencies."
        ),
    ))
}

fn forgotten_warning(changes: &[InstanceChange]) -> Option<Diagnostic> {
    let lines: Vec<String> = changes
        .iter()
        .filter(|change| change.change.action == Action::Forget)
        .map(|change| format!(" - {}", change.address))
        .collect();
    if lines.is_empty() {
        return None;
    }
    Some(Diagnostic::warning(
        "Some objects will no longer be managed by Terraform",
        format!(
            "If you apply this plan, Terraform will discard its tracking information for the following objects, but it will not delete them:\n{}\n\nAfter applying this plan, Terraform will no longer manage these objects. You will need to import them into Terraform to manage them again.",
            lines.join("\n")
        ),
    ))
}
