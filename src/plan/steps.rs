//! From changes to steps: what must wait for what.
//!
//! Creating and updating follow the references of the configuration. Destroying goes the other way round, by the dependencies that the
//! state recorded when the objects were made: what needs an object goes first. Where creating comes first, an old object goes when
//! everything that used it has been updated.

mod staged;

use super::rollout::Rollout;
use super::step::{StepId, StepKind, Steps};
use crate::addr::{ConfigResource, ModuleInstance};
use crate::change::{Action, InstanceChange};
use crate::diag::Diagnostic;
use crate::graph::{Graph, Node, NodeId};
use crate::state::{Object, State};
use staged::Staged;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The steps of a plan. `rechecks` says of which unchanged instances the conditions are looked at again.
pub fn steps(
    graph: &Graph,
    order: &[NodeId],
    changes: &[InstanceChange],
    rollouts: &[Rollout],
    prior: &State,
    takes_part: &dyn Fn(NodeId) -> bool,
    rechecks: &dyn Fn(&InstanceChange) -> bool,
) -> Result<Steps, Diagnostic> {
    let mut building = Building::empty(graph, changes, rollouts, prior);
    building.group_changes();
    for id in order.iter().filter(|id| takes_part(**id)) {
        building.add_node(*id, rechecks);
    }
    building.add_removals();
    building.connect_removals();
    building.add_stages();
    building.steps.sorted().map_err(|stuck| cycle(&stuck, changes))
}

struct Building<'a> {
    graph: &'a Graph,
    changes: &'a [InstanceChange],
    rollouts: &'a [Rollout],
    staged: Staged,
    prior: &'a State,
    steps: Steps,
    /// When a node is through, if it is not from the beginning.
    done: HashMap<NodeId, StepId>,
    /// The same for the part of a resource block in one instance of its module.
    done_in: HashMap<(NodeId, ModuleInstance), StepId>,
    /// Changes of current objects by block, then by module instance.
    of_block: HashMap<ConfigResource, BTreeMap<ModuleInstance, Vec<u32>>>,
    applies: HashMap<u32, StepId>,
    destroys: HashMap<u32, StepId>,
}

/// Objects of a resource: in one instance of its module or everywhere.
type Place = (ConfigResource, Option<ModuleInstance>);

impl<'a> Building<'a> {
    fn empty(graph: &'a Graph, changes: &'a [InstanceChange], rollouts: &'a [Rollout], prior: &'a State) -> Self {
        Self {
            graph,
            changes,
            rollouts,
            staged: Staged::of(rollouts, changes, prior),
            prior,
            steps: Steps::default(),
            done: HashMap::new(),
            done_in: HashMap::new(),
            of_block: HashMap::new(),
            applies: HashMap::new(),
            destroys: HashMap::new(),
        }
    }

    fn group_changes(&mut self) {
        for (index, change) in self.changes.iter().enumerate().filter(|(_, change)| change.deposed.is_none()) {
            let in_block = self.of_block.entry(change.address.in_config()).or_default();
            in_block.entry(change.address.module.clone()).or_default().push(index as u32);
        }
    }

    fn add_node(&mut self, id: NodeId, rechecks: &dyn Fn(&InstanceChange) -> bool) {
        let needed: BTreeSet<StepId> =
            self.graph.dependencies(id).filter_map(|id| self.done.get(&id).copied()).collect();
        match self.graph.node(id) {
            Node::Resource(resource) => self.add_block(id, &resource.clone(), needed, rechecks),
            Node::Close(_) | Node::CheckStart => {
                let label = self.graph.node(id).to_string();
                if let Some(step) = self.joint(needed, || label) {
                    self.done.insert(id, step);
                }
            }
            // Checks are looked at in every run, as what they look at may be anywhere.
            node if !needed.is_empty() || matches!(node, Node::Check(..)) => {
                let kind = StepKind::Evaluate { node: node.clone() };
                let step = self.steps.push(kind, needed.into_iter().collect());
                self.done.insert(id, step);
            }
            _ => {}
        }
    }

    /// One step to wait for instead of several.
    fn joint(&mut self, needed: BTreeSet<StepId>, label: impl FnOnce() -> String) -> Option<StepId> {
        match needed.len() {
            0 | 1 => needed.first().copied(),
            _ => Some(self.steps.push(StepKind::Joint { label: label() }, needed.into_iter().collect())),
        }
    }

