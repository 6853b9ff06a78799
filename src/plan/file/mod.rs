//! Saved plans: one file with everything that running the plan needs.
//!
//! The first line says what the file is and holds the SHA-256 of the rest; the rest is JSON, deflated. An altered file is refused. The
//! configuration is in it as source texts, so that what was reviewed is what is run, whatever happens to the directory. Steps are not
//! saved: they follow from configuration, changes and state in the same way as they did.
//!
//! ```text
//! {"format":"terrace plan","version":1,"digest":"sha256:5c31..."}
//! <deflated JSON>
//! ```

mod change;
mod check;
mod snapshot;
mod value;
mod verdict;

pub use snapshot::Snapshot;

use super::{Input, Mode, Plan};
use crate::addr::parse::{from_text, parse_instance};
use crate::change::OutputChange;
use crate::config::{InputSource, InputValue};
use crate::diag::Diagnostic;
use crate::state::State;
use crate::state::v4::{read_state, write_state};
use crate::value::{Path, Text};
use change::{SavedChange, SavedOutput};
use check::SavedCheck;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use value::SavedValue;
use verdict::SavedVerdict;

const FORMAT: &str = "terrace plan";
const VERSION: u32 = 2;

/// A plan as it comes out of a file.
pub struct SavedPlan {
    /// Without steps.
    pub plan: Plan,
    pub snapshot: Snapshot,
    /// Values of root variables as given; those of ephemeral variables are not in it.
    pub variables: BTreeMap<Text, InputValue>,
    /// Ephemeral variables that had values: apply has to be given them again.
    pub ephemeral_variables: Vec<Text>,
    pub workspace: String,
}

#[derive(Serialize, Deserialize)]
struct FirstLine {
    format: String,
    version: u32,
    digest: String,
}

#[derive(Serialize, Deserialize)]
struct Content {
    mode: String,
    workspace: String,
    timestamp: String,
    sources: Snapshot,
    variables: BTreeMap<String, SavedValue>,
    ephemeral_variables: Vec<String>,
    previous_state: String,
    prior_state: String,
    changes: Vec<SavedChange>,
    drift: Vec<SavedChange>,
    outputs: Vec<SavedOutput>,
    relevant_attributes: Vec<(String, value::SavedPath)>,
    checks: Vec<SavedCheck>,
    verdicts: Vec<SavedVerdict>,
    targets: Vec<String>,
    excludes: Vec<String>,
    force_replace: Vec<String>,
    is_errored: bool,
    is_complete: bool,
    is_applyable: bool,
}

/// The bytes of a plan file.
pub fn write_plan(plan: &Plan, input: &Input) -> Vec<u8> {
    let variables = &input.config.root().variables;
    let is_ephemeral = |name: &Text| variables.get(name).is_some_and(|variable| variable.is_ephemeral());
    let given = || input.variables.iter().filter(|(_, given)| given.value.is_some());
    let content = Content {
        mode: mode_text(plan.mode).to_owned(),
        workspace: input.workspace.clone(),
        timestamp: plan.timestamp.clone(),
        sources: Snapshot::of(&input.config),
        variables: given()
            .filter(|(name, _)| !is_ephemeral(name))
            .filter_map(|(name, given)| Some((name.to_string(), SavedValue::of(given.value.as_ref()?))))
            .collect(),
        ephemeral_variables: given().filter(|(name, _)| is_ephemeral(name)).map(|(name, _)| name.to_string()).collect(),
        previous_state: write_state(&plan.previous_state),
        // The state's format has a place for the outcomes of checks.
        prior_state: write_state(&State { checks: plan.checks.clone(), ..plan.prior_state.clone() }),
        changes: plan.changes.iter().map(SavedChange::of).collect(),
        drift: plan.drift.iter().map(SavedChange::of).collect(),
        outputs: plan.outputs.iter().map(SavedOutput::of).collect(),
        relevant_attributes: plan
            .relevant_attributes
            .iter()
            .map(|(address, path)| (address.to_string(), value::path_to_json(path)))
            .collect(),
        checks: plan.checks.iter().map(SavedCheck::of).collect(),
        verdicts: plan.verdicts.iter().map(SavedVerdict::of).collect(),
        targets: plan.targets.clone(),
        excludes: plan.excludes.clone(),
        force_replace: plan.force_replace.iter().map(ToString::to_string).collect(),
        is_errored: plan.is_errored,
        is_complete: plan.is_complete,
        is_applyable: plan.is_applyable,
    };
    let json = serde_json::to_vec(&content).expect("texts, numbers and lists are always JSON");
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    let body = encoder.write_all(&json).and_then(|()| encoder.finish()).expect("a vector takes everything");
    let first = FirstLine {
        format: FORMAT.to_owned(),
        version: VERSION,
        digest: format!("sha256:{}", hex(&Sha256::digest(&body))),
    };
    let mut bytes = serde_json::to_vec(&first).expect("texts are always JSON");
    bytes.push(b'\n');
    bytes.extend(body);
    bytes
}

