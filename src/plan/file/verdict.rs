//! Verdicts in a plan file.

use crate::addr::parse::{from_text, parse_instance};
use crate::plan::Noticed;
use crate::provider::{Impact, Verdict};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub struct SavedVerdict {
    address: String,
    deposed: Option<String>,
    impact: String,
    reason: String,
}

impl SavedVerdict {
    pub fn of(noticed: &Noticed) -> Self {
        Self {
            address: noticed.address.to_string(),
            deposed: noticed.deposed.as_ref().map(ToString::to_string),
            impact: noticed.verdict.impact.name().to_owned(),
            reason: noticed.verdict.reason.clone(),
        }
    }

    pub fn into_noticed(self) -> Option<Noticed> {
        let known = [Impact::Brief, Impact::Outage, Impact::DataLoss];
        let impact = known.into_iter().find(|impact| impact.name() == self.impact)?;
        Some(Noticed {
            address: from_text(&self.address, parse_instance).ok()?,
            deposed: self.deposed.map(Into::into),
            verdict: Verdict::new(impact, self.reason),
        })
    }
}