    fn add_block(
        &mut self,
        id: NodeId,
        resource: &ConfigResource,
        needed: BTreeSet<StepId>,
        rechecks: &dyn Fn(&InstanceChange) -> bool,
    ) {
        let groups = self.of_block.get(resource).cloned().unwrap_or_default();
        let mut needed = needed;
        if !needed.is_empty()
            && groups.values().flatten().any(|index| is_applied(&self.changes[*index as usize], rechecks))
        {
            // What `count.index` and `each.value` are may only be known by then.
            let kind = StepKind::Evaluate { node: Node::Resource(resource.clone()) };
            let step = self.steps.push(kind, needed.iter().copied().collect());
            if groups.len() <= 1 {
                needed = BTreeSet::from([step]);
            } else {
                needed = BTreeSet::new();
                self.done.insert(id, step);
            }
        }
        let mut all_done = needed.clone();
        for (module, indexes) in groups {
            let mut before = needed.clone();
            before.extend(self.needed_in(id, resource, &module));
            let entry = self.joint(before, || format!("{resource} (ready)"));
            let mut through: BTreeSet<StepId> = BTreeSet::new();
            for index in indexes {
                let change = &self.changes[index as usize];
                if !is_applied(change, rechecks) {
                    continue;
                }
                let kind = match change.change.action {
                    Action::Read => StepKind::Read { change: index },
                    _ => StepKind::Apply { change: index },
                };
                // In a rollout the stage says when.
                let first = entry.filter(|_| !self.staged.made.contains(&index));
                let step = self.steps.push(kind, first.into_iter().collect());
                self.applies.insert(index, step);
                through.insert(step);
            }
            if through.is_empty() {
                through.extend(entry);
            }
            if let Some(step) = self.joint(through, || format!("{resource} (done)")) {
                self.done_in.insert((id, module), step);
                all_done.insert(step);
            }
        }
        self.done.remove(&id);
        if let Some(step) = self.joint(all_done, || resource.to_string()) {
            self.done.insert(id, step);
        }
    }

    /// What the instances in one module instance wait for: of resources in the same module only their part in the same instance.
    fn needed_in(&self, id: NodeId, resource: &ConfigResource, module: &ModuleInstance) -> Vec<StepId> {
        let own = self.done.get(&id).copied();
        let others = self.graph.dependencies(id).filter_map(|needed| match self.graph.node(needed) {
            Node::Resource(other) if other.module == resource.module && !resource.module.is_root() => {
                self.done_in.get(&(needed, module.clone())).copied()
            }
            _ => self.done.get(&needed).copied(),
        });
        // Where there is one module instance, all of it is in `own` or in what the caller has already.
        own.into_iter().chain(others).collect()
    }

    fn object_of(&self, change: &InstanceChange) -> Option<&Object> {
        object_of(change, self.prior)
    }

    fn add_removals(&mut self) {
        for (index, change) in self.changes.iter().enumerate() {
            let index = index as u32;
            match change.change.action {
                Action::Forget => {
                    self.steps.push(StepKind::Forget { change: index }, Vec::new());
                }
                action if action == Action::Delete || action.is_replace() => {
                    let kind = match action {
                        Action::ForgetThenCreate => StepKind::Forget { change: index },
                        _ => StepKind::Destroy { change: index },
                    };
                    let step = self.steps.push(kind, Vec::new());
                    self.destroys.insert(index, step);
                }
                _ => {}
            }
        }
    }

    fn creates_first(&self, change: &InstanceChange) -> bool {
        match change.change.action {
            Action::CreateThenDelete => true,
            Action::Delete if change.deposed.is_some() => true,
            Action::Delete => {
                self.object_of(change).is_some_and(|object| object.create_before_destroy)
                    || self.staged.goes_late(change)
            }
            _ => false,
        }
    }

