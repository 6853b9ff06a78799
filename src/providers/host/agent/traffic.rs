//! Who is a member of which target group, and what a rollout changes about it.
//!
//! An attachment makes a member. A rollout may tell otherwise of a member, which is recorded beside the attachments and outlives the
//! agent. A shadow group is an object of the record that no resource stands for: it has the settings of its group, and a share
//! of what is forwarded to it. Where a group is replaced, the next one shares in the same way, by an object that says so. Listeners and rules stay
//! as they are; [`routes`](super::routes) splits their forwards.

use super::record::{Entry, Membership};
use super::{Agent, Failure, Outcome, short_id, text};
use crate::providers::host::balancer::HealthState;
use crate::providers::host::protocol::{Answer, Attributes, MemberHealth, TrafficRequest};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a shadow group is in the record.
pub const SHADOW: &str = "shadow";
/// That a group shares what is forwarded to another one.
pub const SHARE: &str = "share";

/// Members that finish their requests, and until when they may.
pub type Leaving = BTreeMap<Membership, Instant>;

/// The members by group and server, and whether they are leaving.
pub fn members(
    entries: &BTreeMap<String, Entry>,
    told: &BTreeMap<Membership, bool>,
    leaving: &Leaving,
) -> BTreeMap<Membership, bool> {
    let attached = entries.values().filter(|entry| is_attachment(entry)).map(|entry| membership(&entry.attributes));
    let is_in = |member: &Membership| told.get(member) != Some(&false);
    let registered = told.iter().filter(|(_, is_in)| **is_in).map(|(member, _)| member.clone());
    let staying = attached.filter(is_in).chain(registered).map(|member| (member, false));
    staying.chain(leaving.keys().map(|member| (member.clone(), true))).collect()
}

pub fn membership(attachment: &Attributes) -> Membership {
    (text(attachment, "target_group"), text(attachment, "server"))
}

fn is_attachment(entry: &Entry) -> bool {
    entry.kind == "host_target_group_attachment"
}

impl Agent {
    pub async fn direct(self: &Arc<Self>, asked: TrafficRequest) -> Outcome<Answer> {
        let done = Answer::Done { is_leaving: false };
        match asked {
            TrafficRequest::Register { group, servers } => self.register(&group, servers).await.map(|()| done),
            TrafficRequest::Deregister { group, servers } => self.deregister(&group, servers).await.map(|()| done),
            TrafficRequest::Health { group, servers } => Ok(Answer::Health(self.health(&group, &servers))),
            TrafficRequest::Weigh { group, shadow, percent } => {
                self.weigh(&group, &shadow, percent).await.map(|()| done)
            }
            TrafficRequest::MakeShadow { group, token } => self.make_shadow(&group, &token).await.map(Answer::Text),
            TrafficRequest::RemoveShadow { token } => self.remove_shadow(&token).await.map(|()| done),
            TrafficRequest::Join { group, next } => self.join(&group, &next).await.map(|()| done),
            TrafficRequest::Leave { group, next } => self.leave(&group, &next).await.map(|()| done),
        }
    }

    async fn register(&self, group: &str, servers: Vec<String>) -> Outcome<()> {
        let entries = self.record.all()?;
        if let Some(missing) = servers.iter().map(String::as_str).chain([group]).find(|id| !entries.contains_key(*id)) {
            return Err(gone(missing));
        }
        let members = with_group(group, servers);
        self.record.tell_members(&members, Some(true))?;
        self.leaving.lock().await.retain(|member, _| !members.contains(member));
        self.route().await.map(drop)
    }

    async fn deregister(self: &Arc<Self>, group: &str, servers: Vec<String>) -> Outcome<()> {
        let members = with_group(group, servers);
        let present = self.present().await?;
        self.record.tell_members(&members, Some(false))?;
        // Who is leaving already keeps its time.
        let staying: Vec<_> = members.into_iter().filter(|member| present.get(member) == Some(&false)).collect();
        let deadline = self.see_out(&staying).await?;
        for member in staying {
            let agent = self.clone();
            tokio::spawn(async move { agent.until_left(&member, deadline).await });
        }
        Ok(())
    }

