//! Forwards of listeners and rules while a shadow group shares them. Pure, but for reading and writing them.
//!
//! A forward with a shadow has weights of its own, so that shares of a hundredth are possible. How it was before is kept as a tag of the
//! shadow, written before the forward is touched: any process can put it back. The shadow stays in the forward at weight 0 as well:
//! the API checks the health of a group only while something forwards to it.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::Failure;
use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, ForwardActionConfig, TargetGroupStickinessConfig, TargetGroupTuple,
};
use std::collections::{BTreeMap, BTreeSet};

/// Weights go from 0 to this.
const LARGEST_WEIGHT: i32 = 999;

/// What a listener does by default, or a rule does, where that forwards to a group.
#[derive(Clone, Debug)]
pub struct Forward {
    pub arn: String,
    pub actions: Vec<Action>,
    is_rule: bool,
}

/// How a forward was before a shadow joined it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// One group, without weight.
    Simple,
    /// Groups by the last part of their ARN. `is_free`: clients were not held to one group.
    Weighted { weights: BTreeMap<String, i32>, is_free: bool },
}

impl Before {
    pub fn of(actions: &[Action]) -> Self {
        let forward = actions.iter().find(|action| is_forward(action)).and_then(Action::forward_config);
        let groups = forward.map(ForwardActionConfig::target_groups).unwrap_or_default();
        let is_free = !forward.is_some_and(is_sticky);
        let has_weight = groups.iter().any(|group| group.weight().is_some_and(|weight| weight != 1));
        if groups.len() <= 1 && is_free && !has_weight {
            return Self::Simple;
        }
        let weight = |group: &TargetGroupTuple| (short(arn_of(group)).to_owned(), group.weight().unwrap_or(1));
        Self::Weighted { weights: groups.iter().map(weight).collect(), is_free }
    }

    /// As a tag's value: `simple`, or `73e2d6bc24d8a067=10 cbf133c568e0d028=90 free`.
    pub fn text(&self) -> String {
        match self {
            Self::Simple => "simple".to_owned(),
            Self::Weighted { weights, is_free } => {
                let weights = weights.iter().map(|(group, weight)| format!("{group}={weight}"));
                let words: Vec<String> = weights.chain(is_free.then(|| "free".to_owned())).collect();
                words.join(" ")
            }
        }
    }

    pub fn parse(text: &str) -> Self {
        if text == "simple" {
            return Self::Simple;
        }
        let weight = |word: &str| {
            let (group, weight) = word.split_once('=')?;
            Some((group.to_owned(), weight.parse().ok()?))
        };
        Self::Weighted {
            weights: text.split(' ').filter_map(weight).collect(),
            is_free: text.split(' ').any(|word| word == "free"),
        }
    }

    fn weight_of(&self, group: &str) -> i32 {
        match self {
            Self::Simple => 1,
            Self::Weighted { weights, .. } => weights.get(short(group)).copied().unwrap_or(1),
        }
    }
}

/// The actions with `percent` of what `group` had going to `shadow`. `is_held`: a group holds its clients to their targets, and
/// the API then wants the forward to hold them to their group.
pub fn shared(
    actions: &[Action],
    before: &Before,
    group: &str,
    shadow: &str,
    percent: u8,
    is_held: bool,
) -> Vec<Action> {
    with_forward(actions, |action| {
        let former = groups_of(action);
        let largest = former.iter().map(|arn| before.weight_of(arn)).max().unwrap_or(1).max(1);
        let factor = (LARGEST_WEIGHT / largest).clamp(1, 100);
        let moved = (before.weight_of(group) * factor * i32::from(percent.min(100)) + 50) / 100;
        let weight = |arn: &String| match arn {
            arn if arn == group => before.weight_of(arn) * factor - moved,
            arn => before.weight_of(arn) * factor,
        };
        let kept = former.iter().filter(|arn| *arn != shadow).map(|arn| tuple(arn, weight(arn)));
        let groups = kept.chain([tuple(shadow, moved)]).collect();
        let stickiness =
            action.forward_config.as_ref().and_then(|forward| forward.target_group_stickiness_config.clone());
        let is_free = stickiness.as_ref().is_none_or(|held| held.enabled != Some(true));
        let stickiness = match is_free && is_held {
            true => Some(TargetGroupStickinessConfig::builder().enabled(true).duration_seconds(1).build()),
            false => stickiness,
        };
        action.target_group_arn = None;
        action.forward_config = Some(
            ForwardActionConfig::builder()
                .set_target_groups(Some(groups))
                .set_target_group_stickiness_config(stickiness)
                .build(),
        );
    })
}