    fn connect_removals(&mut self) {
        // For each resource that something needs: what that is. Joints for it are made when somebody waits for them.
        let mut users = Users::default();
        let mut indexes: Vec<u32> = self.destroys.keys().chain(self.applies.keys()).copied().collect();
        indexes.sort_unstable();
        indexes.dedup();
        for index in &indexes {
            let change = &self.changes[*index as usize];
            let Some(object) = self.object_of(change) else { continue };
            let (destroy, apply) = (self.destroys.get(index).copied(), self.applies.get(index).copied());
            // What an old server of a rollout uses is there, and as it will be, before that server goes.
            let goes_early = !self.creates_first(change) && !self.staged.destroyed.contains(index);
            let group = users.group(&change.address.module, &object.dependencies);
            if let Some(step) = destroy {
                users.groups[group].destroys.push(step);
                if goes_early {
                    users.groups[group].destroys_early.push(step);
                }
            }
            if let Some(step) = apply.filter(|_| change.change.action != Action::NoOp) {
                users.groups[group].applies.push(step);
            }
        }
        let joints = users.joints(&mut self.steps);
        self.connect_replacements();
        for index in indexes {
            let change = &self.changes[index as usize];
            let (destroy, apply) = (self.destroys.get(&index).copied(), self.applies.get(&index).copied());
            let creates_first = self.creates_first(change);
            let here = change.address.in_config();
            for place in [(here.clone(), None), (here.clone(), Some(change.address.module.clone()))] {
                let Some(joint) = joints.get(&place) else { continue };
                if let Some(step) = destroy.filter(|_| !self.staged.goes_early(index)) {
                    self.wait(step, joint.destroys);
                    if creates_first {
                        self.wait(step, joint.applies);
                    }
                }
                let is_staged = self.staged.made.contains(&index);
                if let Some(step) = apply.filter(|_| change.change.action != Action::NoOp && !is_staged) {
                    self.wait(step, joint.destroys_early);
                }
            }
        }
        self.connect_users_to_destroyed();
        self.connect_late_destroys();
    }

    /// The two halves of a replacement.
    fn connect_replacements(&mut self) {
        let pairs: Vec<(u32, StepId, StepId)> = self
            .destroys
            .iter()
            .filter_map(|(index, destroy)| Some((*index, *destroy, *self.applies.get(index)?)))
            .collect();
        for (index, destroy, apply) in pairs {
            match self.changes[index as usize].change.action {
                Action::CreateThenDelete => self.wait(destroy, Some(apply)),
                _ => self.wait(apply, Some(destroy)),
            }
        }
    }

    /// An update waits until what its object used before is gone, where that goes early.
    fn connect_users_to_destroyed(&mut self) {
        let mut gone: BTreeMap<Place, BTreeSet<StepId>> = BTreeMap::new();
        for (index, step) in &self.destroys {
            let change = &self.changes[*index as usize];
            if !self.creates_first(change) {
                let resource = change.address.in_config();
                gone.entry((resource.clone(), None)).or_default().insert(*step);
                gone.entry((resource, Some(change.address.module.clone()))).or_default().insert(*step);
            }
        }
        if gone.is_empty() {
            return;
        }
        let mut joints: HashMap<Place, StepId> = HashMap::new();
        for (place, steps) in gone {
            let label = format!("{} (destroyed)", place.0);
            joints.extend(self.joint(steps, || label).map(|step| (place, step)));
        }
        let mut applies: Vec<(u32, StepId)> = self.applies.iter().map(|(index, step)| (*index, *step)).collect();
        applies.sort_unstable();
        for (index, step) in applies {
            let change = &self.changes[index as usize];
            let is_left = change.change.action == Action::NoOp || self.staged.made.contains(&index);
            let Some(object) = self.object_of(change).filter(|_| !is_left) else { continue };
            let waits: Vec<StepId> = object
                .dependencies
                .iter()
                .filter_map(|needed| joints.get(&place_of(needed, &change.address.module)).copied())
                .collect();
            waits.into_iter().for_each(|earlier| self.wait(step, Some(earlier)));
        }
    }

    /// An old object that goes late waits for what is made instead of what it used.
    fn connect_late_destroys(&mut self) {
        let mut made: BTreeMap<Place, BTreeSet<StepId>> = BTreeMap::new();
        for (index, step) in &self.applies {
            let change = &self.changes[*index as usize];
            if !matches!(change.change.action, Action::NoOp | Action::Read) {
                let resource = change.address.in_config();
                made.entry((resource.clone(), None)).or_default().insert(*step);
                made.entry((resource, Some(change.address.module.clone()))).or_default().insert(*step);
            }
        }
        let mut destroys: Vec<(u32, StepId)> = self.destroys.iter().map(|(index, step)| (*index, *step)).collect();
        destroys.sort_unstable();
        let mut joints: HashMap<Place, StepId> = HashMap::new();
        for (index, step) in destroys {
            let change = &self.changes[index as usize];
            if !self.creates_first(change) || self.staged.destroyed.contains(&index) {
                continue;
            }
            let Some(object) = self.object_of(change) else { continue };
            let places: Vec<Place> =
                object.dependencies.iter().map(|needed| place_of(needed, &change.address.module)).collect();
            for place in places {
                let joint = match (joints.get(&place), made.get(&place)) {
                    (Some(joint), _) => Some(*joint),
                    (None, Some(steps)) => {
                        let label = format!("{} (made)", place.0);
                        let joint = self.joint(steps.clone(), || label);
                        joints.extend(joint.map(|joint| (place, joint)));
                        joint
                    }
                    (None, None) => None,
                };
                self.wait(step, joint);
            }
        }
    }