/// Whether bytes look like a plan file at all.
pub fn is_plan(bytes: &[u8]) -> bool {
    bytes.starts_with(b"{\"format\":\"terrace plan\"")
}

/// Reads a plan file; `name` is for messages.
pub fn read_plan(bytes: &[u8], name: &str) -> Result<SavedPlan, Diagnostic> {
    let refuse = |problem: &str| {
        let detail = format!("Couldn't load \"{name}\" as a plan file: {problem}.");
        Diagnostic::error("Failed to load plan file", detail)
    };
    let line_end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let first: FirstLine =
        serde_json::from_slice(&bytes[..line_end]).map_err(|_| refuse("it was not written by \"plan -out\""))?;
    if first.format != FORMAT || first.version != VERSION {
        return Err(refuse("it was written by another version, which keeps plans differently. Make a new plan"));
    }
    let body = &bytes[line_end + 1..];
    if first.digest != format!("sha256:{}", hex(&Sha256::digest(body))) {
        return Err(refuse("it was altered or cut off after it was written. Make a new plan"));
    }
    let mut json = Vec::new();
    DeflateDecoder::new(body).read_to_end(&mut json).map_err(|_| refuse("it is damaged"))?;
    let content: Content = serde_json::from_slice(&json).map_err(|error| refuse(&error.to_string()))?;
    content.into_plan(name).ok_or_else(|| refuse("something in it makes no sense"))
}

impl Content {
    fn into_plan(self, name: &str) -> Option<SavedPlan> {
        let instance = |text: &str| from_text(text, parse_instance).ok();
        let all =
            |changes: Vec<SavedChange>| changes.into_iter().map(SavedChange::into_change).collect::<Option<Vec<_>>>();
        let variables: BTreeMap<Text, InputValue> = self
            .variables
            .into_iter()
            .map(|(name, value)| {
                let value = Some(value.into_value()?);
                Some((name.into(), InputValue { value, source: InputSource::Unset }))
            })
            .collect::<Option<_>>()?;
        let outputs: Vec<OutputChange> =
            self.outputs.into_iter().map(SavedOutput::into_change).collect::<Option<_>>()?;
        let relevant = self
            .relevant_attributes
            .into_iter()
            .map(|(address, path)| Some((instance(&address)?, value::path_from_json(&path))))
            .collect::<Option<Vec<(_, Path)>>>()?;
        let plan = Plan {
            mode: mode_of(&self.mode)?,
            changes: all(self.changes)?,
            outputs,
            drift: all(self.drift)?,
            relevant_attributes: relevant,
            checks: self.checks.into_iter().map(SavedCheck::into_result).collect::<Option<_>>()?,
            previous_state: read_state(&self.previous_state, name).ok()?,
            prior_state: read_state(&self.prior_state, name).ok()?,
            variables: variables
                .iter()
                .filter_map(|(name, given)| Some((name.clone(), given.value.clone()?)))
                .collect(),
            targets: self.targets,
            excludes: self.excludes,
            force_replace: self.force_replace.iter().map(|text| instance(text)).collect::<Option<_>>()?,
            rollouts: Vec::new(),
            steps: super::Steps::default(),
            verdicts: self.verdicts.into_iter().map(SavedVerdict::into_noticed).collect::<Option<_>>()?,
            is_errored: self.is_errored,
            is_complete: self.is_complete,
            is_applyable: self.is_applyable,
            timestamp: self.timestamp,
        };
        let mut plan = plan;
        plan.checks = std::mem::take(&mut plan.prior_state.checks);
        Some(SavedPlan {
            plan,
            snapshot: self.sources,
            variables,
            ephemeral_variables: self.ephemeral_variables.into_iter().map(Into::into).collect(),
            workspace: self.workspace,
        })
    }
}

fn mode_text(mode: Mode) -> &'static str {
    match mode {
        Mode::Normal => "normal",
        Mode::Destroy => "destroy",
        Mode::RefreshOnly => "refresh-only",
    }
}

fn mode_of(text: &str) -> Option<Mode> {
    Some(match text {
        "normal" => Mode::Normal,
        "destroy" => Mode::Destroy,
        "refresh-only" => Mode::RefreshOnly,
        _ => return None,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