/// The actions as they were.
pub fn restored(actions: &[Action], before: &Before, shadow: &str) -> Vec<Action> {
    with_forward(actions, |action| {
        let kept: Vec<String> = groups_of(action).into_iter().filter(|arn| arn != shadow).collect();
        if *before == Before::Simple && kept.len() == 1 {
            action.forward_config = None;
            action.target_group_arn = kept.into_iter().next();
            return;
        }
        let Some(forward) = &mut action.forward_config else { return };
        forward.target_groups = Some(kept.iter().map(|arn| tuple(arn, before.weight_of(arn))).collect());
        if matches!(before, Before::Simple | Before::Weighted { is_free: true, .. }) {
            forward.target_group_stickiness_config =
                Some(TargetGroupStickinessConfig::builder().enabled(false).build());
        }
    })
}

fn with_forward(actions: &[Action], change: impl Fn(&mut Action)) -> Vec<Action> {
    let mut actions = actions.to_vec();
    for action in &mut actions {
        if is_forward(action) {
            change(action);
        }
        if let Some(oidc) = &mut action.authenticate_oidc_config {
            // The API does not tell the secret, and keeps it when asked to.
            oidc.use_existing_client_secret = Some(true);
        }
    }
    actions
}

fn is_forward(action: &Action) -> bool {
    action.r#type() == Some(&ActionTypeEnum::Forward)
}

fn is_sticky(forward: &ForwardActionConfig) -> bool {
    forward.target_group_stickiness_config().is_some_and(|held| held.enabled() == Some(true))
}

/// Where an action forwards to, in order.
fn groups_of(action: &Action) -> Vec<String> {
    match action.forward_config() {
        Some(forward) if !forward.target_groups().is_empty() => {
            forward.target_groups().iter().map(|group| arn_of(group).to_owned()).collect()
        }
        _ => action.target_group_arn().map(str::to_owned).into_iter().collect(),
    }
}

fn tuple(arn: &str, weight: i32) -> TargetGroupTuple {
    TargetGroupTuple::builder().target_group_arn(arn).weight(weight).build()
}

fn arn_of(group: &TargetGroupTuple) -> &str {
    group.target_group_arn().unwrap_or_default()
}

/// The last part of an ARN, which tells it from others of its kind.
fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

impl Forward {
    /// What its tags begin with.
    pub const TAG: &str = "terrace:forward:";

    pub fn has(&self, group: &str) -> bool {
        self.actions.iter().filter(|action| is_forward(action)).flat_map(groups_of).any(|arn| arn == group)
    }

    /// Where the shadow keeps how it was.
    pub fn tag(&self) -> String {
        format!("{}{}", Self::TAG, short(&self.arn))
    }

    /// Makes the actions so, in one call.
    pub async fn write(&self, aws: &Aws, actions: Vec<Action>) -> Result<(), Failure> {
        if actions == self.actions {
            return Ok(());
        }
        if self.is_rule {
            let request = aws.elbv2().modify_rule().rule_arn(&self.arn).set_actions(Some(actions));
            request.send().await.map_err(Failure::of("Elastic Load Balancing v2: ModifyRule"))?;
        } else {
            let request = aws.elbv2().modify_listener().listener_arn(&self.arn).set_default_actions(Some(actions));
            request.send().await.map_err(Failure::of("Elastic Load Balancing v2: ModifyListener"))?;
        }
        Ok(())
    }
}

/// Everything that forwards to one of the groups, of all load balancers that have to do with them.
pub async fn forwards_to(aws: &Aws, groups: &[&str]) -> Result<Vec<Forward>, Failure> {
    let mut balancers = BTreeSet::new();
    for group in groups {
        let request = aws.elbv2().describe_target_groups().target_group_arns(*group);
        match request.send().await.map_err(Failure::of("Elastic Load Balancing v2: DescribeTargetGroups")) {
            Err(failure) if failure.is_any(&["TargetGroupNotFound"]) => {}
            answer => {
                balancers.extend(answer?.target_groups().iter().flat_map(|found| found.load_balancer_arns().to_vec()))
            }
        }
    }
    let found = futures::future::try_join_all(balancers.iter().map(|balancer| forwards_of(aws, balancer))).await?;
    Ok(found.into_iter().flatten().filter(|forward| groups.iter().any(|group| forward.has(group))).collect())
}

