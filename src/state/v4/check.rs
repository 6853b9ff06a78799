//! `check_results`: what conditions gave when they were last looked at.

use super::write::Writer;
use crate::state::{CheckInstance, CheckKind, CheckResult, CheckStatus};
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Entry {
    object_kind: String,
    config_addr: String,
    status: String,
    #[serde(default)]
    objects: Option<Vec<Object>>,
}

#[derive(Deserialize)]
struct Object {
    object_addr: String,
    status: String,
    #[serde(default)]
    failure_messages: Option<Vec<String>>,
}

impl Entry {
    /// Kinds that a newer version invented are passed over, as Terraform does.
    pub fn into_result(self) -> Option<CheckResult> {
        let kind = match self.object_kind.as_str() {
            "resource" => CheckKind::Resource,
            "output" => CheckKind::Output,
            "check" => CheckKind::Check,
            "var" => CheckKind::InputVariable,
            _ => return None,
        };
        let instance = |object: Object| CheckInstance {
            address: object.object_addr,
            status: status_of(&object.status),
            failures: object.failure_messages.unwrap_or_default(),
        };
        let instances = self.objects.unwrap_or_default().into_iter().map(instance).collect();
        Some(CheckResult { kind, address: self.config_addr, status: status_of(&self.status), instances })
    }
}

fn status_of(text: &str) -> CheckStatus {
    match text {
        "pass" => CheckStatus::Pass,
        "fail" => CheckStatus::Fail,
        "error" => CheckStatus::Error,
        _ => CheckStatus::Unknown,
    }
}

fn status_name(status: CheckStatus) -> &'static str {
    match status {
        CheckStatus::Pass => "pass",
        CheckStatus::Fail => "fail",
        CheckStatus::Error => "error",
        CheckStatus::Unknown => "unknown",
    }
}

pub(super) fn write(checks: &[CheckResult], out: &mut Writer) {
    if checks.is_empty() {
        return out.raw("null");
    }
    out.array(checks, |check, out| {
        let kind = match check.kind {
            CheckKind::Resource => "resource",
            CheckKind::Output => "output",
            CheckKind::Check => "check",
            CheckKind::InputVariable => "var",
        };
        out.object(|out| {
            out.text("object_kind", kind);
            out.text("config_addr", &check.address);
            out.text("status", status_name(check.status));
            out.key("objects");
            if check.instances.is_empty() {
                return out.raw("null");
            }
            out.array(&check.instances, |instance, out| {
                out.object(|out| {
                    out.text("object_addr", &instance.address);
                    out.text("status", status_name(instance.status));
                    if !instance.failures.is_empty() {
                        out.key("failure_messages");
                        out.array(&instance.failures, |message, out| out.string(message));
                    }
                });
            });
        });
    });
}