    /// No new requests for these members of one group, and time until the answer for those that run.
    async fn see_out(&self, members: &[Membership]) -> Outcome<Instant> {
        let delay = match members.first() {
            Some((group, _)) => self.deregistration_delay(group)?,
            None => Duration::ZERO,
        };
        let deadline = Instant::now() + delay;
        self.leaving.lock().await.extend(members.iter().map(|member| (member.clone(), deadline)));
        self.route().await?;
        Ok(deadline)
    }

    fn deregistration_delay(&self, group: &str) -> Outcome<Duration> {
        let entries = self.record.all()?;
        let entry = entries.get(group).map(|entry| match entry.kind.as_str() {
            SHADOW => entries.get(&text(&entry.attributes, "group")),
            _ => Some(entry),
        });
        let delay = entry.flatten().and_then(|entry| entry.attributes.get("deregistration_delay")?.as_f64());
        Ok(delay.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or_default())
    }

    /// Waits until a leaving member has nothing left to do, or no time, and lets it go.
    async fn until_left(&self, member: &Membership, deadline: Instant) {
        self.balancer.drained(&member.0, &member.1, deadline).await;
        let is_over = {
            let mut leaving = self.leaving.lock().await;
            // It may have come back, and may even leave again.
            leaving.get(member) == Some(&deadline) && leaving.remove(member).is_some()
        };
        if is_over {
            // A port that is taken now is not this member's matter.
            let _ = self.route().await;
        }
    }

    /// An attachment is made: it decides from now on.
    pub(super) async fn attach(&self, id: &str, attachment: &Attributes) -> Outcome<()> {
        let member = membership(attachment);
        if self.record.told_members()?.get(&member) == Some(&false) {
            // One that stood for the member before says no more than that it was taken out.
            for (older, _) in self.attachments_of(&member)?.into_iter().filter(|(older, _)| older != id) {
                self.record.remove(&older)?;
            }
        }
        self.record.tell_members(std::slice::from_ref(&member), None)?;
        self.leaving.lock().await.remove(&member);
        Ok(())
    }

    /// An attachment is about to go: its member drains, unless another one stands for it.
    pub(super) async fn detach(&self, attachment: &Attributes) -> Outcome<()> {
        let member = membership(attachment);
        if self.attachments_of(&member)?.len() > 1 {
            return Ok(());
        }
        if let Some(is_leaving) = self.present().await?.get(&member) {
            let began = self.leaving.lock().await.get(&member).copied();
            let deadline = match began.filter(|_| *is_leaving) {
                Some(deadline) => deadline,
                None => self.see_out(std::slice::from_ref(&member)).await?,
            };
            self.balancer.drained(&member.0, &member.1, deadline).await;
        }
        self.record.tell_members(std::slice::from_ref(&member), None)?;
        Ok(())
    }

    /// After an attachment, a group or a server went: what was told of members that cannot be any more.
    pub(super) async fn forget_members(&self, gone: &str, attributes: &Attributes) -> Outcome<()> {
        let entries = self.record.all()?;
        let is_lost = |(group, server): &Membership| group == gone || server == gone;
        let told = self.record.told_members()?;
        let lost: Vec<_> = told.keys().filter(|member| is_lost(member)).cloned().collect();
        for (id, entry) in &entries {
            let is_shadow = entry.kind == SHADOW && text(&entry.attributes, "group") == gone;
            let is_share =
                entry.kind == SHARE && ["group", "next"].iter().any(|name| text(&entry.attributes, name) == gone);
            let is_taken_out = is_attachment(entry) && {
                let member = membership(&entry.attributes);
                is_lost(&member) && told.get(&member) == Some(&false)
            };
            if is_shadow || is_share || is_taken_out {
                self.record.remove(id)?;
            }
        }
        self.record.tell_members(&lost, None)?;
        let detached = membership(attributes);
        self.leaving.lock().await.retain(|member, _| !is_lost(member) && *member != detached);
        Ok(())
    }

    fn attachments_of(&self, member: &Membership) -> Outcome<Vec<(String, Entry)>> {
        let is_one = |entry: &Entry| is_attachment(entry) && membership(&entry.attributes) == *member;
        Ok(self.record.all()?.into_iter().filter(|(_, entry)| is_one(entry)).collect())
    }

