//! Which attachment puts which server behind which group.
//!
//! Old attachments say so themselves: they hold ids. What new ones will hold is not known before the servers exist, so the question is
//! put to the configuration: on a copy of all values, every server and group that is still to be made gets a mark as its id; the blocks
//! between them and the attachments are evaluated again, and the marks come out in the attachments' arguments. This follows locals,
//! functions, `for_each` and modules without knowing any of them.

use super::super::evaluation::expand;
use super::super::kind::Kinds;
use super::{Membership, text_of};
use crate::addr::{ConfigResource, ModuleResource, ResourceMode};
use crate::change::{Action, InstanceChange};
use crate::eval::decode::PreparedBody;
use crate::graph::{Graph, Node, NodeId};
use crate::plan::{Evaluation, Providers};
use crate::provider::TrafficRole;
use crate::value::{Text, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What the changes' types are to rollouts, by position; only those that have a role.
pub(super) struct Roles(BTreeMap<u32, TrafficRole>);

impl Roles {
    pub fn of(providers: &Providers, changes: &[InstanceChange]) -> Self {
        let mut known: HashMap<(&crate::addr::ProviderSource, &Text), Option<TrafficRole>> = HashMap::new();
        let mut roles = BTreeMap::new();
        for (index, change) in changes.iter().enumerate() {
            if change.address.resource.mode != ResourceMode::Managed {
                continue;
            }
            let (source, kind) = (&change.provider.source, &change.address.resource.kind);
            let ask = || providers.get(source).and_then(|provider| provider.traffic_role(kind));
            if let Some(role) = known.entry((source, kind)).or_insert_with(ask) {
                roles.insert(index as u32, *role);
            }
        }
        Self(roles)
    }

    pub fn role(&self, change: u32) -> Option<TrafficRole> {
        self.0.get(&change).copied()
    }

    /// Without one there is nothing to roll out.
    pub fn has_changing_servers(&self, changes: &[InstanceChange]) -> bool {
        self.with(|role| matches!(role, TrafficRole::Server { .. })).any(|index| {
            let action = changes[index as usize].change.action;
            action.is_replace() || matches!(action, Action::Create | Action::Delete)
        }) && self.with(|role| matches!(role, TrafficRole::Attachment { .. })).next().is_some()
    }

    /// Groups or attachments are made anew: members may go to another group.
    pub fn has_moving_members(&self, changes: &[InstanceChange]) -> bool {
        let changed = |wanted: fn(&TrafficRole) -> bool| {
            self.with(wanted).any(|index| {
                let change = &changes[index as usize];
                change.change.action.is_replace() || change.deposed.is_some()
            })
        };
        changed(|role| matches!(role, TrafficRole::Attachment { .. } | TrafficRole::Group { .. }))
    }

    pub fn with(&self, wanted: impl Fn(&TrafficRole) -> bool) -> impl Iterator<Item = u32> {
        self.0.iter().filter(move |(_, role)| wanted(role)).map(|(index, _)| *index)
    }

    pub fn membership(&self, attachment: u32) -> Option<Membership> {
        match self.role(attachment)? {
            TrafficRole::Attachment { server, group, port } => Some(Membership { server, group, port }),
            _ => None,
        }
    }

    fn id_name(&self, index: u32) -> Option<&'static str> {
        match self.role(index)? {
            TrafficRole::Server { id, .. } | TrafficRole::Group { id } => Some(id),
            _ => None,
        }
    }
}

/// One half of an attachment: this server stands behind this group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bond {
    pub attachment: u32,
    /// The server's change.
    pub server: u32,
    pub group: Group,
}

/// A group: one of the plan's, or one that only its id tells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Change(u32),
    Id(Text),
}

/// All bonds that exist and all that will exist.
#[derive(Debug, Default)]
pub(super) struct Bonds {
    pub old: Vec<Bond>,
    pub new: Vec<Bond>,
}

pub(super) fn bonds(
    evaluation: &Evaluation,
    graph: &Graph,
    order: &[NodeId],
    changes: &[InstanceChange],
    roles: &Roles,
) -> Bonds {
    let (before, after) = (Ids::before(changes, roles), Ids::after(changes, roles));
    let answers = new_attachments(evaluation, graph, order, changes, roles, &after);
    let mut bonds = Bonds::default();
    for index in roles.with(|role| matches!(role, TrafficRole::Attachment { .. })) {
        let (change, Some(membership)) = (&changes[index as usize], roles.membership(index)) else { continue };
        bonds.old.extend(before.bond(index, &change.change.before, &membership));
        if change.deposed.is_none() {
            let object = answers.get(&index).unwrap_or(&change.change.after);
            bonds.new.extend(after.bond(index, object, &membership));
        }
    }
    bonds
}

/// Servers and groups by id.
struct Ids {
    servers: HashMap<Text, u32>,
    groups: HashMap<Text, u32>,
}

impl Ids {
    fn before(changes: &[InstanceChange], roles: &Roles) -> Self {
        Self::new(roles, |index, name| text_of(&changes[index as usize].change.before, name).cloned())
    }

