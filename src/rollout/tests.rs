//! The promises of rollouts, over random fleets, policies and interruptions.

use super::*;
use proptest::prelude::{Just, ProptestConfig, any, prop_oneof, proptest};
use proptest::strategy::Strategy as Arbitrary;
use std::collections::BTreeSet;
use std::time::Duration;

fn fate() -> impl Arbitrary<Value = Fate> {
    prop_oneof![2 => Just(Fate::Keep), 6 => Just(Fate::Replace), 1 => Just(Fate::Add), 1 => Just(Fate::Remove)]
}

fn fleet() -> impl Arbitrary<Value = Fleet> {
    (1usize..5).prop_flat_map(|zones| {
        let member = (fate(), 0..zones, 0..zones, proptest::bool::weighted(0.1));
        (proptest::collection::vec(member, 1..=50), any::<bool>()).prop_map(|(members, moves)| Fleet {
            name: "aws_instance.web".into(),
            can_weigh: true,
            moves,
            members: members
                .into_iter()
                .enumerate()
                .map(|(index, (fate, zone, next_zone, is_unproven))| Member {
                    name: format!("aws_instance.web[{index}]"),
                    zone: format!("zone-{zone}"),
                    next_zone: format!("zone-{next_zone}"),
                    fate,
                    exclusive: None,
                    is_unproven,
                })
                .collect(),
        })
    })
}

fn amount(least: usize) -> impl Arbitrary<Value = Amount> {
    prop_oneof![(least..6).prop_map(Amount::Count), (1u8..60).prop_map(Amount::Percent)]
}

fn strategy() -> impl Arbitrary<Value = Strategy> {
    let rolling = (amount(1), amount(0), amount(0), any::<bool>(), 0u64..3).prop_map(
        |(batch, max_surge, max_unavailable, one_zone_at_a_time, pause)| Strategy::Rolling {
            batch,
            max_surge,
            max_unavailable,
            one_zone_at_a_time,
            pause: Duration::from_secs(pause),
        },
    );
    let canary = (proptest::collection::vec(1u8..100, 0..5), any::<bool>()).prop_map(|(weights, manual_promotion)| {
        Strategy::Canary { weights, bake: Duration::from_secs(60), manual_promotion }
    });
    prop_oneof![3 => rolling, 1 => Just(Strategy::BlueGreen { bake: Duration::from_secs(300) }), 2 => canary]
}

fn policy() -> impl Arbitrary<Value = Policy> {
    strategy().prop_map(|strategy| Policy { strategy, ..Policy::default() })
}

/// Every promise that holds after every stage, forward or back.
fn assert_promises(fleet: &Fleet, policy: &Policy, start: &Situation, stages: &[Stage], least: usize) {
    let mut before = start.clone();
    for stage in stages {
        let serving = stage.after.in_service().len();
        assert!(serving >= least, "{serving} in service after {:?}, {least} promised", stage.action);
        if let Action::Shift { percent } = stage.action {
            let ready = before.shadow_capacity_percent(fleet.size_after());
            assert!(usize::from(percent) <= ready, "{percent} % shifted with {ready} % ready");
        }
        if let Action::Destroy { servers } = &stage.action {
            for server in servers {
                assert!(
                    !before.registered.iter().any(|(registered, _)| registered == server),
                    "destroyed while registered"
                );
            }
        }
        if let Action::Register { servers, .. } = &stage.action {
            assert!(servers.iter().all(|server| before.existing.contains(server)), "registered before it existed");
        }
        if let Strategy::Rolling { one_zone_at_a_time: true, .. } = policy.strategy {
            assert_one_zone(fleet, &before, stage);
        }
        before = stage.after.clone();
    }
}

