//! Outcomes of checks in a plan file.

use crate::state::{CheckInstance, CheckKind, CheckResult, CheckStatus};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub struct SavedCheck {
    kind: String,
    address: String,
    status: String,
    instances: Vec<SavedInstance>,
}

#[derive(Serialize, Deserialize)]
struct SavedInstance {
    address: String,
    status: String,
    failures: Vec<String>,
}

const KINDS: [(CheckKind, &str); 4] = [
    (CheckKind::Resource, "resource"),
    (CheckKind::Output, "output"),
    (CheckKind::Check, "check"),
    (CheckKind::InputVariable, "var"),
];

const STATUSES: [(CheckStatus, &str); 4] = [
    (CheckStatus::Pass, "pass"),
    (CheckStatus::Fail, "fail"),
    (CheckStatus::Error, "error"),
    (CheckStatus::Unknown, "unknown"),
];

fn text_of<T: PartialEq>(table: &[(T, &str)], wanted: T) -> String {
    table.iter().find(|(known, _)| *known == wanted).map(|(_, text)| (*text).to_owned()).unwrap_or_default()
}

fn find<T: Copy>(table: &[(T, &str)], text: &str) -> Option<T> {
    table.iter().find(|(_, known)| *known == text).map(|(value, _)| *value)
}

impl SavedCheck {
    pub fn of(result: &CheckResult) -> Self {
        let instances = result.instances.iter().map(|instance| SavedInstance {
            address: instance.address.clone(),
            status: text_of(&STATUSES, instance.status),
            failures: instance.failures.clone(),
        });
        Self {
            kind: text_of(&KINDS, result.kind),
            address: result.address.clone(),
            status: text_of(&STATUSES, result.status),
            instances: instances.collect(),
        }
    }

    pub fn into_result(self) -> Option<CheckResult> {
        let instances = self.instances.into_iter().map(|instance| {
            let status = find(&STATUSES, &instance.status)?;
            Some(CheckInstance { address: instance.address, status, failures: instance.failures })
        });
        Some(CheckResult {
            kind: find(&KINDS, &self.kind)?,
            address: self.address,
            status: find(&STATUSES, &self.status)?,
            instances: instances.collect::<Option<_>>()?,
        })
    }
}
