//! Strategies for fleets whose servers the provider replaces by itself: what a policy says, in the numbers of a [`Renewal`].
//!
//! ```text
//! rolling, batch 1, surge 1 of 4     at least 100 %, at most 125 %
//! blue/green, bake 5m                at least 100 %, at most 200 %, 5m at the end
//! canary 10 % then 50 %, bake 2m     at least 100 %, holding at 10 % and 50 % for 2m
//! ```

use super::policy::{Amount, Policy, Strategy};
use super::{Action, Fate, Fleet, Member, Refusal, Server, Stage, stage};
use crate::provider::Renewal;
use std::time::Duration;

/// No more servers than twice the fleet are taken by any provider.
const MOST_PERCENT: u16 = 200;

/// The fleet as one member, and the only stage.
pub fn renewal_stages(name: &str, how: Renewal) -> (Fleet, Vec<Stage>) {
    let member = Member {
        name: name.to_owned(),
        zone: String::new(),
        next_zone: String::new(),
        fate: Fate::Keep,
        exclusive: None,
        is_unproven: false,
    };
    let fleet = Fleet { name: name.to_owned(), members: vec![member], can_weigh: false, moves: false };
    let stages = stage::with_situations(&fleet, vec![Action::Renew { servers: vec![Server::new(0)], how }]);
    (fleet, stages)
}

/// What the policy says, for a fleet of this size; what it does not say is as the fleet's own.
pub fn renewal_of(policy: &Policy, size: usize, own: &Renewal) -> Result<Renewal, Refusal> {
    let percent = |amount: Amount| match amount {
        Amount::Percent(percent) => u16::from(percent),
        Amount::Count(count) => u16::try_from((count * 100).div_ceil(size.max(1))).unwrap_or(MOST_PERCENT),
    };
    let numbers = match &policy.strategy {
        Strategy::Rolling { one_zone_at_a_time: true, .. } => {
            return Err(Refusal::new(
                "Zones cannot be done one at a time",
                "The servers of this fleet are replaced by its provider, which balances zones by itself.",
            ));
        }
        Strategy::Canary { manual_promotion: true, .. } => {
            return Err(Refusal::new(
                "Promotion by hand is not possible",
                "The servers of this fleet are replaced by its provider, which holds for a time and not for a word. Use bake.",
            ));
        }
        Strategy::Rolling { batch, max_surge, max_unavailable, pause, .. } => {
            let checkpoints = if pause.is_zero() { Vec::new() } else { steps_of(percent(*batch)) };
            Renewal {
                min_healthy_percent: 100_u16.saturating_sub(percent(*max_unavailable)),
                max_healthy_percent: (100 + percent(*max_surge)).min(MOST_PERCENT),
                checkpoints,
                checkpoint_delay: *pause,
                ..own.clone()
            }
        }
        Strategy::BlueGreen { bake } => Renewal {
            min_healthy_percent: 100,
            max_healthy_percent: MOST_PERCENT,
            checkpoints: Vec::new(),
            checkpoint_delay: Duration::ZERO,
            bake: policy.hold_time(*bake),
            ..own.clone()
        },
        Strategy::Canary { weights, bake, .. } => Renewal {
            min_healthy_percent: 100,
            max_healthy_percent: (100 + largest_step(weights)).min(MOST_PERCENT),
            checkpoints: weights.iter().copied().chain([100]).collect(),
            checkpoint_delay: policy.hold_time(*bake),
            ..own.clone()
        },
    };
    let warmup = if policy.stable_for.is_zero() { numbers.warmup } else { Some(policy.stable_for) };
    // After an interruption what is new already stays.
    Ok(Renewal { warmup, skips_matching: true, ..numbers })
}

/// 30 → 30, 60, 90, 100
fn steps_of(percent: u16) -> Vec<u8> {
    let step = usize::from(percent.clamp(1, 100));
    let marks = (1..).map(|count| count * step).take_while(|mark| *mark < 100).chain([100]);
    marks.filter_map(|mark| u8::try_from(mark).ok()).collect()
}

fn largest_step(weights: &[u8]) -> u16 {
    let marks: Vec<u16> = [0].into_iter().chain(weights.iter().map(|weight| u16::from(*weight))).chain([100]).collect();
    marks.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).max().unwrap_or(100)
}

/// `at least 66 %, at most 100 % in service, holding at 10 % 50 % for 5m`
pub fn describe_renewal(how: &Renewal) -> String {
    let mut said = vec![
        format!("at least {} %", how.min_healthy_percent),
        format!("at most {} % of them there", how.max_healthy_percent.max(100)),
    ];
    if !how.checkpoints.is_empty() {
        let marks: Vec<String> = how.checkpoints.iter().map(|mark| format!("{mark} %")).collect();
        said.push(format!("holding at {} for {}", marks.join(" "), super::render_duration(how.checkpoint_delay)));
    }
    if !how.bake.is_zero() {
        said.push(format!("then for {}", super::render_duration(how.bake)));
    }
    if how.skips_matching {
        said.push("those that match stay".to_owned());
    }
    if !how.alarms.is_empty() {
        said.push(format!("watching {}", how.alarms.join(" ")));
    }
    said.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(strategy: Strategy, size: usize) -> String {
        let policy = Policy { strategy, ..Policy::default() };
        renewal_of(&policy, size, &Renewal::default())
            .map_or_else(|refusal| refusal.summary, |how| describe_renewal(&how))
    }

    fn rolling(max_surge: Amount, max_unavailable: Amount, pause: u64) -> Strategy {
        let (batch, pause) = (Amount::Percent(30), Duration::from_secs(pause));
        Strategy::Rolling { batch, max_surge, max_unavailable, one_zone_at_a_time: false, pause }
    }

    #[test]
    fn a_policy_is_said_in_the_provider_s_numbers() {
        let none = Amount::Count(0);
        assert_eq!(
            numbers(rolling(Amount::Count(1), none, 0), 4),
            "at least 100 %, at most 125 % of them there, those that match stay"
        );
        assert_eq!(
            numbers(rolling(none, Amount::Count(1), 60), 3),
            "at least 66 %, at most 100 % of them there, holding at 30 % 60 % 90 % 100 % for 1m, those that match stay"
        );
        let bake = Duration::from_secs(120);
        assert_eq!(
            numbers(Strategy::BlueGreen { bake }, 3),
            "at least 100 %, at most 200 % of them there, then for 2m, those that match stay"
        );
        let canary = |manual_promotion| Strategy::Canary { weights: vec![10, 50], bake, manual_promotion };
        assert_eq!(
            numbers(canary(false), 10),
            "at least 100 %, at most 150 % of them there, holding at 10 % 50 % 100 % for 2m, those that match stay"
        );
        assert_eq!(numbers(canary(true), 10), "Promotion by hand is not possible");
    }
}
