//! Changes in a plan file.

use super::value::{SavedPath, SavedValue, path_from_json, path_to_json};
use crate::addr::parse::{from_text, parse_instance};
use crate::change::{Action, ActionReason, Change, Importing, InstanceChange, OutputChange};
use crate::state::v4::provider_config;
use crate::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub struct SavedChange {
    address: String,
    previous_address: Option<String>,
    deposed: Option<String>,
    provider: String,
    action: String,
    reason: Option<String>,
    before: SavedValue,
    after: SavedValue,
    replace_paths: Vec<SavedPath>,
    /// The id; an empty list where it is not known yet.
    importing: Option<Vec<String>>,
    generated_configuration: Option<String>,
    private: String,
}

#[derive(Serialize, Deserialize)]
pub struct SavedOutput {
    name: String,
    action: String,
    before: SavedValue,
    after: SavedValue,
    is_sensitive: bool,
}

const ACTIONS: [(Action, &str); 9] = [
    (Action::NoOp, "no-op"),
    (Action::Create, "create"),
    (Action::Read, "read"),
    (Action::Update, "update"),
    (Action::DeleteThenCreate, "delete, create"),
    (Action::CreateThenDelete, "create, delete"),
    (Action::Delete, "delete"),
    (Action::Forget, "forget"),
    (Action::ForgetThenCreate, "forget, create"),
];

fn action_text(action: Action) -> String {
    ACTIONS.iter().find(|(known, _)| *known == action).map_or("no-op", |(_, text)| text).to_owned()
}

fn action_of(text: &str) -> Option<Action> {
    ACTIONS.iter().find(|(_, known)| *known == text).map(|(action, _)| *action)
}

impl SavedChange {
    pub fn of(change: &InstanceChange) -> Self {
        Self {
            address: change.address.to_string(),
            previous_address: change.previous_address.as_ref().map(ToString::to_string),
            deposed: change.deposed.as_ref().map(|key| key.to_string()),
            provider: change.provider.to_string(),
            action: action_text(change.change.action),
            reason: change.action_reason.as_str().map(str::to_owned),
            before: SavedValue::of(&change.change.before),
            after: SavedValue::of(&change.change.after),
            replace_paths: change.replace_paths.iter().map(path_to_json).collect(),
            importing: change.importing.as_ref().map(|importing| importing.id.iter().cloned().collect()),
            generated_configuration: change.generated_configuration.clone(),
            private: STANDARD.encode(&*change.private),
        }
    }

    pub fn into_change(self) -> Option<InstanceChange> {
        let instance = |text: &str| from_text(text, parse_instance).ok();
        let change = Change {
            action: action_of(&self.action)?,
            before: self.before.into_value()?,
            after: self.after.into_value()?,
        };
        Some(InstanceChange {
            address: instance(&self.address)?,
            previous_address: match &self.previous_address {
                Some(text) => Some(instance(text)?),
                None => None,
            },
            deposed: self.deposed.map(Into::into),
            provider: provider_config(&self.provider)?,
            change,
            action_reason: self.reason.map_or(Some(ActionReason::None), |text| ActionReason::parse(&text))?,
            replace_paths: self.replace_paths.iter().map(path_from_json).collect(),
            reasons: Vec::new(),
            importing: self.importing.map(|id| Importing { id: id.into_iter().next() }),
            generated_configuration: self.generated_configuration,
            private: STANDARD.decode(self.private).ok()?.into(),
        })
    }
}

impl SavedOutput {
    pub fn of(output: &OutputChange) -> Self {
        Self {
            name: output.name.to_string(),
            action: action_text(output.change.action),
            before: SavedValue::of(&of_no_type(&output.change.before)),
            after: SavedValue::of(&of_no_type(&output.change.after)),
            is_sensitive: output.is_sensitive,
        }
    }

    pub fn into_change(self) -> Option<OutputChange> {
        let change = Change {
            action: action_of(&self.action)?,
            before: self.before.into_value()?,
            after: self.after.into_value()?,
        };
        Some(OutputChange { name: self.name.into(), change, is_sensitive: self.is_sensitive })
    }
}

/// Outputs are of any type, so that a null one has none.
fn of_no_type(value: &Value) -> Value {
    if value.is_null() { Value::untyped_null().with_marks(value.marks()) } else { value.clone() }
}