/// Servers that serve leave in one zone at a time.
fn assert_one_zone(fleet: &Fleet, before: &Situation, stage: &Stage) {
    if let Action::Drain { servers, .. } = &stage.action {
        let (serving, left) = (before.in_service(), stage.after.in_service());
        let leaving = servers.iter().filter(|server| serving.contains(server) && !left.contains(server));
        let zones: BTreeSet<&str> = leaving.map(|server| fleet.zone(*server)).collect();
        assert!(zones.len() <= 1, "drained in several zones at once: {zones:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn the_way_forward_keeps_its_promises_and_ends_with_the_new_version(fleet in fleet(), policy in policy()) {
        let Ok(stages) = stages_of(&fleet, &policy) else { return Ok(()) };
        let promise = Promise::of(&fleet, &policy);
        assert_promises(&fleet, &policy, &Situation::before(&fleet), &stages, promise.in_service_min);
        let end = stages.last().map_or(Situation::before(&fleet), |stage| stage.after.clone());
        assert_eq!(end, Situation::after(&fleet));
    }

    #[test]
    fn from_every_stage_there_is_a_way_back_that_keeps_the_same_promises(fleet in fleet(), policy in policy(), cut in 0.0f64..1.0) {
        let Ok(stages) = stages_of(&fleet, &policy) else { return Ok(()) };
        if stages.is_empty() { return Ok(()) }
        // What forwards to another group is turned last; nothing can fail after it.
        let stages = if fleet.moves { &stages[..stages.len() - 1] } else { &stages[..] };
        let now = &stages[((stages.len() as f64 - 1.0) * cut) as usize].after;
        let back = way_back(&fleet, &policy, now);
        let least = Promise::of(&fleet, &policy).in_service_min.min(now.in_service().len());
        assert_promises(&fleet, &policy, now, &back, least);
        let end = back.last().map_or(now.clone(), |stage| stage.after.clone());
        let start = Situation::before(&fleet);
        if fleet.members.iter().any(|member| member.is_unproven) {
            // What nobody had seen healthy is no part of what is gone back to.
            assert!(start.ready.is_subset(&end.ready) && end.weight == 0 && !end.has_shadow && !end.has_new());
        } else {
            assert_eq!(end, start);
        }
    }

    #[test]
    fn an_old_server_stays_until_its_successor_was_seen_healthy(fleet in fleet(), policy in policy()) {
        let Ok(stages) = stages_of(&fleet, &policy) else { return Ok(()) };
        if Promise::of(&fleet, &policy).in_service_min < fleet.size_before().min(fleet.size_after()) { return Ok(()) }
        let mut before = Situation::before(&fleet);
        for stage in &stages {
            if let Action::Drain { servers, group: Group::Configured } = &stage.action {
                let served = |server: &&Server| before.ready.contains(&(**server, Group::Configured));
                for server in servers.iter().filter(served).filter(|server| fleet.members[server.member].fate == Fate::Replace) {
                    let successor = Server::new(server.member);
                    assert!(before.ready.iter().any(|(ready, _)| *ready == successor));
                }
            }
            before = stage.after.clone();
        }
    }
}

fn three(fate: Fate) -> Fleet {
    let member = |index: usize| Member {
        name: format!("web[{index}]"),
        zone: format!("zone-{}", index % 2),
        next_zone: format!("zone-{}", index % 2),
        fate,
        exclusive: None,
        is_unproven: false,
    };
    Fleet { name: "web".into(), members: (0..3).map(member).collect(), can_weigh: true, moves: false }
}

#[test]
fn no_surge_and_no_absence_is_refused() {
    let strategy = Strategy::Rolling {
        batch: Amount::Count(1),
        max_surge: Amount::Count(0),
        max_unavailable: Amount::Count(0),
        one_zone_at_a_time: false,
        pause: Duration::ZERO,
    };
    let refusal = stages_of(&three(Fate::Replace), &Policy { strategy, ..Policy::default() }).unwrap_err();
    assert_eq!(refusal.summary, "Rollout can never begin");
}

#[test]
fn a_fixed_address_forbids_a_surge() {
    let mut fleet = three(Fate::Replace);
    fleet.members[1].exclusive = Some("private_ip = \"10.0.0.7\"".into());
    let refusal = stages_of(&fleet, &Policy::default()).unwrap_err();
    assert_eq!(refusal.summary, "Server cannot exist twice");
}

#[test]
fn a_fleet_where_nothing_changes_has_no_stages() {
    assert_eq!(stages_of(&three(Fate::Keep), &Policy::default()), Ok(Vec::new()));
}
