//! How many calls to the API a plan without changes makes, counted where they arrive: as many for thirty servers as for three.

use super::cloud::{PLAN, Stack};
use std::collections::BTreeMap;

/// Calls by action.
fn calls_of_plan(stack: &Stack, variables: &[&str]) -> BTreeMap<String, usize> {
    stack.terrace(&[&["apply", "-auto-approve"], variables].concat(), 0);
    stack.moto.requests();
    stack.terrace(&[&PLAN, variables].concat(), 0);
    let mut calls = BTreeMap::new();
    for request in stack.moto.requests() {
        let action = request.split('\t').nth(1).expect("service, action, status").to_owned();
        *calls.entry(action).or_default() += 1;
    }
    calls
}

#[test]
fn a_plan_asks_for_many_at_once() {
    let stack = Stack::unpack(&["many"]);
    let few = calls_of_plan(&stack, &[]);
    let many = calls_of_plan(&stack, &["-var=groups=30", "-var=rules=30", "-var=servers=30"]);
    assert_eq!(few, many);
    assert!(few.values().sum::<usize>() <= 21, "{few:?}");
}

/// The most calls that a plan without changes may make: less than a twentieth of Terraform's for the large ones.
#[test]
fn plans_of_the_stacks_make_few_calls() {
    let most = [("single-server", 20), ("app-db", 30), ("load-balanced", 36), ("multi-az", 60)];
    let found = most.map(|(name, most)| (name, calls_of_plan(&Stack::unpack(&[name]), &[]), most));
    for (name, calls, most) in found {
        assert!(calls.values().sum::<usize>() <= most, "{name}: {calls:?}");
    }
}
