//! Blocks as they are written, and what is said about wrong ones.

use super::*;
use crate::config::parse_file;
use crate::diag::SourceMap;
use crate::eval::Constants;
use crate::rollout::policy::{Amount, Analysis, Probe, Strategy};
use std::sync::Arc;
use std::time::Duration;

fn read(text: &str) -> (Vec<Written>, Vec<String>) {
    let mut sources = SourceMap::new();
    let (body, found) = parse_file("web.terrace.hcl", text.as_bytes(), &mut sources);
    assert!(!found.has_errors(), "{found:?}");
    let (rollouts, found) = read_rollouts(&[Arc::new(body)], &ModulePath::root(), &Constants, true);
    let line = |span: Option<Span>| span.map_or(0, |span| text[..span.start as usize].matches('\n').count() + 1);
    (rollouts, found.iter().map(|problem| format!("{}: {}", line(problem.subject), problem.summary)).collect())
}

#[test]
fn everything_that_can_be_said() {
    let (rollouts, found) = read(
        r#"
rollout "web" {
  fleet         = module.app.aws_instance.web
  target_groups = [aws_lb_target_group.web]

  strategy "rolling" {
    batch              = "25%"
    max_surge          = 2
    one_zone_at_a_time = true
    pause              = "30s"
  }
  health {
    timeout    = "10m"
    stable_for = "15s"
  }
  analysis "answers" {
    url              = "http://127.0.0.1/health"
    status           = [200, 204]
    latency          = "250ms"
    interval         = "1s"
    failures_allowed = 3
  }
  analysis "errors" {
    url   = "https://prometheus"
    query = "rate(errors[1m])"
    below = 0.01
  }
  drain { timeout = "1m" }
  on_failure = "pause"
  deadline   = "1h"
}
"#,
    );
    assert_eq!(found, [""; 0]);
    let rollout = &rollouts[0];
    assert_eq!((&*rollout.name, rollout.fleet.to_string().as_str()), ("web", "module.app.aws_instance.web"));
    assert_eq!(rollout.target_groups[0].to_string(), "aws_lb_target_group.web");
    let seconds = Duration::from_secs;
    let expected = Policy {
        strategy: Strategy::Rolling {
            batch: Amount::Percent(25),
            max_surge: Amount::Count(2),
            max_unavailable: Amount::Count(0),
            one_zone_at_a_time: true,
            pause: seconds(30),
        },
        health_timeout: seconds(600),
        stable_for: seconds(15),
        analysis: vec![
            Analysis {
                name: "answers".into(),
                probe: Probe::Http {
                    url: "http://127.0.0.1/health".into(),
                    status: vec![200, 204],
                    latency: Some(Duration::from_millis(250)),
                },
                interval: seconds(1),
                failures_allowed: 3,
            },
            Analysis {
                name: "errors".into(),
                probe: Probe::Prometheus {
                    url: "https://prometheus".into(),
                    query: "rate(errors[1m])".into(),
                    threshold: 0.01,
                    must_be_below: true,
                },
                interval: seconds(10),
                failures_allowed: 0,
            },
        ],
        drain_timeout: seconds(60),
        on_failure: OnFailure::Pause,
        deadline: Some(seconds(3600)),
    };
    assert_eq!(rollout.policy, expected);
}

#[test]
fn what_is_wrong_is_said_at_its_line() {
    let (rollouts, found) = read(
        r#"rollout "web" {
  fleet = "aws_instance.web"
  strategy "rollling" {}
  on_failure = "shrug"
  deadline = "soon"
  unknown = 1
}
rollout "a" {
  fleet = aws_instance.a
  strategy "canary" {
    weights = [50, 5]
    bake = "2 minutes"
  }
  strategy "rolling" {
    batch = 0
  }
  analysis "x" { url = "localhost" }
  analysis "y" {
    url = "http://localhost"
    query = "up"
  }
}
rollout "b" { fleet = aws_instance.a }
"#,
    );
    assert_eq!(rollouts.len(), 1);
    assert_eq!(
        found,
        [
            "6: Unsupported argument",
            "3: Unknown strategy",
            "5: Invalid duration",
            "4: Invalid on_failure",
            "2: Invalid address",
            "14: Duplicate strategy block",
            "11: Canary weights do not rise",
            "12: Invalid duration",
            "17: Invalid address",
            "18: Missing threshold",
            "23: Duplicate rollout block",
        ]
    );
}

#[test]
fn servers_are_immutable_unless_one_line_says_otherwise() {
    let read = |text: &str| {
        let (body, _) = parse_file("servers.terrace.hcl", text.as_bytes(), &mut SourceMap::new());
        let (is_immutable, found) = read_servers(&[Arc::new(body)]);
        (is_immutable, found.iter().map(|problem| problem.summary.clone()).collect::<Vec<_>>())
    };
    assert_eq!(read(""), (None, vec![]));
    assert_eq!(read("servers { immutable = false }"), (Some(false), vec![]));
    assert_eq!(read("servers { immutable = \"maybe\" }"), (Some(true), vec!["Invalid value in rollout".to_owned()]));
    assert_eq!(read("servers { immutable = var.yes }"), (Some(true), vec!["Variables not allowed".to_owned()]));
}

#[test]
fn json_says_the_same_as_the_native_syntax() {
    let native = "rollout \"web\" {\n fleet = module.app.aws_instance.web\n target_groups = [aws_lb_target_group.web]\n \
                  strategy \"canary\" {\n weights = [5, 25]\n bake = \"2m\"\n }\n analysis \"a\" { url = \"http://web\" }\n}\n";
    let json = r#"{"rollout": {"web": {"fleet": "module.app.aws_instance.web", "target_groups": ["aws_lb_target_group.web"],
        "strategy": {"canary": {"weights": [5, 25], "bake": "2m"}}, "analysis": {"a": {"url": "http://web"}}}}}"#;
    let read = |name: &str, text: &str| {
        let (body, found) = parse_file(name, text.as_bytes(), &mut SourceMap::new());
        assert!(!found.has_errors(), "{found:?}");
        let (mut rollouts, found) = read_rollouts(&[Arc::new(body)], &ModulePath::default(), &Constants, true);
        assert!(!found.has_errors(), "{found:?}");
        let Written { name, fleet, target_groups, policy, .. } = rollouts.remove(0);
        (name, fleet, target_groups, policy)
    };
    assert_eq!(read("web.terrace.json", json), read("web.terrace.hcl", native));
}