    /// The members there are now.
    async fn present(&self) -> Outcome<BTreeMap<Membership, bool>> {
        let leaving = self.leaving.lock().await.clone();
        Ok(members(&self.record.all()?, &self.record.told_members()?, &leaving))
    }

    fn health(&self, group: &str, servers: &[String]) -> Vec<MemberHealth> {
        let seen = self.balancer.health(group);
        let of = |server: &String| match seen.iter().find(|member| member.id == *server) {
            None => MemberHealth::Absent,
            Some(member) => match member.state {
                HealthState::Initial => MemberHealth::Initial,
                HealthState::Healthy => MemberHealth::Healthy,
                HealthState::Unhealthy => MemberHealth::Unhealthy(member.reason.clone()),
                HealthState::Draining => MemberHealth::Draining,
            },
        };
        servers.iter().map(of).collect()
    }

    async fn make_shadow(&self, group: &str, token: &str) -> Outcome<String> {
        let _changing = self.changing.lock().await;
        let entries = self.record.all()?;
        if let Some((id, _)) = entries.iter().find(|(_, entry)| is_shadow_of(entry, token)) {
            return Ok(id.clone());
        }
        if !entries.contains_key(group) {
            return Err(gone(group));
        }
        let id = format!("target-group-{}", short_id());
        let attributes = [("group", Json::from(group)), ("percent", json!(0))];
        let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.record.put(&id, &Entry { kind: SHADOW.to_owned(), tokens: vec![token.to_owned()], attributes })?;
        self.route().await?;
        Ok(id)
    }

    async fn remove_shadow(&self, token: &str) -> Outcome<()> {
        let entries = self.record.all()?;
        for (id, entry) in entries.iter().filter(|(_, entry)| is_shadow_of(entry, token)) {
            self.record.remove(id)?;
            self.forget_members(id, &entry.attributes).await?;
        }
        self.route().await.map(drop)
    }

    async fn weigh(&self, group: &str, shadow: &str, percent: u8) -> Outcome<()> {
        let entries = self.record.all()?;
        let share = share_id(group, shadow);
        let shadows = |entry: &&Entry| entry.kind == SHADOW && text(&entry.attributes, "group") == group;
        let known = entries.get(shadow).filter(shadows).map(|entry| (shadow, entry));
        let Some((id, entry)) = known.or(entries.get(&share).map(|entry| (&*share, entry))) else {
            // A shadow that is gone gets nothing.
            return if percent == 0 { Ok(()) } else { Err(gone(shadow)) };
        };
        let mut entry = entry.clone();
        entry.attributes.insert("percent".to_owned(), json!(percent.min(100)));
        self.record.put(id, &entry)?;
        self.route().await.map(drop)
    }

    async fn join(&self, group: &str, next: &str) -> Outcome<()> {
        let _changing = self.changing.lock().await;
        let (entries, share) = (self.record.all()?, share_id(group, next));
        if let Some(missing) = [group, next].into_iter().find(|id| !entries.contains_key(*id)) {
            return Err(gone(missing));
        }
        if entries.contains_key(&share) {
            return Ok(());
        }
        let attributes = [("group", json!(group)), ("next", json!(next)), ("percent", json!(0))];
        let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.record.put(&share, &Entry { kind: SHARE.to_owned(), tokens: Vec::new(), attributes })?;
        self.route().await.map(drop)
    }

    async fn leave(&self, group: &str, next: &str) -> Outcome<()> {
        self.record.remove(&share_id(group, next))?;
        self.route().await.map(drop)
    }
}

fn share_id(group: &str, next: &str) -> String {
    format!("share-{group}-{next}")
}

fn is_shadow_of(entry: &Entry, token: &str) -> bool {
    entry.kind == SHADOW && entry.tokens.iter().any(|known| known == token)
}

fn with_group(group: &str, servers: Vec<String>) -> Vec<Membership> {
    servers.into_iter().map(|server| (group.to_owned(), server)).collect()
}

fn gone(id: &str) -> Failure {
    Failure::new("The object is gone", format!("There is no {id}."))
}