async fn forwards_of(aws: &Aws, balancer: &str) -> Result<Vec<Forward>, Failure> {
    let mut found = Vec::new();
    let mut listeners = aws.elbv2().describe_listeners().load_balancer_arn(balancer).into_paginator().items().send();
    while let Some(listener) = listeners.next().await {
        let listener = listener.map_err(Failure::of("Elastic Load Balancing v2: DescribeListeners"))?;
        let arn = listener.listener_arn.unwrap_or_default();
        let mut rules = aws.elbv2().describe_rules().listener_arn(&arn).into_paginator().items().send();
        while let Some(rule) = rules.next().await {
            let rule = rule.map_err(Failure::of("Elastic Load Balancing v2: DescribeRules"))?;
            if rule.is_default != Some(true) {
                let (arn, actions) = (rule.rule_arn.unwrap_or_default(), rule.actions.unwrap_or_default());
                found.push(Forward { arn, actions, is_rule: true });
            }
        }
        found.push(Forward { arn, actions: listener.default_actions.unwrap_or_default(), is_rule: false });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEB: &str = "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/web/73e2";
    const API: &str = "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/api/cbf1";
    const SHADOW: &str = "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/shadow/f00d";

    fn simple() -> Vec<Action> {
        vec![Action::builder().r#type(ActionTypeEnum::Forward).target_group_arn(WEB).order(1).build()]
    }

    fn weighted(groups: &[(&str, i32)]) -> Vec<Action> {
        let groups = groups.iter().map(|(arn, weight)| tuple(arn, *weight)).collect();
        let forward = ForwardActionConfig::builder().set_target_groups(Some(groups)).build();
        vec![Action::builder().r#type(ActionTypeEnum::Forward).forward_config(forward).build()]
    }

    fn weights(actions: &[Action]) -> Vec<(String, i32)> {
        let forward = actions[0].forward_config().expect("it has weights");
        forward
            .target_groups()
            .iter()
            .map(|group| (short(arn_of(group)).to_owned(), group.weight().unwrap_or(1)))
            .collect()
    }

    /// The weights that a share makes; afterwards all is as it was.
    #[track_caller]
    fn check(actions: &[Action], tag: &str, percent: u8, expected: &[(&str, i32)]) {
        let before = Before::of(actions);
        assert_eq!(before.text(), tag);
        assert_eq!(Before::parse(tag), before);
        let joined = shared(actions, &before, WEB, SHADOW, 0, false);
        assert_eq!(weights(&joined).last(), Some(&("f00d".to_owned(), 0)));
        let shared = shared(&joined, &before, WEB, SHADOW, percent, false);
        let expected: Vec<_> = expected.iter().map(|(group, weight)| ((*group).to_owned(), *weight)).collect();
        assert_eq!(weights(&shared), expected);
        assert_eq!(Before::of(&restored(&shared, &before, SHADOW)), before);
    }

    #[test]
    fn a_shadow_takes_its_share_of_one_group() {
        check(&simple(), "simple", 5, &[("73e2", 95), ("f00d", 5)]);
        assert_eq!(
            restored(&shared(&simple(), &Before::Simple, WEB, SHADOW, 100, false), &Before::Simple, SHADOW),
            simple()
        );
    }

    #[test]
    fn the_shares_of_other_groups_stay() {
        let both = weighted(&[(WEB, 3), (API, 7)]);
        check(&both, "73e2=3 cbf1=7 free", 50, &[("73e2", 150), ("cbf1", 700), ("f00d", 150)]);
        check(&weighted(&[(WEB, 999)]), "73e2=999 free", 25, &[("73e2", 749), ("f00d", 250)]);
        check(&weighted(&[(WEB, 0), (API, 1)]), "73e2=0 cbf1=1 free", 50, &[("73e2", 0), ("cbf1", 100), ("f00d", 0)]);
    }

    #[test]
    fn groups_that_hold_their_clients_are_shared_by_holding_them_for_a_second() {
        let shared = shared(&simple(), &Before::Simple, WEB, SHADOW, 5, true);
        let held = shared[0].forward_config().and_then(|forward| forward.target_group_stickiness_config());
        assert_eq!(held.map(|held| (held.enabled(), held.duration_seconds())), Some((Some(true), Some(1))));
    }
}
