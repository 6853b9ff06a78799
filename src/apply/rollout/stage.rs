//! What a stage does by itself, once the effects that belong to it have been had: on the way forward and on the way back.

use super::gate::{Gate, Members, Signals, summary};
use super::{Ending, Part, Passage, StageAnswer};
use crate::apply::run::{Active, Answer, Begun, Worker};
use crate::plan::GroupMove;
use crate::provider::{Target, Traffic, TrafficRole};
use crate::rollout::{Action, Fate, Generation, Group, Server};
use crate::state::Object;
use crate::value::{Text, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::time::Instant;

impl Worker<'_> {
    pub(in crate::apply) fn begin_stage(&mut self, step: usize) -> Begun {
        let Some(Part { rollout, stage, .. }) = self.rollouts.of_step.get(&step).copied() else { return Begun::Failed };
        let plan = self.rollouts.list[rollout].plan.clone();
        self.begin_action(step, rollout, &plan.stages[stage].action, false)
    }

    pub(super) fn begin_action(&mut self, step: usize, rollout: usize, action: &Action, is_back: bool) -> Begun {
        let plan = self.rollouts.list[rollout].plan.clone();
        let policy = plan.policy.clone();
        match action {
            // Their effects were steps of their own.
            Action::Create { .. }
            | Action::Destroy { .. }
            | Action::Register { group: Group::Configured, .. }
            | Action::RemoveGroup => return Begun::Succeeded,
            Action::Register { .. } if !plan.moves.is_empty() => return Begun::Succeeded,
            _ => {}
        }
        let Some(connection) = self.connections.get(&plan.provider).cloned() else { return Begun::Failed };
        let gate = Gate {
            rollout: plan.name.clone(),
            connection: connection.clone(),
            // Whoever stopped or aborted the rollout waits for the way back.
            signals: if is_back { watch::channel(Signals::default()).1 } else { self.rollouts.signals.subscribe() },
            probes: self.probes.clone(),
            deadline: policy
                .deadline
                .filter(|_| !is_back)
                .and_then(|longest| Some(self.rollouts.list[rollout].began? + longest)),
            step,
            lines: self.lines.clone(),
        };
        let token = self.rollouts.list[rollout].token();
        let moved = self.moved_groups(rollout);
        let shadows = if plan.moves.is_empty() { self.rollouts.list[rollout].shadows.clone() } else { moved.clone() };
        let task: futures::future::BoxFuture<'static, Answer> = match action {
            Action::AwaitHealthy { servers, group } => {
                // On the way back nobody waits for new ones.
                let servers = if is_back { servers.clone() } else { self.also_ready(rollout, servers, *group) };
                let members = self.members(rollout, &servers, *group);
                let (timeout, stable_for) = (policy.health_timeout, policy.stable_for);
                Box::pin(async move { gate.healthy(members, timeout, stable_for).await.into() })
            }
            Action::Hold { time } => {
                let (members, time, analysis) = (self.new_in_service(rollout), *time, policy.analysis);
                Box::pin(async move { gate.hold(members, time, analysis, false).await.into() })
            }
            Action::AwaitPromotion => {
                let limit = policy.promotion_limit();
                let (members, analysis) = (self.new_in_service(rollout), policy.analysis);
                Box::pin(async move { gate.hold(members, limit, analysis, true).await.into() })
            }
            Action::Drain { servers, group } => {
                let members = self.members(rollout, servers, *group);
                // Where the group is one of the configuration, its attachments have gone.
                let takes_out = *group == Group::Shadow && plan.moves.is_empty();
                let timeout = policy.drain_timeout;
                Box::pin(async move {
                    if takes_out && let Err(problem) = deregister(&*connection, &members).await {
                        return Passage::Failed(problem).into();
                    }
                    gate.drained(members, timeout).await.into()
                })
            }
            Action::Register { servers, .. } => {
                let members = self.members(rollout, servers, Group::Shadow);
                self.rollouts.list[rollout].now.apply(action);
                Box::pin(async move { passage(register(&*connection, &members).await).into() })
            }
            Action::MakeShadow if !plan.moves.is_empty() => {
                let running = &mut self.rollouts.list[rollout];
                running.now.apply(action);
                running.moved = moved.iter().map(|(group, next)| (group.to_string(), next.to_string())).collect();
                self.has_moved = true;
                Box::pin(async move { passage(join(&*connection, &moved).await).into() })
            }
            // Nothing forwards to both any more. What is left to tell of it is no reason to go back.
            Action::Adopt => Box::pin(async move {
                if let Err(problem) = leave(&*connection, &moved).await {
                    gate.tell(format!("traces of the change were left: {problem}"));
                }
                Passage::Passed.into()
            }),
            Action::RemoveShadow if !plan.moves.is_empty() => {
                Box::pin(async move { passage(leave(&*connection, &moved).await).into() })
            }
            Action::MakeShadow => {
                let groups = self.groups(rollout);
                let running = &mut self.rollouts.list[rollout];
                running.now.apply(action);
                running.groups = groups.iter().map(ToString::to_string).collect();
                self.has_moved = true;
                Box::pin(async move { Answer::Stage(make_shadows(&*connection, &groups, &token).await) })
            }
            Action::Shift { percent } => {
                let percent = *percent;
                if percent > 0 {
                    // From the first call on some of it may be so.
                    self.rollouts.list[rollout].now.apply(action);
                }
                Box::pin(async move { passage(weigh(&*connection, &shadows, percent).await).into() })
            }
            Action::Renew { how, .. } => {
                let Some(fleet) = self.fleet_object(rollout) else { return Begun::Failed };
                if !is_back {
                    self.rollouts.list[rollout].now.apply(action);
                }
                // What a dead run had begun may look the same, and leads elsewhere.
                let is_after_death = self.rollouts.list[rollout].ending.as_ref().is_some_and(Ending::is_death);
                let (how, analysis) = (how.clone(), if is_back { Vec::new() } else { policy.analysis });
                Box::pin(async move { gate.renewed(fleet, how, analysis, is_back && is_after_death).await.into() })
            }
            Action::RemoveShadow => {
                let groups = self.groups(rollout);
                Box::pin(async move { passage(remove_shadows(&*connection, &groups, &token).await).into() })
            }
            Action::Create { .. } | Action::Destroy { .. } | Action::RemoveGroup => return Begun::Succeeded,
        };
        self.active.insert(step, Active::Stage);
        Begun::Task(None, task)
    }

    /// New servers that were seen healthy in a group have to be so still, whenever others are waited for.
    fn also_ready(&self, rollout: usize, servers: &[Server], group: Group) -> Vec<Server> {
        let running = &self.rollouts.list[rollout];
        let is_new = |server: &Server| server.generation == Generation::New;
        let ready = running.now.ready.iter().filter(|(server, place)| *place == group && is_new(server));
        let all: BTreeSet<Server> = ready.map(|(server, _)| *server).chain(servers.iter().copied()).collect();
        all.into_iter().collect()
    }

    fn new_in_service(&self, rollout: usize) -> Members {
        let serving = |group: Group| self.also_ready(rollout, &[], group);
        let mut members = self.members(rollout, &serving(Group::Configured), Group::Configured);
        let running = &self.rollouts.list[rollout];
        if !running.shadows.is_empty() || !running.plan.moves.is_empty() {
            members.extend(self.members(rollout, &serving(Group::Shadow), Group::Shadow));
        }
        members
    }

    /// A fleet that the provider looks after, as the state has it now.
    pub(super) fn fleet_object(&self, rollout: usize) -> Option<Value> {
        let part = self.rollouts.list[rollout].plan.parts.first()?.server;
        let current = self.state.instance(&self.plan.changes[part as usize].address)?.current.clone()?;
        self.object_value(part, &current)
    }

    /// Groups that are left, and those that the members go to as far as they exist.
    pub(super) fn moved_groups(&self, rollout: usize) -> BTreeMap<Text, Text> {
        let moved = |group: &GroupMove| {
            let TrafficRole::Group { id } = self.role(group.to)? else { return None };
            let current = self.state.instance(&self.plan.changes[group.to as usize].address)?.current.clone()?;
            let next = self.object_value(group.to, &current)?.get(id)?.as_str()?.clone();
            (next != group.from).then(|| (group.from.clone(), next))
        };
        self.rollouts.list[rollout].plan.moves.iter().filter_map(moved).collect()
    }

    /// The groups that the fleet stands behind.
    fn groups(&self, rollout: usize) -> Vec<Text> {
        let plan = &self.rollouts.list[rollout].plan;
        let all = plan.parts.iter().flat_map(|parts| parts.old.iter().chain(&parts.new));
        let groups: BTreeSet<Text> = all.filter_map(|change| self.group_of(*change)).collect();
        groups.into_iter().collect()
    }

    fn group_of(&self, attachment: u32) -> Option<Text> {
        let change = &self.plan.changes[attachment as usize];
        let TrafficRole::Attachment { group, .. } = self.role(attachment)? else { return None };
        let of = |object: &Value| object.get(group)?.as_str().cloned();
        of(&change.change.after).or_else(|| of(&change.change.before))
    }

    pub(super) fn role(&self, change: u32) -> Option<TrafficRole> {
        let change = &self.plan.changes[change as usize];
        self.input.providers.get(&change.provider.source)?.traffic_role(&change.address.resource.kind)
    }

    /// Servers as members of the groups that they stand behind, or of those groups' shadows.
    fn members(&self, rollout: usize, servers: &[Server], place: Group) -> Members {
        let running = &self.rollouts.list[rollout];
        let mut members: BTreeMap<Text, Vec<(Target, String)>> = BTreeMap::new();
        for server in servers {
            let Some(id) = self.server_id(rollout, *server) else { continue };
            for attachment in running.plan.attachments(*server, place) {
                let Some((group, port)) = self.bond(rollout, *attachment, &id, place) else { continue };
                let group = match place {
                    _ if !running.plan.moves.is_empty() => group,
                    Group::Configured => group,
                    Group::Shadow => match running.shadows.get(&group) {
                        Some(shadow) => shadow.clone(),
                        None => continue,
                    },
                };
                let target = Target { id: id.clone(), port };
                members.entry(group).or_default().push((target, running.plan.fleet.label(*server)));
            }
        }
        members.into_iter().collect()
    }

    /// The id of one life of a server, if it exists or existed.
    pub(super) fn server_id(&self, rollout: usize, server: Server) -> Option<Text> {
        let running = &self.rollouts.list[rollout];
        if let Some(id) = running.ids.get(&server) {
            return Some(id.clone());
        }
        let part = running.plan.parts[server.member].server;
        let TrafficRole::Server { id, .. } = self.role(part)? else { return None };
        let change = &self.plan.changes[part as usize];
        let of = |object: &Value| object.get(id)?.as_str().cloned();
        let old = || of(&change.change.before);
        if server.generation == Generation::Old && running.plan.fleet.members[server.member].fate.has_old() {
            return old();
        }
        let current = self.state.instance(&change.address)?.current.clone()?;
        of(&self.object_value(part, &current)?).filter(|id| Some(id) != old().as_ref())
    }

    /// A saved object of a change's type.
    pub(super) fn object_value(&self, change: u32, object: &Object) -> Option<Value> {
        let change = &self.plan.changes[change as usize];
        let mut kinds = crate::plan::kind::Kinds::default();
        let kind = kinds.get(&self.input.providers, &change.provider.source, &change.address.resource)?;
        kind.decode(&change.address.to_string(), object).ok().map(|known| known.value.unmark_deep().0)
    }

    /// The group and the port with which an attachment holds a server, as it is or as it will be. Of a fleet whose group is replaced, those
    /// before or afterwards.
    fn bond(&self, rollout: usize, attachment: u32, server_id: &Text, place: Group) -> Option<(Text, Option<u16>)> {
        let TrafficRole::Attachment { server, group, port } = self.role(attachment)? else { return None };
        let change = &self.plan.changes[attachment as usize];
        let current = self.state.instance(&change.address).and_then(|instance| instance.current.clone());
        let current = current.and_then(|object| self.object_value(attachment, &object));
        let is_it = |object: &&Value| {
            object.get(server).and_then(Value::as_str) == Some(server_id) && self.is_at(rollout, object, group, place)
        };
        let planned = Some(&change.change.after);
        let object = [current.as_ref(), Some(&change.change.before), planned]
            .into_iter()
            .flatten()
            .find(is_it)
            .or(planned.filter(|after| !after.is_null()))?;
        // One that is gone already, or was never made, still says which group it is about.
        let moved = || {
            let former = change.change.before.get(group).and_then(Value::as_str);
            let moved = self.moved_groups(rollout);
            former.and_then(|group| moved.get(group).cloned()).or_else(|| moved.into_values().next())
        };
        let id = object.get(group).and_then(Value::as_str).cloned().or_else(moved)?;
        let port =
            port.and_then(|name| object.get(name)?.as_number()?.to_u64()).and_then(|port| u16::try_from(port).ok());
        Some((id, port))
    }

    /// Of a fleet whose group is replaced: whether an attachment stands for the group before or for the one afterwards.
    pub(super) fn is_at(&self, rollout: usize, attachment: &Value, group: &str, place: Group) -> bool {
        let moves = &self.rollouts.list[rollout].plan.moves;
        let is_left = || {
            let here = attachment.get(group).and_then(Value::as_str);
            moves.iter().any(|group| here == Some(&group.from))
        };
        moves.is_empty() || is_left() == (place == Group::Configured)
    }

    /// Notes the ids of servers while they can be told from the state.
    pub(super) fn note_ids(&mut self, rollout: usize) {
        let plan = self.rollouts.list[rollout].plan.clone();
        for member in 0..plan.parts.len() {
            let fate = plan.fleet.members[member].fate;
            let lives = [Server::old(member), Server::new(member)];
            for server in lives.into_iter().filter(|server| match server.generation {
                Generation::Old => fate.has_old(),
                Generation::New => fate != Fate::Keep && fate.makes_new(),
            }) {
                if let Some(id) = self.server_id(rollout, server) {
                    self.rollouts.list[rollout].ids.insert(server, id);
                }
            }
        }
    }

    pub(super) fn time_since_begin(&self, rollout: usize) -> std::time::Duration {
        self.rollouts.list[rollout].began.map_or_else(Default::default, |began| Instant::now() - began)
    }
}

