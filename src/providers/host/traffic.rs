//! The host's side of a rollout: each question goes to the agent, which keeps the answer's effect in its record.

use super::connection::{Host, misunderstood};
use super::protocol::{Answer, MemberHealth, Request, TrafficRequest};
use crate::provider::{Complaint, Health, Target, Traffic};
use crate::value::Text;
use async_trait::async_trait;

#[async_trait]
impl Traffic for Host {
    async fn register(&self, group: &Text, members: &[Target]) -> Result<(), Vec<Complaint>> {
        self.done(TrafficRequest::Register { group: group.to_string(), servers: ids(members) }).await
    }

    async fn deregister(&self, group: &Text, members: &[Target]) -> Result<(), Vec<Complaint>> {
        self.done(TrafficRequest::Deregister { group: group.to_string(), servers: ids(members) }).await
    }

    async fn health(&self, group: &Text, members: &[Target]) -> Result<Vec<Health>, Vec<Complaint>> {
        match self.direct(TrafficRequest::Health { group: group.to_string(), servers: ids(members) }).await? {
            Answer::Health(states) => Ok(states.into_iter().map(health).collect()),
            _ => Err(vec![misunderstood()]),
        }
    }

    async fn weigh(&self, group: &Text, shadow: &Text, shadow_percent: u8) -> Result<(), Vec<Complaint>> {
        let (group, shadow) = (group.to_string(), shadow.to_string());
        self.done(TrafficRequest::Weigh { group, shadow, percent: shadow_percent }).await
    }

    async fn make_shadow(&self, group: &Text, token: &Text) -> Result<Text, Vec<Complaint>> {
        match self.direct(TrafficRequest::MakeShadow { group: group.to_string(), token: token.to_string() }).await? {
            Answer::Text(id) => Ok(id.into()),
            _ => Err(vec![misunderstood()]),
        }
    }

    async fn remove_shadow(&self, _group: &Text, token: &Text) -> Result<(), Vec<Complaint>> {
        self.done(TrafficRequest::RemoveShadow { token: token.to_string() }).await
    }

    async fn join(&self, group: &Text, next: &Text) -> Result<(), Vec<Complaint>> {
        self.done(TrafficRequest::Join { group: group.to_string(), next: next.to_string() }).await
    }

    async fn leave(&self, group: &Text, next: &Text) -> Result<(), Vec<Complaint>> {
        self.done(TrafficRequest::Leave { group: group.to_string(), next: next.to_string() }).await
    }
}

impl Host {
    async fn direct(&self, request: TrafficRequest) -> Result<Answer, Vec<Complaint>> {
        self.client.ask(&Request::Traffic(request)).await.map_err(|complaint| vec![complaint])
    }

    async fn done(&self, request: TrafficRequest) -> Result<(), Vec<Complaint>> {
        match self.direct(request).await? {
            Answer::Done { .. } => Ok(()),
            _ => Err(vec![misunderstood()]),
        }
    }
}

/// A server of the host serves at one port, which it knows itself.
fn ids(members: &[Target]) -> Vec<String> {
    members.iter().map(|member| member.id.to_string()).collect()
}

fn health(state: MemberHealth) -> Health {
    match state {
        MemberHealth::Initial => Health::Initial,
        MemberHealth::Healthy => Health::Healthy,
        MemberHealth::Unhealthy(reason) => Health::Unhealthy(reason),
        MemberHealth::Draining => Health::Draining,
        MemberHealth::Absent => Health::Absent,
    }
}
