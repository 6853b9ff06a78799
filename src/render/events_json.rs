//! What happens while an operation runs, as one JSON object a line (`-json`), in the form that Terraform calls machine-readable UI.

use super::identity::{id_of, id_or_name_of, suffix};
use super::json::index_json;
use super::plan_text::Counts;
use super::progress::duration_text;
use super::rollout_text::render_stage;
use crate::addr::ResourceInstance;
use crate::change::{Action, ActionReason, InstanceChange, OutputChange};
use crate::config::version::TERRAFORM_VERSION;
use crate::diag::{Diagnostic, SourceMap};
use crate::plan::{Event, Mode, Plan, Rollout, StagePhase};
use crate::rollout::Stage;
use crate::state::OutputValue;
use crate::value::Text;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Version of the form.
const UI_VERSION: &str = "1.2";

/// One line. `timestamp`: RFC 3339 with microseconds.
pub struct Line {
    level: &'static str,
    message: String,
    fields: Map<String, Json>,
}

impl Line {
    fn new(kind: &str, message: String, fields: impl IntoIterator<Item = (&'static str, Json)>) -> Self {
        let mut all: Map<String, Json> = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        all.insert("type".to_owned(), json!(kind));
        Self { level: "info", message, fields: all }
    }

    pub fn render(mut self, timestamp: &str) -> String {
        let mut object = Map::new();
        object.insert("@level".to_owned(), json!(self.level));
        object.insert("@message".to_owned(), json!(self.message));
        object.insert("@module".to_owned(), json!("terraform.ui"));
        object.insert("@timestamp".to_owned(), json!(timestamp));
        self.fields.sort_keys();
        object.extend(self.fields);
        format!("{}\n", Json::Object(object))
    }
}

/// The first line of every run.
pub fn version() -> Line {
    let fields = [("terraform", json!(TERRAFORM_VERSION)), ("ui", json!(UI_VERSION))];
    Line::new("version", format!("Terraform {TERRAFORM_VERSION}"), fields)
}

pub fn message(text: &str) -> Line {
    Line::new("log", text.to_owned(), [])
}

pub fn diagnostic(diagnostic: &Diagnostic, sources: &SourceMap) -> Line {
    let json = super::diagnostics::to_json(diagnostic, sources);
    let (level, word) = if diagnostic.is_error() { ("error", "Error") } else { ("warn", "Warning") };
    let line = Line::new("diagnostic", format!("{word}: {}", diagnostic.summary), [("diagnostic", json)]);
    Line { level, ..line }
}

/// A whole plan: drift, changes, their numbers, outputs.
pub fn plan(plan: &Plan) -> Vec<Line> {
    let mut lines = Vec::new();
    for drift in &plan.drift {
        if drift.change.action != Action::NoOp || plan.mode == Mode::RefreshOnly {
            let json = change_json(drift);
            let word = json["action"].as_str().unwrap_or_default();
            let text = format!("{}: Drift detected ({word})", drift.address);
            lines.push(Line::new("resource_drift", text, [("change", json.clone())]));
        }
    }
    for change in plan.changes.iter().filter(|change| super::plan_text::is_shown(change)) {
        lines.push(planned_change(change));
    }
    lines.push(summary("plan", format!("Plan: {}", Counts::of(plan).planned()), Counts::of(plan)));
    lines.extend(plan.rollouts.iter().map(planned_rollout));
    if !plan.outputs.is_empty() {
        lines.push(planned_outputs(&plan.outputs));
    }
    lines
}

/// A rollout with all of its steps, as `terrace_rollouts` has it.
fn planned_rollout(rollout: &Rollout) -> Line {
    let text = format!("Rollout {}: {} steps", rollout.name, rollout.stages.len());
    Line::new("planned_rollout", text, [("rollout", super::json::rollout_json(rollout))])
}

pub fn planned_change(change: &InstanceChange) -> Line {
    let json = change_json(change);
    let word = json["action"].as_str().unwrap_or_default();
    Line::new("planned_change", format!("{}: Plan to {word}", change.address), [("change", json.clone())])
}

/// `operation`: `plan`, `apply` or `destroy`.
pub fn summary(operation: &str, text: String, counts: Counts) -> Line {
    let changes = json!({
        "add": counts.add,
        "change": counts.change,
        "import": counts.import,
        "remove": counts.destroy,
        "operation": operation,
    });
    Line::new("change_summary", text, [("changes", changes)])
}

fn planned_outputs(outputs: &[OutputChange]) -> Line {
    let by_name: Map<String, Json> = outputs
        .iter()
        .map(|output| {
            let json = json!({ "sensitive": output.is_sensitive, "action": action_word(output.change.action) });
            (output.name.to_string(), json)
        })
        .collect();
    Line::new("outputs", format!("Outputs: {}", by_name.len()), [("outputs", Json::Object(by_name))])
}

/// What the outputs are; sensitive ones without their values.
pub fn outputs(outputs: &BTreeMap<Text, OutputValue>) -> Line {
    let by_name: Map<String, Json> = outputs
        .iter()
        .map(|(name, output)| {
            let mut json = json!({ "sensitive": output.is_sensitive, "type": output.value.type_of().to_json() });
            if !output.is_sensitive {
                json["value"] = super::json::known_json(&output.value);
            }
            (name.to_string(), json)
        })
        .collect();
    Line::new("outputs", format!("Outputs: {}", by_name.len()), [("outputs", Json::Object(by_name))])
}

fn change_json(change: &InstanceChange) -> Json {
    let mut action = action_word(change.change.action);
    let previous = change.previous_address.as_ref().filter(|previous| **previous != change.address);
    if action == "noop" {
        if change.importing.is_some() {
            action = "import";
        } else if previous.is_some() {
            action = "move";
        }
    }
    let mut json = json!({ "resource": address_json(&change.address) });
    if let Some(previous) = previous {
        json["previous_resource"] = address_json(previous);
    }
    json["action"] = json!(action);
    if let Some(reason) = reason_word(change.action_reason) {
        json["reason"] = json!(reason);
    }
    if let Some(importing) = &change.importing {
        json["importing"] = importing.id.as_ref().map_or_else(|| json!({}), |id| json!({ "id": id }));
    }
    if let Some(text) = &change.generated_configuration {
        json["generated_config"] = json!(text);
    }
    json
}

fn address_json(address: &ResourceInstance) -> Json {
    json!({
        "addr": address.to_string(),
        "module": address.module.to_string(),
        "resource": format!("{}{}", address.resource, address.key),
        "implied_provider": address.resource.implied_provider(),
        "resource_type": &*address.resource.kind,
        "resource_name": &*address.resource.name,
        "resource_key": index_json(&address.key).unwrap_or(Json::Null),
    })
}

fn action_word(action: Action) -> &'static str {
    match action {
        Action::NoOp => "noop",
        Action::Create => "create",
        Action::Read => "read",
        Action::Update => "update",
        Action::DeleteThenCreate | Action::CreateThenDelete | Action::ForgetThenCreate => "replace",
        Action::Delete => "delete",
        Action::Forget => "remove",
    }
}

