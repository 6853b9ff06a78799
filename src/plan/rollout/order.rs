//! Create first or destroy first: as the stages want it, whatever `lifecycle` says.

use super::{Rollout, paths};
use crate::change::{Action, InstanceChange};
use crate::graph::{Graph, Node, NodeId};
use crate::rollout::{self, Fate, Generation, Group};
use crate::value::Value;
use std::collections::{BTreeSet, HashMap};

/// When the halves of changes come, by stage.
#[derive(Default)]
struct Moments {
    made: HashMap<u32, usize>,
    gone: HashMap<u32, usize>,
}

pub(super) fn set_actions(rollout: &Rollout, changes: &mut [InstanceChange]) {
    let mut moments = Moments::default();
    for (position, stage) in rollout.stages.iter().enumerate() {
        for change in made_by(rollout, &stage.action) {
            moments.made.insert(change, position);
        }
        for change in destroyed_by(rollout, &stage.action) {
            moments.gone.insert(change, position);
        }
    }
    for (change, made) in &moments.made {
        let action = &mut changes[*change as usize].change.action;
        match moments.gone.get(change) {
            Some(gone) if action.is_replace() && gone < made => *action = Action::DeleteThenCreate,
            Some(_) if action.is_replace() => *action = Action::CreateThenDelete,
            _ => {}
        }
    }
}

/// Replacements that the fleet needs and that would destroy first: old servers use the one while new ones need the other, so they must be
/// there twice, as with `create_before_destroy`. Where two cannot be there under one name, the rollout cannot be.
pub(super) fn spread(graph: &Graph, rollout: &Rollout, changes: &[InstanceChange]) -> Result<Vec<u32>, String> {
    if rollout.moves.is_empty() && !rollout.stages.iter().any(|stage| stage.after.has_new()) {
        return Ok(Vec::new());
    }
    let inside = paths(graph, rollout, changes);
    let needed: BTreeSet<NodeId> =
        inside.iter().flat_map(|id| graph.ancestors(*id)).filter(|id| !inside.contains(id)).collect();
    let mut found = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        let is_needed = || {
            let node = graph.id(&Node::Resource(change.address.in_config()));
            node.is_some_and(|node| needed.contains(&node))
        };
        if change.change.action != Action::DeleteThenCreate || !is_needed() {
            continue;
        }
        let name = |object: &Value| object.get("name").and_then(Value::as_str).cloned();
        if let Some(name) = name(&change.change.before)
            && Some(&name) == super::text_of(&change.change.after, "name")
        {
            return Err(format!(
                "{} is replaced too, and old servers use it while new ones need its successor, but two cannot be there under the name \
                 {:?}. Use name_prefix, or another name, and create_before_destroy.",
                change.address, &*name
            ));
        }
        found.push(index as u32);
    }
    Ok(found)
}

/// Changes whose new objects a stage makes.
pub fn made_by(rollout: &Rollout, action: &rollout::Action) -> Vec<u32> {
    match action {
        rollout::Action::Create { servers } => {
            servers.iter().map(|server| rollout.parts[server.member].server).collect()
        }
        rollout::Action::Register { servers, group: Group::Configured } => servers
            .iter()
            .filter(|server| {
                server.generation == Generation::New || rollout.fleet.members[server.member].fate == Fate::Keep
            })
            .flat_map(|server| rollout.parts[server.member].new.iter().copied())
            .collect(),
        // The next group takes the place of a shadow.
        rollout::Action::Register { servers, .. } if !rollout.moves.is_empty() => {
            servers.iter().flat_map(|server| rollout.parts[server.member].new.iter().copied()).collect()
        }
        rollout::Action::Adopt => rollout.forwards.clone(),
        rollout::Action::Renew { servers, .. } => servers
            .iter()
            .filter(|server| server.generation == Generation::New)
            .map(|server| rollout.parts[server.member].server)
            .collect(),
        _ => Vec::new(),
    }
}

/// Changes whose old objects a stage destroys.
pub fn destroyed_by(rollout: &Rollout, action: &rollout::Action) -> Vec<u32> {
    match action {
        rollout::Action::Destroy { servers } => {
            servers.iter().map(|server| rollout.parts[server.member].server).collect()
        }
        rollout::Action::Drain { servers, group: Group::Configured } => {
            servers.iter().flat_map(|server| rollout.parts[server.member].old.iter().copied()).collect()
        }
        _ => Vec::new(),
    }
}