    /// With marks for ids that are not known yet.
    fn after(changes: &[InstanceChange], roles: &Roles) -> Self {
        Self::new(roles, |index, name| {
            let change = &changes[index as usize];
            let id = change.change.after.get(name).filter(|_| change.deposed.is_none())?;
            if id.is_known() { id.as_str().cloned() } else { Some(mark(index)) }
        })
    }

    fn new(roles: &Roles, id_of: impl Fn(u32, &'static str) -> Option<Text>) -> Self {
        let mut ids = Self { servers: HashMap::new(), groups: HashMap::new() };
        for index in roles.0.keys().copied() {
            let Some(id) = roles.id_name(index).and_then(|name| id_of(index, name)) else { continue };
            match roles.role(index) {
                Some(TrafficRole::Server { .. }) => ids.servers.insert(id, index),
                _ => ids.groups.insert(id, index),
            };
        }
        ids
    }

    fn bond(&self, attachment: u32, object: &Value, membership: &Membership) -> Option<Bond> {
        let server = *self.servers.get(text_of(object, membership.server)?)?;
        let id = text_of(object, membership.group)?;
        let group = self.groups.get(id).map_or_else(|| Group::Id(id.clone()), |index| Group::Change(*index));
        Some(Bond { attachment, server, group })
    }
}

/// No provider gives out such an id.
fn mark(index: u32) -> Text {
    format!("\u{1}{index}").into()
}

/// What attachments will hold, with marks, where the plan does not know.
fn new_attachments(
    evaluation: &Evaluation,
    graph: &Graph,
    order: &[NodeId],
    changes: &[InstanceChange],
    roles: &Roles,
    after: &Ids,
) -> HashMap<u32, Value> {
    let is_open = |index: &u32| {
        let after = &changes[*index as usize].change.after;
        let names = roles.membership(*index);
        changes[*index as usize].deposed.is_none()
            && names.is_some_and(|names| [names.server, names.group].iter().any(|name| is_unknown(after, name)))
    };
    let open: Vec<u32> = roles.with(|role| matches!(role, TrafficRole::Attachment { .. })).filter(is_open).collect();
    if open.is_empty() {
        return HashMap::new();
    }
    let mut trial = evaluation.clone();
    let mut marked: BTreeSet<NodeId> = BTreeSet::new();
    for index in after.servers.values().chain(after.groups.values()) {
        let (change, Some(name)) = (&changes[*index as usize], roles.id_name(*index)) else { continue };
        if is_unknown(&change.change.after, name) {
            let object = with_text(&change.change.after, name, mark(*index));
            trial.values.set_instance_at(&change.address, object);
            marked.extend(graph.id(&Node::Resource(change.address.in_config())));
        }
    }
    let dependents: BTreeSet<NodeId> = marked.iter().flat_map(|id| graph.descendants(*id)).collect();
    let mut blocks: BTreeMap<ConfigResource, Vec<u32>> = BTreeMap::new();
    for index in &open {
        blocks.entry(changes[*index as usize].address.in_config()).or_default().push(*index);
    }
    let mut answers = HashMap::new();
    let mut kinds = Kinds::default();
    for id in order.iter().filter(|id| dependents.contains(id)) {
        match graph.node(*id) {
            Node::Resource(resource) => {
                if let Some(indexes) = blocks.get(resource) {
                    ask(&mut trial, &mut kinds, resource, indexes, changes, &mut answers);
                }
            }
            // What is wrong with them has been said when the plan was made.
            node @ (Node::Variable(..) | Node::Local(..) | Node::Output(..) | Node::Call(_)) => {
                drop(trial.evaluate(node));
            }
            _ => {}
        }
    }
    answers
}

/// Evaluates the arguments of attachments of one block.
fn ask(
    trial: &mut Evaluation,
    kinds: &mut Kinds,
    resource: &ConfigResource,
    indexes: &[u32],
    changes: &[InstanceChange],
    answers: &mut HashMap<u32, Value>,
) {
    let Some(block) = trial.input.config.resource(&resource.module, &resource.resource).cloned() else { return };
    let source = &changes[indexes[0] as usize].provider.source;
    let Some(kind) = kinds.get(&trial.input.providers, source, &resource.resource) else { return };
    let body = PreparedBody::new(&block.body, kind.block());
    for id in trial.instances(&resource.module).to_vec() {
        let Ok(expansion) = expand(&block.count, &block.for_each, &trial.place(id)) else { continue };
        let module = trial.values.module(id).address.clone();
        let here = ModuleResource { module, resource: resource.resource.clone() };
        for index in indexes.iter().filter(|index| changes[**index as usize].address.in_module() == here) {
            let repetition = expansion.repetition(&changes[*index as usize].address.key);
            let (value, _) = body.evaluate(&trial.place(id).repeated(repetition));
            answers.insert(*index, value.unmark_deep().0);
        }
    }
}

fn is_unknown(object: &Value, name: &str) -> bool {
    object.get(name).is_some_and(|value| !value.is_known())
}

/// An object with another text at one attribute.
pub fn with_text(object: &Value, name: &str, text: Text) -> Value {
    let entries = object.as_entries().into_iter().flat_map(|entries| entries.iter());
    Value::object(entries.map(|(key, value)| {
        let value = if &**key == name { Value::string(text.clone()) } else { value.clone() };
        (key.clone(), value)
    }))
}