fn reason_word(reason: ActionReason) -> Option<&'static str> {
    Some(match reason {
        ActionReason::ReplaceBecauseTainted => "tainted",
        ActionReason::ReplaceByRequest => "requested",
        ActionReason::ReplaceByTriggers => "replace_triggered_by",
        ActionReason::ReplaceBecauseCannotUpdate => "cannot_update",
        other => return other.as_str(),
    })
}

/// Words for an action that is going on: `Creating`, `creating`, `Creation`.
fn verbs(action: Action) -> (&'static str, &'static str, &'static str) {
    match action {
        Action::Create => ("Creating", "creating", "Creation"),
        Action::Update => ("Modifying", "modifying", "Modifications"),
        Action::Delete => ("Destroying", "destroying", "Destruction"),
        Action::Read => ("Refreshing", "refreshing", "Refresh"),
        Action::Forget => ("Removing", "applying", "Removal"),
        Action::DeleteThenCreate | Action::CreateThenDelete | Action::ForgetThenCreate => {
            ("Replacing", "replacing", "Replacement")
        }
        Action::NoOp => ("Applying", "applying", "Apply"),
    }
}

/// The line for an event; nothing where Terraform says nothing.
pub fn event(event: &Event, elapsed: Duration) -> Option<Line> {
    let seconds = duration_text(elapsed);
    let elapsed_seconds = ((elapsed.as_millis() + 500) / 1000) as u64;
    let hook = |kind: &str, text: String, fields: Json| Line::new(kind, text, [("hook", fields)]);
    let with_id = |mut fields: Json, identity: &Option<(&'static str, String)>| {
        if let Some((key, value)) = identity {
            fields["id_key"] = json!(key);
            fields["id_value"] = json!(value);
        }
        fields
    };
    let operation =
        |address: &ResourceInstance, action: &str| json!({ "resource": address_json(address), "action": action });
    let timed = |address: &ResourceInstance, action: &str| json!({ "resource": address_json(address), "action": action, "elapsed_seconds": elapsed_seconds });
    let provisioned =
        |address: &ResourceInstance, kind: &str| json!({ "resource": address_json(address), "provisioner": kind });
    Some(match event {
        Event::Refreshing { address, object, .. } => {
            let identity = id_of(object);
            let fields = with_id(json!({ "resource": address_json(address) }), &identity);
            hook("refresh_start", format!("{address}: Refreshing state...{}", suffix(identity)), fields)
        }
        Event::Refreshed { address, object, .. } => {
            let identity = id_of(object);
            let fields = with_id(json!({ "resource": address_json(address) }), &identity);
            hook("refresh_complete", format!("{address}: Refresh complete{}", suffix(identity)), fields)
        }
        Event::Reading { address } => {
            hook("apply_start", format!("{address}: Refreshing..."), operation(address, "read"))
        }
        Event::Read { address, object } => {
            let identity = id_of(object);
            let text = format!("{address}: Refresh complete after {seconds}{}", suffix(identity.clone()));
            hook("apply_complete", text, with_id(timed(address, "read"), &identity))
        }
        Event::ReadFailed { address } => {
            hook("apply_errored", format!("{address}: Refresh errored after {seconds}"), timed(address, "read"))
        }
        Event::Applying { address, action, object, .. } => {
            let identity = id_or_name_of(object).filter(|_| *action != Action::Create);
            let text = format!("{address}: {}...{}", verbs(*action).0, suffix(identity.clone()));
            hook("apply_start", text, with_id(operation(address, action_word(*action)), &identity))
        }
        Event::StillApplying { address, action, .. } => {
            let text = format!("{address}: Still {}... [{seconds} elapsed]", verbs(*action).1);
            hook("apply_progress", text, timed(address, action_word(*action)))
        }
        Event::Applied { address, action, object, .. } => {
            let identity = id_of(object).filter(|_| *action != Action::Delete);
            let text = format!("{address}: {} complete after {seconds}{}", verbs(*action).2, suffix(identity.clone()));
            hook("apply_complete", text, with_id(timed(address, action_word(*action)), &identity))
        }
        Event::ApplyFailed { address, action, .. } => {
            let text = format!("{address}: {} errored after {seconds}", verbs(*action).2);
            hook("apply_errored", text, timed(address, action_word(*action)))
        }
        Event::Provisioning { address, kind } => {
            hook("provision_start", format!("{address}: Provisioning with '{kind}'..."), provisioned(address, kind))
        }
        Event::ProvisionOutput { address, kind, line } => {
            let mut fields = provisioned(address, kind);
            fields["output"] = json!(line.trim_end());
            hook("provision_progress", format!("{address}: ({kind}): {}", line.trim_end()), fields)
        }
        Event::Provisioned { address, kind, succeeded } => {
            let (kind_of_line, word) =
                if *succeeded { ("provision_complete", "complete") } else { ("provision_errored", "errored") };
            hook(kind_of_line, format!("{address}: ({kind}) Provisioning {word}"), provisioned(address, kind))
        }
        Event::Opening { address } => {
            hook("ephemeral_op_start", format!("{address}: Opening..."), operation(address, "open"))
        }
        Event::Opened { address } => hook(
            "ephemeral_op_complete",
            format!("{address}: Opening complete after {seconds}"),
            timed(address, "open"),
        ),
        Event::Closing { address } => {
            hook("ephemeral_op_start", format!("{address}: Closing..."), operation(address, "close"))
        }
        Event::Closed { address } => hook(
            "ephemeral_op_complete",
            format!("{address}: Closing complete after {seconds}"),
            timed(address, "close"),
        ),
        Event::Stage { rollout, stage, position, phase } => {
            let text = render_stage(rollout, stage, *position, *phase, elapsed).unwrap_or_default();
            Line::new("rollout_stage", text, [("rollout", stage_json(rollout, stage, *position, *phase))])
        }
        Event::Recovered { message: text } => message(text),
        Event::PreparingImport { .. }
        | Event::Importing { .. }
        | Event::Imported { .. }
        | Event::Adopting { .. }
        | Event::Adopted { .. }
        | Event::Stopping { .. } => return None,
    })
}

