//! What a change of an object of the host means for those who use it.

use crate::provider::{Fate, Impact, Judged, Loss, Verdict};
use Impact::{Brief, DataLoss, None as Unnoticed, Outage};

pub fn verdict(change: Judged<'_>) -> Verdict {
    match (change.kind, change.fate) {
        ("host_database", Fate::Updated) => change.by_update(&[
            ("password", Brief, "new connections need the new password"),
            ("parameters", Brief, "the database starts again where a parameter needs it"),
        ]),
        ("host_database", _) if change.text("replicate_source_db").is_some() => {
            Verdict::new(Outage, "whoever reads from this replica finds it gone")
        }
        // The host keeps no snapshots.
        ("host_database", Fate::Destroyed) => Verdict::new(DataLoss, "it is destroyed with its data"),
        ("host_database", Fate::Replaced { .. }) => Verdict::new(DataLoss, "it is replaced by an empty one"),
        _ => change.by_loss(LOSSES),
    }
}

#[rustfmt::skip]
const LOSSES: &[Loss] = &[
    Loss {
        kinds: &["host_server"],
        gone: (Outage, "the server goes and nothing takes its place"),
        gap: (Outage, "the server is gone until its successor runs"),
        succession: (Brief, "whoever reaches it by its address has to find its successor"),
    },
    Loss {
        kinds: &["host_listener", "host_load_balancer"],
        gone: (Outage, "nothing listens at its port any more"),
        gap: (Brief, "nothing listens at its port until its successor does"),
        succession: (Unnoticed, ""),
    },
    Loss {
        kinds: &["host_listener_rule"],
        gone: (Brief, "what it matched goes by other rules from now on"),
        gap: (Brief, "what it matches goes by other rules until its successor is there"),
        succession: (Unnoticed, ""),
    },
    Loss {
        kinds: &["host_target_group"],
        gone: (Outage, "nothing that forwards to it is answered any more"),
        gap: (Outage, "its members are out of service until they are healthy in its successor"),
        succession: (Brief, "its members serve again once they are healthy in its successor"),
    },
];
