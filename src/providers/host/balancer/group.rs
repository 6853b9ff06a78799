//! A target group as it runs under one configuration: its members, and which of them is next.

use super::member::Member;
use super::routing::{Algorithm, Stickiness};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

pub(super) struct Group {
    pub(super) name: String,
    pub(super) members: Vec<Arc<Member>>,
    pub(super) algorithm: Algorithm,
    pub(super) stickiness: Option<Stickiness>,
    pub(super) deregistration_delay: Duration,
    /// Counts choices; it goes on from one configuration to the next.
    pub(super) cursor: Arc<AtomicUsize>,
}

impl Group {
    /// The member for the next request, as an index. `token` is what a client's cookie says, `tried` who has failed it already.
    /// When nobody is ready, somebody who is not draining is better than no answer at all.
    pub(super) fn choose(&self, token: Option<&str>, tried: &[usize]) -> Option<usize> {
        let is_untried = |at: &usize| !tried.contains(at);
        if let Some(token) = token
            && let Some(at) = self.members.iter().position(|member| member.cookie == token && member.is_ready())
            && is_untried(&at)
        {
            return Some(at);
        }
        let count = self.members.len();
        let first = self.cursor.fetch_add(1, Relaxed);
        let from = |passes: fn(&Member) -> bool| {
            (0..count)
                .map(move |step| first.wrapping_add(step) % count)
                .filter(move |at| is_untried(at) && passes(&self.members[*at]))
        };
        let ready = match self.algorithm {
            Algorithm::RoundRobin => from(Member::is_ready).next(),
            Algorithm::LeastConnections => from(Member::is_ready).min_by_key(|at| self.members[*at].active()),
        };
        ready.or_else(|| from(Member::is_last_resort).next())
    }
}

#[cfg(test)]
mod tests {
    use super::super::routing::Target;
    use super::*;

    fn group(draining: [bool; 3]) -> Group {
        let members = draining.iter().enumerate().map(|(at, draining)| {
            let address = ([127, 0, 0, 1], 1).into();
            Member::new(&Target { id: at.to_string(), address, zone: String::new(), draining: *draining }, false)
        });
        Group {
            name: "web".to_owned(),
            members: members.collect(),
            algorithm: Algorithm::RoundRobin,
            stickiness: None,
            deregistration_delay: Duration::ZERO,
            cursor: Arc::default(),
        }
    }

    #[test]
    fn in_turn_without_who_drains_or_was_tried() {
        let three = group([false; 3]);
        let chosen: Vec<_> = (0..4).map(|_| three.choose(None, &[])).collect();
        assert_eq!(chosen, [Some(0), Some(1), Some(2), Some(0)]);
        assert_eq!(three.choose(None, &[0, 1]), Some(2));
        assert_eq!(group([true, true, false]).choose(None, &[]), Some(2));
        assert_eq!(group([true; 3]).choose(None, &[]), None);
    }

    #[test]
    fn a_cookie_leads_back_unless_the_member_drains() {
        let three = group([false, true, false]);
        let of = |at: usize| three.members[at].cookie.clone();
        assert_eq!(three.choose(Some(&of(2)), &[]), Some(2));
        assert_ne!(three.choose(Some(&of(1)), &[]), Some(1));
    }
}
