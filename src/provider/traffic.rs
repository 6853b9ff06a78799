//! What a rollout asks of whoever owns the load balancer.
//!
//! [`Traffic`] is reached by [`Connection::traffic`](super::Connection::traffic). Groups and servers are named by the ids that the
//! provider's own objects carry (an ARN, an instance id), so that nothing here knows a cloud.
//!
//! What providers must keep:
//! - Every call is about many at once and answers in as few API calls as the provider can.
//! - Every call may come twice. What is so already is a success: registering a member, draining one that is gone,
//!   removing a group that does not exist.
//! - No call waits for an effect. `health` says how far it has come; the caller waits, with a deadline.
//! - A failure names what failed. What was done of it may stay, because the call will come again or be taken back.
//! - A shadow group is found again by its token, also by another process: no crash leaves one behind that nobody finds.

use super::Complaint;
use crate::value::Text;
use async_trait::async_trait;

/// The load balancer's side of a provider.
#[async_trait]
pub trait Traffic: Send + Sync {
    /// Adds members to a group; present ones stay as they are.
    async fn register(&self, group: &Text, members: &[Target]) -> Result<(), Vec<Complaint>>;

    /// Begins to take members out: no new requests, and those under way may end. `health` says when they have.
    async fn deregister(&self, group: &Text, members: &[Target]) -> Result<(), Vec<Complaint>>;

    /// The health of members, in their order.
    async fn health(&self, group: &Text, members: &[Target]) -> Result<Vec<Health>, Vec<Complaint>>;

    /// Splits the traffic of everything that forwards to `group` between it and `shadow`, which is one or has joined. The shadow's
    /// members are checked at 0 per cent as well.
    async fn weigh(&self, group: &Text, shadow: &Text, shadow_percent: u8) -> Result<(), Vec<Complaint>>;

    /// A group with the settings of `group` and without its members; its id. The same token names the same one.
    async fn make_shadow(&self, group: &Text, token: &Text) -> Result<Text, Vec<Complaint>>;

    /// Removes what `make_shadow` made with this token. All forwards are then as the configuration says.
    async fn remove_shadow(&self, group: &Text, token: &Text) -> Result<(), Vec<Complaint>>;

    /// Lets another group, which is there to stay, share what is forwarded to `group`, as a shadow does: at first 0 per cent.
    async fn join(&self, group: &Text, next: &Text) -> Result<(), Vec<Complaint>>;

    /// Ends that. Whoever still forwards to both forwards to `group` alone, as before, and nothing of it is left on either.
    async fn leave(&self, group: &Text, next: &Text) -> Result<(), Vec<Complaint>>;
}

/// A server as a member of a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    pub id: Text,
    /// Absent: the group's own port.
    pub port: Option<u16>,
}

/// How a group sees one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// Registered; not enough checks have been made.
    Initial,
    Healthy,
    /// With what was seen, for messages.
    Unhealthy(String),
    /// Leaving; requests are still under way.
    Draining,
    /// Registered, but nothing forwards to the group or to the member's zone: it is not checked.
    Unused,
    /// Not a member.
    Absent,
}

/// What a resource type is to a rollout. Pure: follows from the provider's schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrafficRole {
    /// Serves requests.
    Server {
        /// Its id as attachments give it.
        id: &'static str,
        /// Where it runs.
        zone: &'static str,
        /// Attributes that, where the configuration sets them, forbid two generations at once.
        exclusive: &'static [&'static str],
    },
    /// Has members.
    Group {
        /// Its id as attachments and [`Traffic`] give it.
        id: &'static str,
    },
    /// Makes a server a member of a group.
    Attachment {
        /// Names the server.
        server: &'static str,
        /// Names the group.
        group: &'static str,
        /// The member's port; null, or a type without one, means the group's own.
        port: Option<&'static str>,
    },
    /// A fleet whose servers the provider replaces by itself, see [`Renewals`](super::Renewals).
    Fleet,
    /// Sends requests to the groups whose ids its attributes hold, and can split them by weight, unless one of its attributes has a value
    /// that forbids it.
    Forward { unless: Option<(&'static str, &'static [&'static str])> },
}
