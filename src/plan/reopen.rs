//! A saved plan made ready to run: values evaluated again, providers connected, steps worked out.
//!
//! Nothing is planned again. Resources have the values that the plan gave them, so everything else comes out as it was reviewed.

use super::connection::configuration;
use super::ephemeral;
use super::evaluation::{Evaluation, expand};
use super::expansion::Expansion;
use super::kind::Kinds;
use super::make::{Planned, recheck_conditions};
use super::options::Input;
use super::rollout::rollouts_of;
use super::steps::steps;
use super::{Mode, Observer, Plan, Silence};
use crate::addr::parse::{Target, from_text, parse_target};
use crate::addr::{ConfigResource, ModuleResource, ProviderConfig, ResourceInstance, ResourceMode};
use crate::diag::Diagnostics;
use crate::graph::{Graph, Node, NodeId, Selection, build, provider_of_resource};
use crate::provider::Connection;
use crate::value::Value;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// The plan with all that running it needs. `input` holds the plan's own configuration and variables.
pub async fn reopen(plan: Plan, input: Arc<Input>, observer: &dyn Observer) -> Planned {
    open(plan, input, observer, true).await
}

/// The plan with its rollouts and steps, to be looked at: no provider is connected to.
pub async fn outline(plan: Plan, input: Arc<Input>) -> Option<Plan> {
    open(plan, input, &Silence, false).await.plan
}

async fn open(plan: Plan, input: Arc<Input>, observer: &dyn Observer, connects: bool) -> Planned {
    let providers: BTreeSet<ProviderConfig> = plan.changes.iter().map(|change| change.provider.clone()).collect();
    let graph = build(&input.config, &providers.into_iter().collect::<Vec<_>>());
    let mut reopening = Reopening {
        evaluation: Evaluation::new(input.clone()),
        values: plan
            .changes
            .iter()
            .filter(|it| it.deposed.is_none())
            .map(|it| (it.address.clone(), it.change.after.clone()))
            .collect(),
        kinds: Kinds::default(),
        connections: HashMap::new(),
        found: Diagnostics::new(),
        connects,
        input,
    };
    let order = match graph.order() {
        Ok(order) => order,
        Err(cycles) => {
            reopening.found.extend(cycles);
            return reopening.into_planned(plan, graph);
        }
    };
    let targets = |texts: &[String]| -> Vec<Target> {
        texts.iter().filter_map(|text| from_text(text, parse_target).ok()).collect()
    };
    let (targets, excludes) = (targets(&plan.targets), targets(&plan.excludes));
    let selection = match plan.mode {
        Mode::Destroy => Selection::for_destroying(&graph, &targets, &excludes, &plan.prior_state),
        _ => Selection::new(&graph, &targets, &excludes, &plan.prior_state),
    };
    for id in order.iter().filter(|id| selection.includes(**id)) {
        reopening.visit(graph.node(*id), &plan, observer).await;
    }
    let has_blocks = plan.mode != Mode::Destroy;
    let takes_part = |id: NodeId| selection.includes(id) && has_blocks;
    let rechecks = recheck_conditions(&reopening.input);
    let mut plan = plan;
    if plan.mode == Mode::Normal {
        // They follow from what was saved in the same way as they did.
        let (rollouts, problems) = rollouts_of(&reopening.evaluation, &graph, &order, &mut plan.changes);
        plan.rollouts = rollouts;
        reopening.found.extend(problems);
    }
    match steps(&graph, &order, &plan.changes, &plan.rollouts, &plan.prior_state, &takes_part, &rechecks) {
        Ok(made) => plan.steps = made,
        Err(cycle) => reopening.found.push(cycle),
    }
    drop(rechecks);
    reopening.into_planned(plan, graph)
}

struct Reopening {
    input: Arc<Input>,
    evaluation: Evaluation,
    values: HashMap<ResourceInstance, Value>,
    kinds: Kinds,
    connections: HashMap<ProviderConfig, Arc<dyn Connection>>,
    found: Diagnostics,
    connects: bool,
}

impl Reopening {
    fn into_planned(self, plan: Plan, graph: Graph) -> Planned {
        Planned {
            plan: Some(plan),
            evaluation: self.evaluation,
            graph,
            connections: self.connections,
            diagnostics: self.found,
        }
    }

    async fn visit(&mut self, node: &Node, plan: &Plan, observer: &dyn Observer) {
        match node {
            Node::Provider(_) if !self.connects => {}
            Node::Provider(provider) => self.connect(provider, plan).await,
            Node::Resource(resource) => self.resource(resource, plan, observer).await,
            // Checks have had their say; apply looks at them again where more is known.
            Node::Check(..) | Node::CheckStart | Node::Close(_) => {}
            node => self.found.extend(self.evaluation.evaluate(node)),
        }
    }

    async fn connect(&mut self, provider: &ProviderConfig, plan: &Plan) {
        let is_used = plan.changes.iter().any(|change| change.provider == *provider);
        if !is_used && self.input.config.may_do_without(&provider.source) {
            return;
        }
        let (configured, problems) = configuration(&self.evaluation, provider);
        self.found.extend(problems);
        let Some((kind, configuration)) = configured else { return };
        match kind.connect(configuration).await {
            Ok(connection) => drop(self.connections.insert(provider.clone(), connection)),
            Err(complaints) => self.found.extend(super::unlocated(complaints, &provider.to_string())),
        }
    }

    async fn resource(&mut self, resource: &ConfigResource, plan: &Plan, observer: &dyn Observer) {
        let config = self.input.config.clone();
        let Some(block) = config.resource(&resource.module, &resource.resource).cloned() else { return };
        for id in self.evaluation.instances(&resource.module).to_vec() {
            let expansion = match expand(&block.count, &block.for_each, &self.evaluation.place(id)) {
                Ok(expansion) => expansion,
                Err(problems) => {
                    self.found.extend(problems);
                    Expansion::Count(0)
                }
            };
            self.evaluation.values.expand_resource(id, &resource.resource, expansion.clone());
            let module = self.evaluation.values.module(id).address.clone();
            let in_module = ModuleResource { module, resource: resource.resource.clone() };
            if resource.resource.mode == ResourceMode::Ephemeral {
                let found = ephemeral::open_again(
                    &mut self.evaluation,
                    &mut self.kinds,
                    &self.connections,
                    &block,
                    id,
                    &in_module,
                    &expansion,
                    observer,
                );
                let found = found.await;
                self.found.extend(found);
                continue;
            }
            for key in expansion.keys() {
                let address = in_module.instance(key.clone());
                let value = self.values.remove(&address).or_else(|| self.recorded(&address, plan));
                if let Some(value) = value {
                    self.evaluation.values.set_instance(id, &resource.resource, key, value);
                }
            }
        }
    }

    /// What the plan did not touch is as it was recorded.
    fn recorded(&mut self, address: &ResourceInstance, plan: &Plan) -> Option<Value> {
        let object = plan.prior_state.instance(address)?.current.clone()?;
        let config = self.input.config.clone();
        let module = config.module(&address.module.path())?;
        let block = module.resources.get(&address.resource)?;
        let provider = provider_of_resource(&config, module, block);
        let kind = self.kinds.get(&self.input.providers, &provider.source, &address.resource)?;
        kind.decode(&address.to_string(), &object).ok().map(|known| known.value)
    }
}