    fn wait(&mut self, step: StepId, earlier: Option<StepId>) {
        let Some(earlier) = earlier.filter(|earlier| *earlier != step) else { return };
        let after = &mut self.steps.0[step.0 as usize].after;
        if !after.contains(&earlier) {
            after.push(earlier);
        }
    }
}

/// What a change is about, as the state has it.
fn object_of<'a>(change: &InstanceChange, prior: &'a State) -> Option<&'a Object> {
    let instance = prior.instance(&change.address)?;
    match &change.deposed {
        Some(key) => instance.deposed.get(key).map(|object| &**object),
        None => instance.current.as_deref(),
    }
}

/// Steps on objects that were recorded with the same dependencies, in one instance of a module.
struct Group {
    module: ModuleInstance,
    dependencies: Vec<ConfigResource>,
    destroys: Vec<StepId>,
    /// Of those, the ones that do not wait for creating.
    destroys_early: Vec<StepId>,
    applies: Vec<StepId>,
}

#[derive(Default)]
struct Users {
    groups: Vec<Group>,
    index: HashMap<(ModuleInstance, Vec<ConfigResource>), usize>,
}

/// What has to be through before something may happen to a resource.
#[derive(Clone, Copy, Default)]
struct Joints {
    destroys: Option<StepId>,
    destroys_early: Option<StepId>,
    applies: Option<StepId>,
}

impl Users {
    fn group(&mut self, module: &ModuleInstance, dependencies: &[ConfigResource]) -> usize {
        let key = (module.clone(), dependencies.to_vec());
        *self.index.entry(key).or_insert_with(|| {
            self.groups.push(Group {
                module: module.clone(),
                dependencies: dependencies.to_vec(),
                destroys: Vec::new(),
                destroys_early: Vec::new(),
                applies: Vec::new(),
            });
            self.groups.len() - 1
        })
    }

    fn joints(&self, steps: &mut Steps) -> HashMap<Place, Joints> {
        let mut through: BTreeMap<Place, [BTreeSet<StepId>; 3]> = BTreeMap::new();
        let mut joint = |found: &[StepId], label: &str| match found {
            [] => None,
            [one] => Some(*one),
            many => Some(steps.push(StepKind::Joint { label: label.to_owned() }, many.to_vec())),
        };
        for group in &self.groups {
            let ends = [
                joint(&group.destroys, "dependents destroyed"),
                joint(&group.destroys_early, "dependents destroyed"),
                joint(&group.applies, "dependents updated"),
            ];
            for needed in &group.dependencies {
                let sets = through.entry(place_of(needed, &group.module)).or_default();
                for (set, end) in sets.iter_mut().zip(ends) {
                    set.extend(end);
                }
            }
        }
        let mut joints = HashMap::new();
        for (place, [destroys, early, applies]) in through {
            let mut one = |set: BTreeSet<StepId>| {
                let set: Vec<StepId> = set.into_iter().collect();
                match set.as_slice() {
                    [] => None,
                    [one] => Some(*one),
                    _ => Some(steps.push(StepKind::Joint { label: format!("{} (unused)", place.0) }, set)),
                }
            };
            let made = Joints { destroys: one(destroys), destroys_early: one(early), applies: one(applies) };
            joints.insert(place, made);
        }
        joints
    }
}

/// Objects in other instances of one's own module have nothing to do with one.
fn place_of(needed: &ConfigResource, module: &ModuleInstance) -> Place {
    let is_same_module = !module.is_root() && needed.module == module.path();
    (needed.clone(), is_same_module.then(|| module.clone()))
}

/// Whether the creating or updating half of a change, or a look at its conditions, is a step.
fn is_applied(change: &InstanceChange, rechecks: &dyn Fn(&InstanceChange) -> bool) -> bool {
    match change.change.action {
        Action::Create | Action::Update | Action::Read => true,
        Action::NoOp => rechecks(change) || change.importing.is_some(),
        action => action.is_replace(),
    }
}

fn cycle(stuck: &[StepKind], changes: &[InstanceChange]) -> Diagnostic {
    let names = stuck.iter().filter_map(|kind| match kind {
        StepKind::Apply { change } | StepKind::Read { change } => Some(changes[*change as usize].address.to_string()),
        StepKind::Destroy { change } => Some(format!("{} (destroy)", changes[*change as usize].address)),
        StepKind::Evaluate { node } => Some(node.to_string()),
        _ => None,
    });
    Diagnostic::error(format!("Cycle: {}", names.collect::<Vec<_>>().join(", ")), "")
}
