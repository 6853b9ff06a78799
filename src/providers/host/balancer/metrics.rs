//! Counters of what was served, and the text that Prometheus reads
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
//!
//! The fast path holds its series by reference and only adds; names and labels are put together when somebody asks.

use super::member::locked;
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Upper bounds of the latency histogram, microseconds; the last is without bound.
const BOUNDS_US: [u64; 13] =
    [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 10_000_000];

/// Where requests were served: listener, group, member; the last two are empty where the balancer answered itself.
pub(super) type Labels = [String; 4];
const LABEL_NAMES: [&str; 4] = ["load_balancer", "listener", "target_group", "target"];

#[derive(Default)]
pub(super) struct Metrics {
    series: Mutex<BTreeMap<Labels, Arc<Series>>>,
    pub(super) retries: AtomicU64,
    pub(super) drains: AtomicU64,
    /// Open connections of clients.
    pub(super) connections: AtomicI64,
    /// Connections that were refused because of a limit.
    pub(super) refused: AtomicU64,
}

#[derive(Default)]
pub(super) struct Series {
    /// By status class: other, 1xx to 5xx.
    classes: [AtomicU64; 6],
    buckets: [AtomicU64; BOUNDS_US.len() + 1],
    sum_us: AtomicU64,
}

impl Series {
    pub(super) fn count(&self, status: u16, took: Duration) {
        let class = usize::from(status / 100);
        self.classes[if class < self.classes.len() { class } else { 0 }].fetch_add(1, Relaxed);
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.buckets[BOUNDS_US.partition_point(|bound| *bound < took_us)].fetch_add(1, Relaxed);
        self.sum_us.fetch_add(took_us, Relaxed);
    }
}

/// A member for the metrics.
pub(super) struct MemberGauge {
    pub(super) group: String,
    pub(super) member: String,
    pub(super) is_healthy: bool,
    pub(super) active: usize,
    pub(super) ejections: u32,
}

impl Metrics {
    pub(super) fn series(&self, labels: Labels) -> Arc<Series> {
        locked(&self.series).entry(labels).or_default().clone()
    }

    pub(super) fn render(&self, members: &[MemberGauge]) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut text, members);
        text
    }

    fn write(&self, out: &mut String, members: &[MemberGauge]) -> fmt::Result {
        let series = locked(&self.series);
        head(out, "requests_total", "counter", "Requests by who served them and class of status.")?;
        for (labels, series) in series.iter() {
            for (class, count) in series.classes.iter().enumerate().filter(|(_, count)| count.load(Relaxed) > 0) {
                let name = if class == 0 { "other".to_owned() } else { format!("{class}xx") };
                let labels = labels_text(labels);
                writeln!(out, "terrace_balancer_requests_total{{{labels},status=\"{name}\"}} {}", count.load(Relaxed))?;
            }
        }
        head(out, "request_duration_seconds", "histogram", "From a request's head to the last byte of its answer.")?;
        for (labels, series) in series.iter() {
            series.write_histogram(out, &labels_text(labels))?;
        }
        drop(series);
        head(out, "target_healthy", "gauge", "1 where a target is in service.")?;
        for member in members {
            line(out, "target_healthy", member, u64::from(member.is_healthy))?;
        }
        head(out, "target_active", "gauge", "Requests and connections that a target works on.")?;
        for member in members {
            line(out, "target_active", member, member.active as u64)?;
        }
        head(out, "target_ejections_total", "counter", "Times a target rested because requests to it failed.")?;
        for member in members {
            line(out, "target_ejections_total", member, u64::from(member.ejections))?;
        }
        for (name, kind, help, value) in [
            ("retries_total", "counter", "Requests sent again to another target.", self.retries.load(Relaxed)),
            ("drains_total", "counter", "Targets that began to drain.", self.drains.load(Relaxed)),
            ("refused_total", "counter", "Connections closed because of a limit.", self.refused.load(Relaxed)),
            (
                "connections",
                "gauge",
                "Open connections of clients.",
                self.connections.load(Relaxed).max(0).cast_unsigned(),
            ),
        ] {
            head(out, name, kind, help)?;
            writeln!(out, "terrace_balancer_{name} {value}")?;
        }
        Ok(())
    }
}

impl Series {
    fn write_histogram(&self, out: &mut String, labels: &str) -> fmt::Result {
        let mut total = 0;
        for (at, bucket) in self.buckets.iter().enumerate() {
            total += bucket.load(Relaxed);
            let bound = BOUNDS_US.get(at).map_or("+Inf".to_owned(), |bound| (*bound as f64 / 1e6).to_string());
            writeln!(out, "terrace_balancer_request_duration_seconds_bucket{{{labels},le=\"{bound}\"}} {total}")?;
        }
        let sum = self.sum_us.load(Relaxed) as f64 / 1e6;
        writeln!(out, "terrace_balancer_request_duration_seconds_sum{{{labels}}} {sum}")?;
        writeln!(out, "terrace_balancer_request_duration_seconds_count{{{labels}}} {total}")
    }
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) -> fmt::Result {
    writeln!(out, "# HELP terrace_balancer_{name} {help}\n# TYPE terrace_balancer_{name} {kind}")
}

fn line(out: &mut String, name: &str, member: &MemberGauge, value: u64) -> fmt::Result {
    let (group, target) = (escaped(&member.group), escaped(&member.member));
    writeln!(out, "terrace_balancer_{name}{{target_group=\"{group}\",target=\"{target}\"}} {value}")
}

fn labels_text(labels: &Labels) -> String {
    let pairs = LABEL_NAMES.iter().zip(labels).map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
    pairs.collect::<Vec<_>>().join(",")
}

fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}