fn passage(result: Result<(), String>) -> Passage {
    result.map_or_else(Passage::Failed, |()| Passage::Passed)
}

type Connected = dyn crate::provider::Connection;

fn traffic(connection: &Connected) -> Result<&dyn Traffic, String> {
    connection.traffic().ok_or_else(|| "the provider has no load balancer".to_owned())
}

async fn register(connection: &Connected, members: &Members) -> Result<(), String> {
    for (group, members) in members {
        let targets: Vec<Target> = members.iter().map(|(target, _)| target.clone()).collect();
        traffic(connection)?.register(group, &targets).await.map_err(|complaints| summary(&complaints))?;
    }
    Ok(())
}

async fn deregister(connection: &Connected, members: &Members) -> Result<(), String> {
    for (group, members) in members {
        let targets: Vec<Target> = members.iter().map(|(target, _)| target.clone()).collect();
        traffic(connection)?.deregister(group, &targets).await.map_err(|complaints| summary(&complaints))?;
    }
    Ok(())
}

async fn make_shadows(connection: &Connected, groups: &[Text], token: &Text) -> StageAnswer {
    let mut shadows = BTreeMap::new();
    for group in groups {
        let made = match traffic(connection) {
            Ok(traffic) => traffic.make_shadow(group, token).await.map_err(|complaints| summary(&complaints)),
            Err(problem) => Err(problem),
        };
        match made {
            Ok(shadow) => drop(shadows.insert(group.clone(), shadow)),
            Err(problem) => return StageAnswer { passage: Passage::Failed(problem), shadows },
        }
    }
    StageAnswer { passage: Passage::Passed, shadows }
}

async fn weigh(connection: &Connected, shadows: &BTreeMap<Text, Text>, percent: u8) -> Result<(), String> {
    for (group, shadow) in shadows {
        traffic(connection)?.weigh(group, shadow, percent).await.map_err(|complaints| summary(&complaints))?;
    }
    Ok(())
}

async fn remove_shadows(connection: &Connected, groups: &[Text], token: &Text) -> Result<(), String> {
    for group in groups {
        traffic(connection)?.remove_shadow(group, token).await.map_err(|complaints| summary(&complaints))?;
    }
    Ok(())
}

async fn join(connection: &Connected, groups: &BTreeMap<Text, Text>) -> Result<(), String> {
    for (group, next) in groups {
        traffic(connection)?.join(group, next).await.map_err(|complaints| summary(&complaints))?;
    }
    Ok(())
}

async fn leave(connection: &Connected, groups: &BTreeMap<Text, Text>) -> Result<(), String> {
    for (group, next) in groups {
        traffic(connection)?.leave(group, next).await.map_err(|complaints| summary(&complaints))?;
    }
    Ok(())
}

/// A saved object that several may hold.
pub(super) type Saved = Arc<Object>;
