//! How the user's own conditions came out, over a whole plan or apply.
//!
//! Every block with conditions is in the result, also one that was never reached (unknown) or has no instances (pass).

use crate::state::{CheckInstance, CheckKind, CheckResult, CheckStatus};
use std::collections::BTreeMap;

/// Outcomes so far.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    blocks: BTreeMap<String, BlockChecks>,
}

#[derive(Clone, Debug)]
struct BlockChecks {
    kind: CheckKind,
    /// Nothing as long as its instances are not known.
    instances: Option<BTreeMap<String, InstanceChecks>>,
}

#[derive(Clone, Debug, Default)]
struct InstanceChecks {
    rules: BTreeMap<RuleId, (CheckStatus, Option<String>)>,
}

/// One condition of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleId {
    pub kind: RuleKind,
    pub index: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleKind {
    ResourcePrecondition,
    ResourcePostcondition,
    OutputPrecondition,
    Assertion,
    CheckData,
    Validation,
}

impl RuleKind {
    /// As in `Resource precondition failed`.
    pub fn description(self) -> &'static str {
        match self {
            Self::ResourcePrecondition => "Resource precondition",
            Self::ResourcePostcondition => "Resource postcondition",
            Self::OutputPrecondition => "Module output value precondition",
            Self::Assertion => "Check block assertion",
            Self::CheckData => "Check block data resource",
            Self::Validation => "Input variable validation",
        }
    }
}

impl Checks {
    /// A block that has conditions exists.
    pub fn declare(&mut self, kind: CheckKind, block: String) {
        self.blocks.entry(block).or_insert(BlockChecks { kind, instances: None });
    }

    /// The block has these instances. Outcomes known so far are kept.
    pub fn expand(&mut self, block: &str, instances: impl IntoIterator<Item = String>) {
        if let Some(block) = self.blocks.get_mut(block) {
            let known = block.instances.get_or_insert_default();
            for instance in instances {
                known.entry(instance).or_default();
            }
        }
    }

    pub fn report(&mut self, block: &str, instance: &str, rule: RuleId, status: CheckStatus, message: Option<String>) {
        if let Some(block) = self.blocks.get_mut(block) {
            let instances = block.instances.get_or_insert_default();
            instances.entry(instance.to_owned()).or_default().rules.insert(rule, (status, message));
        }
    }

    /// Forgets what came of `check` blocks: they are about to be evaluated again.
    pub fn reset_check_blocks(&mut self) {
        let blocks = self.blocks.values_mut().filter(|block| block.kind == CheckKind::Check);
        for instance in blocks.filter_map(|block| block.instances.as_mut()).flat_map(BTreeMap::values_mut) {
            instance.rules.clear();
        }
    }

    pub fn status_of(&self, block: &str, instance: &str) -> CheckStatus {
        let found = self.blocks.get(block).and_then(|block| block.instances.as_ref()?.get(instance));
        found.map_or(CheckStatus::Unknown, InstanceChecks::status)
    }

    pub fn results(&self) -> Vec<CheckResult> {
        self.blocks.iter().map(|(address, block)| block.result(address)).collect()
    }
}

impl BlockChecks {
    fn result(&self, address: &str) -> CheckResult {
        let instances: Vec<CheckInstance> = self
            .instances
            .iter()
            .flatten()
            .map(|(address, instance)| CheckInstance {
                address: address.clone(),
                status: instance.status(),
                failures: instance.failures(),
            })
            .collect();
        let status = match &self.instances {
            None => CheckStatus::Unknown,
            Some(_) => worst(instances.iter().map(|instance| instance.status)),
        };
        CheckResult { kind: self.kind, address: address.to_owned(), status, instances }
    }
}

impl InstanceChecks {
    fn status(&self) -> CheckStatus {
        if self.rules.is_empty() {
            return CheckStatus::Unknown;
        }
        worst(self.rules.values().map(|(status, _)| *status))
    }

    fn failures(&self) -> Vec<String> {
        let failed = self.rules.values().filter(|(status, _)| *status == CheckStatus::Fail);
        failed.filter_map(|(_, message)| message.clone()).filter(|message| !message.is_empty()).collect()
    }
}

/// Errors before failures before what is not known yet.
fn worst(statuses: impl Iterator<Item = CheckStatus>) -> CheckStatus {
    let rank = |status: &CheckStatus| match status {
        CheckStatus::Pass => 0,
        CheckStatus::Unknown => 1,
        CheckStatus::Fail => 2,
        CheckStatus::Error => 3,
    };
    statuses.max_by_key(rank).unwrap_or(CheckStatus::Pass)
}
