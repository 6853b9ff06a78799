//! Who is primary, whether the other may take over, and what is to be done next: a pure function of what is seen.
//!
//! The standby may take over only while every acknowledged commit is known to be on it. `is_current` says so and is on disk: it is taken back
//! before the primary is allowed to commit alone, and given only after the standby has caught up with commits that already wait for it.

use serde::{Deserialize, Serialize};

/// Probes in a row without an answer, from a primary whose process lives, before it counts as lost: it may be recovering by itself.
const PATIENCE: u32 = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Roles {
    /// Index of the primary's node.
    pub(super) primary: usize,
    /// All that is acknowledged is on the standby too.
    pub(super) is_current: bool,
}

impl Roles {
    pub(super) fn standby(self) -> usize {
        1 - self.primary
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) primary: Primary,
    pub(super) standby: Standby,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Primary {
    Answers,
    /// For so many probes.
    Silent(u32),
    /// There is no process.
    Dead,
    /// It may not run: its zone is stopped.
    Away,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standby {
    /// None is wanted.
    Unwanted,
    Missing,
    /// It may not run: its zone is stopped.
    Away,
    Streaming,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Nothing,
    /// Fence the primary, promote the standby.
    FailOver,
    StartPrimary,
    /// Let the primary commit alone.
    Distrust,
    /// Make the standby anew from the primary and start it.
    Rejoin,
    /// Let commits wait for the standby, and when it has caught up trust it.
    Trust,
}

pub(super) fn decide(roles: Roles, seen: Seen) -> Step {
    match (seen.primary, seen.standby) {
        (Primary::Answers, Standby::Streaming) if roles.is_current => Step::Nothing,
        (Primary::Answers, _) if roles.is_current => Step::Distrust,
        (Primary::Answers, Standby::Missing) => Step::Rejoin,
        (Primary::Answers, Standby::Streaming) => Step::Trust,
        (Primary::Answers, Standby::Unwanted | Standby::Away) => Step::Nothing,
        (Primary::Silent(probes), _) if probes < PATIENCE => Step::Nothing,
        (_, Standby::Missing | Standby::Streaming) if roles.is_current => Step::FailOver,
        (Primary::Away, _) => Step::Nothing,
        (Primary::Dead | Primary::Silent(_), _) => Step::StartPrimary,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(is_current: bool, primary: Primary, standby: Standby, wanted: Step) {
        assert_eq!(decide(Roles { primary: 0, is_current }, Seen { primary, standby }), wanted);
    }

    #[test]
    fn only_a_current_standby_takes_over() {
        check(true, Primary::Dead, Standby::Missing, Step::FailOver);
        check(false, Primary::Dead, Standby::Streaming, Step::StartPrimary);
        check(true, Primary::Silent(PATIENCE), Standby::Streaming, Step::FailOver);
        check(true, Primary::Silent(1), Standby::Streaming, Step::Nothing);
    }

    #[test]
    fn a_stopped_zone_is_left_and_not_started() {
        check(true, Primary::Away, Standby::Streaming, Step::FailOver);
        check(false, Primary::Away, Standby::Missing, Step::Nothing);
        check(true, Primary::Away, Standby::Away, Step::Nothing);
        check(true, Primary::Answers, Standby::Away, Step::Distrust);
        check(false, Primary::Answers, Standby::Away, Step::Nothing);
    }

    #[test]
    fn trust_is_taken_back_before_a_standby_is_made_anew() {
        check(true, Primary::Answers, Standby::Missing, Step::Distrust);
        check(false, Primary::Answers, Standby::Missing, Step::Rejoin);
        check(false, Primary::Answers, Standby::Streaming, Step::Trust);
        check(true, Primary::Answers, Standby::Streaming, Step::Nothing);
    }
}
