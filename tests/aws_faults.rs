//! What goes wrong between us and AWS: applies converge, nothing is made twice, nothing is left behind, and messages say what happened.
//!
//! Stacks are applied on moto through a proxy that spoils calls, and the program is killed (SIGKILL) at the boundaries between it and the
//! API, before a call has its effect and after. What exists afterwards is compared with what an undisturbed apply leaves.
//! `TERRACE_FAULTS=all` runs every boundary, `TERRACE_FAULTS=40` so many of each stack; otherwise a few, spread over the run and the
//! same every time, are enough for CI.
#![cfg(feature = "aws")]

mod cloud;
mod workplace;

use cloud::{Boundary, Fault, Inventory, PLAN, Proxy, Stack, without_plan};
use std::time::Duration;

/// A stack that speaks to moto through a proxy.
struct Disturbed {
    stack: Stack,
    proxy: Proxy,
    /// What exists before.
    nothing: Inventory,
    /// What exists when all went well.
    everything: Inventory,
    /// Calls that the apply of a saved plan makes then, and those of them that change something.
    calls: usize,
    changes: usize,
}

const APPLY: [&str; 3] = ["apply", "-auto-approve", "-input=false"];

impl Disturbed {
    fn new(folder: &str) -> Self {
        let mut stack = Stack::unpack(&[folder]);
        let proxy = Proxy::before(stack.moto.port);
        stack.endpoint = proxy.endpoint();
        let nothing = stack.moto.inventory();
        stack.terrace(&["plan", "-out=saved"], 0);
        proxy.set(Fault::None);
        stack.terrace(&["apply", "saved"], 0);
        let (calls, changes) = (proxy.calls(), proxy.changes());
        let everything = stack.moto.inventory();
        assert_eq!(everything["tokens"], 0, "the tags that new objects are found by are gone");
        stack.start_over();
        Self { stack, proxy, nothing, everything, calls, changes }
    }

    /// State, moto and configuration agree, and all of it goes away again.
    #[track_caller]
    fn expect_converged(&self, said: &str) {
        let planned = self.stack.run(&PLAN);
        assert_eq!(planned.code, Some(0), "not converged:\n{}\nbefore that:\n{}", planned.output, without_plan(said));
        self.stack.moto.expect_no_more_than(&self.everything, without_plan(said));
    }

    #[track_caller]
    fn expect_gone(&self, said: &str) {
        assert_eq!(self.stack.terrace(&["state", "list"], 0), "");
        self.stack.moto.expect_no_more_than(&self.nothing, without_plan(said));
    }
}

/// What `TERRACE_FAULTS` asks for, if it does.
fn tries_asked_for() -> Option<usize> {
    let which = std::env::var("TERRACE_FAULTS").ok()?;
    if which == "all" { Some(usize::MAX) } else { which.parse().ok() }
}

/// Applied and destroyed while calls are spoilt.
#[track_caller]
fn get_through(folder: &str, fault: Fault) {
    let disturbed = Disturbed::new(folder);
    disturbed.proxy.set(fault);
    let said = disturbed.stack.terrace(&APPLY, 0);
    disturbed.proxy.set(Fault::None);
    disturbed.expect_converged(&said);
    disturbed.proxy.set(fault);
    let said = disturbed.stack.terrace(&["destroy", "-auto-approve"], 0);
    disturbed.proxy.set(Fault::None);
    disturbed.expect_gone(&said);
}

#[test]
fn half_of_all_calls_are_throttled() {
    get_through("load-balanced", Fault::Throttled { every: 2 });
}

#[test]
fn every_third_call_is_a_server_error() {
    get_through("load-balanced", Fault::Broken { every: 3 });
}

/// With nothing else under way it is always the same calls that are hit: a try of one step must not take three.
#[test]
fn every_third_call_for_a_single_server_is_a_server_error() {
    get_through("single-server", Fault::Broken { every: 3 });
}

