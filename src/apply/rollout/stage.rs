//! What a stage does by itself, once the effects that belong to it have been had: on the way forward and on the way back.

use super::gate::{Gate, Members, Signals, summary};
use super::{Part, Passage, StageAnswer};
use crate::apply::run::{Active, Answer, Begun, Worker};
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
            Action::Create { .. } | Action::Destroy { .. } | Action::Register { group: Group::Configured, .. } => {
                return Begun::Succeeded;
            }
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
        let shadows = self.rollouts.list[rollout].shadows.clone();
        let task: futures::future::BoxFuture<'static, Answer> = match action {
            Action::AwaitHealthy { servers, group } => {
                let members = self.members(rollout, &self.also_ready(rollout, servers, *group), *group);
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
                let (timeout, takes_out) = (policy.drain_timeout, *group == Group::Shadow);
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
                let (how, analysis) = (how.clone(), if is_back { Vec::new() } else { policy.analysis });
                Box::pin(async move { gate.renewed(fleet, how, analysis).await.into() })
            }
            Action::RemoveShadow => {
                let groups = self.groups(rollout);
                Box::pin(async move { passage(remove_shadows(&*connection, &groups, &token).await).into() })
            }
            Action::Create { .. } | Action::Destroy { .. } => return Begun::Succeeded,
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
        if !self.rollouts.list[rollout].shadows.is_empty() {
            members.extend(self.members(rollout, &serving(Group::Shadow), Group::Shadow));
        }
        members
    }

    /// A fleet that the provider looks after, as the state has it now.
    fn fleet_object(&self, rollout: usize) -> Option<Value> {
        let part = self.rollouts.list[rollout].plan.parts.first()?.server;
        let current = self.state.instance(&self.plan.changes[part as usize].address)?.current.clone()?;
        self.object_value(part, &current)
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
            for attachment in running.plan.attachments(*server) {
                let Some((group, port)) = self.bond(*attachment, &id) else { continue };
                let group = match place {
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

    /// The group and the port with which an attachment holds a server, as it is or as it will be.
    fn bond(&self, attachment: u32, server_id: &Text) -> Option<(Text, Option<u16>)> {
        let TrafficRole::Attachment { server, group, port } = self.role(attachment)? else { return None };
        let change = &self.plan.changes[attachment as usize];
        let current = self.state.instance(&change.address).and_then(|instance| instance.current.clone());
        let current = current.and_then(|object| self.object_value(attachment, &object));
        let is_it = |object: &&Value| object.get(server).and_then(Value::as_str) == Some(server_id);
        let object = [current.as_ref(), Some(&change.change.before), Some(&change.change.after)]
            .into_iter()
            .flatten()
            .find(is_it)
            .or(Some(&change.change.after).filter(|after| !after.is_null()))?;
        let id = object.get(group)?.as_str().cloned()?;
        let port =
            port.and_then(|name| object.get(name)?.as_number()?.to_u64()).and_then(|port| u16::try_from(port).ok());
        Some((id, port))
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

/// A saved object that several may hold.
pub(super) type Saved = Arc<Object>;
