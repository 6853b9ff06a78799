//! Which recorded objects a destroy is about.
//!
//! A target takes with it all that needs it, as recorded: what would otherwise hang in the air, or keep the target from going. What is
//! excluded keeps all that it needs.

use super::select::contains;
use crate::addr::parse::Target;
use crate::addr::{ConfigResource, ModuleInstance, ResourceInstance};
use crate::state::State;
use std::collections::{BTreeMap, BTreeSet};

/// The objects that go.
pub(super) fn to_destroy(state: &State, targets: &[Target], excludes: &[Target]) -> BTreeSet<ResourceInstance> {
    let objects = Objects::of(state);
    let is_named = |names: &[Target]| {
        let is_one = |address: &ResourceInstance| names.iter().any(|name| contains(name, address));
        (0..objects.all.len()).filter(|index| is_one(&objects.all[*index].address)).collect::<Vec<_>>()
    };
    let going: BTreeSet<usize> = match targets {
        [] => (0..objects.all.len()).collect(),
        _ => objects.with_reachable(is_named(targets), Objects::users),
    };
    let kept = objects.with_reachable(is_named(excludes), Objects::needed);
    going.difference(&kept).map(|index| objects.all[*index].address.clone()).collect()
}

struct Recorded<'a> {
    address: ResourceInstance,
    dependencies: BTreeSet<&'a ConfigResource>,
}

/// All recorded objects, found by their blocks and by the blocks that they need.
struct Objects<'a> {
    all: Vec<Recorded<'a>>,
    by_block: BTreeMap<ConfigResource, Vec<usize>>,
    by_dependency: BTreeMap<&'a ConfigResource, Vec<usize>>,
}

impl<'a> Objects<'a> {
    fn of(state: &'a State) -> Self {
        let mut objects = Self { all: Vec::new(), by_block: BTreeMap::new(), by_dependency: BTreeMap::new() };
        for (resource, recorded) in &state.resources {
            for (key, instance) in &recorded.instances {
                let generations = instance.current.iter().chain(instance.deposed.values());
                let dependencies: BTreeSet<_> = generations.flat_map(|object| &object.dependencies).collect();
                let index = objects.all.len();
                let address = resource.instance(key.clone());
                objects.by_block.entry(address.in_config()).or_default().push(index);
                dependencies.iter().for_each(|needed| objects.by_dependency.entry(needed).or_default().push(index));
                objects.all.push(Recorded { address, dependencies });
            }
        }
        objects
    }

    /// What needs an object.
    fn users(&self, index: usize) -> Vec<usize> {
        let address = &self.all[index].address;
        let users = self.by_dependency.get(&address.in_config()).into_iter().flatten().copied();
        users.filter(|user| is_meant(&self.all[*user].address.module, &address.module)).collect()
    }

    /// What an object needs.
    fn needed(&self, index: usize) -> Vec<usize> {
        let Recorded { address, dependencies } = &self.all[index];
        let needed = dependencies.iter().filter_map(|block| self.by_block.get(*block)).flatten().copied();
        needed.filter(|needed| is_meant(&address.module, &self.all[*needed].address.module)).collect()
    }

    fn with_reachable(&self, start: Vec<usize>, next: fn(&Self, usize) -> Vec<usize>) -> BTreeSet<usize> {
        let mut reached: BTreeSet<usize> = start.iter().copied().collect();
        let mut open = start;
        while let Some(index) = open.pop() {
            open.extend(next(self, index).into_iter().filter(|next| reached.insert(*next)));
        }
        reached
    }
}

/// Objects in other instances of one's own module have nothing to do with one.
fn is_meant(user: &ModuleInstance, needed: &ModuleInstance) -> bool {
    user == needed || user.path() != needed.path()
}