#[test]
fn every_third_connection_is_reset() {
    get_through("load-balanced", Fault::Reset { every: 3 });
}

#[test]
fn every_third_answer_is_lost_after_the_effect() {
    get_through("load-balanced", Fault::Lost { every: 3 });
}

#[test]
fn answers_are_slow() {
    get_through("single-server", Fault::Slow { pause: Duration::from_millis(300) });
}

#[test]
fn an_answer_never_comes() {
    get_through("single-server", Fault::Silent { at: 12 });
}

#[test]
fn credentials_expire_in_the_middle_of_an_apply() {
    let disturbed = Disturbed::new("load-balanced");
    let stack = &disturbed.stack;
    let parts: &[usize] = if tries_asked_for().is_some() { &[1, 2, 3] } else { &[2] };
    for part in parts {
        disturbed.proxy.set(Fault::Expired { after: disturbed.calls * part / 4 });
        let refused = stack.run(&APPLY);
        refused.expect_failure(&["The credentials are not valid, or not any more", "Renew them and run again"]);
        disturbed.proxy.set(Fault::None);
        let said = stack.terrace(&APPLY, 0);
        disturbed.expect_converged(&format!("{}\n{said}", without_plan(&refused.output)));
        stack.start_over();
    }
}

/// Killed at a boundary of the apply of a saved plan; the next run finishes.
#[track_caller]
fn survives(disturbed: &Disturbed, boundary: Boundary) {
    let (stack, proxy) = (&disturbed.stack, &disturbed.proxy);
    stack.start_over();
    stack.terrace(&["plan", "-out=saved"], 0);
    proxy.set(Fault::Deadly(boundary));
    let mut child = stack.start(&["apply", "saved"]);
    proxy.aim_at(child.id());
    child.wait().expect("it ran");
    proxy.await_rest();
    proxy.set(Fault::None);
    let log = std::fs::read_to_string(stack.place.join("log")).unwrap_or_default();
    let next = stack.run(&APPLY);
    let said = format!("killed {boundary:?}:\n{log}\nnext run:\n{}", next.output);
    assert_eq!(next.code, Some(0), "{said}");
    disturbed.expect_converged(&said);
}

/// Before every call, and after every effect; unless more are asked for, `tries` of these, spread over the run.
#[track_caller]
fn survives_at_every_boundary(folder: &str, tries: usize) {
    let disturbed = Disturbed::new(folder);
    let before = (1..=disturbed.calls).map(Boundary::Before);
    let boundaries: Vec<Boundary> = before.chain((1..=disturbed.changes).map(Boundary::After)).collect();
    let tries = tries_asked_for().unwrap_or(tries).clamp(1, boundaries.len());
    let stride = boundaries.len().div_ceil(tries);
    let mut failed = Vec::new();
    for boundary in boundaries.iter().skip(stride / 2).step_by(stride) {
        let outcome = std::panic::catch_unwind(|| survives(&disturbed, *boundary));
        if let Err(panic) = outcome {
            failed.push(panic.downcast_ref::<String>().cloned().unwrap_or_default());
        }
    }
    assert!(failed.is_empty(), "{} of {} boundaries:\n{}", failed.len(), boundaries.len(), failed.join("\n\n"));
}

#[test]
fn killed_while_it_makes_a_load_balanced_stack() {
    survives_at_every_boundary("load-balanced", 3);
}

#[test]
fn killed_while_it_makes_servers_and_a_database() {
    survives_at_every_boundary("app-db", 2);
}

#[test]
fn killed_while_it_makes_a_multi_az_stack() {
    survives_at_every_boundary("multi-az", 3);
}

#[test]
fn killed_while_it_makes_a_network() {
    survives_at_every_boundary("network", 2);
}

#[test]
fn killed_while_it_makes_what_has_no_name() {
    survives_at_every_boundary("unnamed", 3);
}