/// Stages are not among Terraform's hooks; they have a type of their own.
fn stage_json(rollout: &Rollout, stage: &Stage, position: Option<usize>, phase: StagePhase<'_>) -> Json {
    let (phase, told) = match phase {
        StagePhase::Began => ("begin", ""),
        StagePhase::Going(line) => ("progress", line),
        StagePhase::Done => ("done", ""),
        StagePhase::Failed(seen) => ("failed", seen),
    };
    json!({
        "name": rollout.name,
        "position": position,
        "stage": stage.action.describe(&rollout.fleet),
        "phase": phase,
        "detail": told,
        "in_service": stage.after.in_service().len(),
        "zones": stage.after.zones(&rollout.fleet),
        "weight": stage.after.weight,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Marks, Value};

    #[test]
    fn sensitive_outputs_have_no_value() {
        let value = Value::string("secret").with_marks(Marks::SENSITIVE);
        let all = BTreeMap::from([("o".into(), OutputValue { value, is_sensitive: true })]);
        let line = outputs(&all).render("now");
        assert_eq!(
            line,
            "{\"@level\":\"info\",\"@message\":\"Outputs: 1\",\"@module\":\"terraform.ui\",\"@timestamp\":\"now\",\
             \"outputs\":{\"o\":{\"sensitive\":true,\"type\":\"string\"}},\"type\":\"outputs\"}\n"
        );
    }
}
