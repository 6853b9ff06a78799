//! What a change of a database means: whether its data outlive it, and whether it restarts or fails over.
//!
//! Which changes restart a database: <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.DBInstance.Modifying.html>.
//! What the provider does when it destroys one is decided by the values in the state, not by those in the configuration.

use crate::provider::{Fate, Impact, Judged, Verdict};
use Impact::{Brief, DataLoss, Outage};

/// Nothing: it is no database.
pub fn verdict(change: &Judged<'_>) -> Option<Verdict> {
    match change.kind {
        "aws_db_instance" => Some(match change.fate {
            Fate::Updated => updated(change),
            Fate::Replaced { .. } | Fate::Destroyed if change.text("replicate_source_db").is_some() => {
                Verdict::new(Outage, "whoever reads from this replica finds it gone")
            }
            _ => lost(change),
        }),
        "aws_rds_cluster" => Some(match change.fate {
            Fate::Updated => cluster_updated(change),
            _ => lost(change),
        }),
        "aws_rds_cluster_instance" => match change.fate {
            Fate::Updated => {
                Some(restarted(change, "instance_class", Brief, "it restarts in the new class; a writer fails over"))
            }
            _ => Some(Verdict::new(Brief, "it leaves its cluster; a writer fails over")),
        },
        "aws_elasticache_cluster" | "aws_elasticache_replication_group" if change.fate != Fate::Updated => {
            Some(match change.text("final_snapshot_identifier") {
                None => Verdict::new(DataLoss, "it is destroyed without a final snapshot"),
                Some(snapshot) => {
                    Verdict::new(Outage, format!("its data stay only in the final snapshot {snapshot:?}"))
                }
            })
        }
        _ => None,
    }
}

fn lost(change: &Judged<'_>) -> Verdict {
    let is_replaced = change.fate != Fate::Destroyed;
    match (change.is_on("skip_final_snapshot"), is_replaced) {
        (true, false) => Verdict::new(DataLoss, "it is destroyed without a final snapshot"),
        (true, true) => Verdict::new(DataLoss, "it is replaced by an empty one, without a final snapshot"),
        (false, _) => {
            let snapshot = change.text("final_snapshot_identifier").unwrap_or_default();
            let successor = if is_replaced { "it is replaced by an empty one; " } else { "" };
            Verdict::new(Outage, format!("{successor}its data stay only in the final snapshot {snapshot:?}"))
        }
    }
}

fn updated(change: &Judged<'_>) -> Verdict {
    let has_standby = change.is_on("multi_az");
    let (restart, how) = match has_standby {
        true => (Brief, "it fails over to its standby"),
        false => (Outage, "it is down for some minutes"),
    };
    let starts_or_ends_backups = {
        let days = |value: &crate::value::Value| {
            value.get("backup_retention_period").and_then(|days| days.as_number()?.to_i64())
        };
        (days(change.before) == Some(0)) != (days(change.after) == Some(0))
    };
    let backups = match starts_or_ends_backups && !has_standby {
        true => {
            restarted(change, "backup_retention_period", Brief, "it stops for a moment to begin or end with backups")
        }
        false => Verdict::default(),
    };
    let all = [
        restarted(change, "engine_version", Outage, "it is down while its engine, and its standby's, is upgraded"),
        restarted(change, "instance_class", restart, &format!("{how} for the new class")),
        restarted(change, "db_subnet_group_name", Outage, "it is down while it moves to another network"),
        restarted(change, "identifier", Outage, "its address changes"),
        restarted(change, "port", Outage, "it restarts and answers at another port"),
        restarted(change, "ca_cert_identifier", Brief, "it restarts with the new certificate"),
        restarted(change, "network_type", Brief, "it restarts on the other kind of network"),
        restarted(change, "dedicated_log_volume", Brief, "it restarts with the other kind of log volume"),
        restarted(change, "password", Brief, "new connections need the new password"),
        backups,
    ];
    worst(all)
}

fn cluster_updated(change: &Judged<'_>) -> Verdict {
    worst([
        restarted(change, "engine_version", Outage, "all of its members are down while their engine is upgraded"),
        restarted(change, "port", Outage, "its members restart and answer at another port"),
        restarted(change, "cluster_identifier", Outage, "its address changes"),
        restarted(change, "master_password", Brief, "new connections need the new password"),
    ])
}

/// The first of the worst.
fn worst<const N: usize>(verdicts: [Verdict; N]) -> Verdict {
    verdicts.into_iter().rev().max_by_key(|verdict| verdict.impact).unwrap_or_default()
}

/// What it means that an attribute changes, and when that is.
fn restarted(change: &Judged<'_>, attribute: &str, impact: Impact, reason: &str) -> Verdict {
    if !change.changes(attribute) {
        return Verdict::default();
    }
    let is_at_once = change.after.get("apply_immediately").and_then(|flag| flag.as_bool()) == Some(true)
        || ["password", "master_password"].contains(&attribute);
    let when = if is_at_once { "" } else { ", in its next maintenance window" };
    Verdict::new(impact, format!("{reason}{when}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Text, Value};

    /// A database with `before`, of which `after` is changed.
    #[track_caller]
    fn check(fate: Fate, before: &[(&str, Value)], after: &[(&str, Value)], expected: &str) {
        let object = |entries: &[(&str, Value)]| {
            Value::object(entries.iter().map(|(name, value)| (Text::from(*name), value.clone())).collect::<Vec<_>>())
        };
        let (before, after) = (object(before), object(&[before, after].concat()));
        let change = Judged { kind: "aws_db_instance", fate, before: &before, after: &after };
        let verdict = verdict(&change).expect("it is a database");
        assert_eq!(format!("{}: {}", verdict.impact.words(), verdict.reason), expected);
    }

    #[test]
    fn what_becomes_of_the_data_is_said() {
        let skips = [("skip_final_snapshot", Value::bool(true))];
        let keeps = [("skip_final_snapshot", Value::bool(false)), ("final_snapshot_identifier", Value::text("last"))];
        let replica = [("skip_final_snapshot", Value::bool(true)), ("replicate_source_db", Value::text("main"))];
        let replaced = Fate::Replaced { creates_first: false };
        check(Fate::Destroyed, &skips, &[], "data loss: it is destroyed without a final snapshot");
        check(replaced, &skips, &[], "data loss: it is replaced by an empty one, without a final snapshot");
        check(Fate::Destroyed, &keeps, &[], "outage: its data stay only in the final snapshot \"last\"");
        check(
            replaced,
            &keeps,
            &[],
            "outage: it is replaced by an empty one; its data stay only in the final snapshot \"last\"",
        );
        check(replaced, &replica, &[], "outage: whoever reads from this replica finds it gone");
    }

    #[test]
    fn restarts_and_failovers_are_said_with_their_time() {
        let class = |class: &str| ("instance_class", Value::text(class));
        let (at_once, standby) = (("apply_immediately", Value::bool(true)), ("multi_az", Value::bool(true)));
        let larger = [class("db.m5.large")];
        check(
            Fate::Updated,
            &[class("db.t3.micro"), at_once.clone()],
            &larger,
            "outage: it is down for some minutes for the new class",
        );
        check(
            Fate::Updated,
            &[class("db.t3.micro"), at_once, standby],
            &larger,
            "brief: it fails over to its standby for the new class",
        );
        check(
            Fate::Updated,
            &[class("db.t3.micro")],
            &[("port", Value::number(1))],
            "outage: it restarts and answers at another port, in its next maintenance window",
        );
        check(Fate::Updated, &[class("db.t3.micro")], &[("max_allocated_storage", Value::number(1))], "none: ");
    }
}
