//! A plan as JSON: `show -json PLAN` (Terraform's `internal/command/jsonplan`, format 1.2).

use super::resource::{ModuleJson, ResourceJson, index_json, mode_text, module_tree};
use super::rollout::rollout_json;
use super::{checks_json, configuration_json, known_json, path_json, sensitive_tree, state_json, unknown_tree};
use crate::addr::ResourceMode;
use crate::change::{Action, Change, Importing, InstanceChange, OutputChange};
use crate::config::Config;
use crate::config::version::TERRAFORM_VERSION;
use crate::plan::{Mode, Noticed, Plan};
use crate::render::schemas::Schemas;
use crate::value::{Type, Value};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

const FORMAT_VERSION: &str = "1.2";

#[derive(Serialize)]
struct PlanJson {
    format_version: &'static str,
    terraform_version: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    variables: BTreeMap<String, Json>,
    planned_values: StateValues,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resource_drift: Vec<ResourceChangeJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resource_changes: Vec<ResourceChangeJson>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    output_changes: BTreeMap<String, ChangeJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prior_state: Option<Json>,
    configuration: Json,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    relevant_attributes: Vec<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<Json>,
    timestamp: String,
    applyable: bool,
    complete: bool,
    errored: bool,
    /// Not Terraform's: what those who use the stack will notice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    terrace_verdicts: Vec<Json>,
    /// Not Terraform's: how the changes of fleets are spread over steps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    terrace_rollouts: Vec<Json>,
}

#[derive(Serialize)]
pub(super) struct StateValues {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, Json>,
    pub root_module: ModuleJson,
}

#[derive(Serialize)]
struct ResourceChangeJson {
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_address: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    module_address: String,
    mode: &'static str,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<Json>,
    provider_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    deposed: Option<String>,
    change: ChangeJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    action_reason: Option<&'static str>,
}

#[derive(Serialize)]
struct ChangeJson {
    actions: &'static [&'static str],
    before: Json,
    /// Left out where all of it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Json>,
    after_unknown: Json,
    before_sensitive: Json,
    after_sensitive: Json,
    #[serde(skip_serializing_if = "Option::is_none")]
    replace_paths: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    importing: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generated_config: Option<String>,
}

/// The whole plan as one line of JSON.
pub fn plan_json(plan: &Plan, config: &Config, schemas: &Schemas) -> String {
    let json = PlanJson {
        format_version: FORMAT_VERSION,
        terraform_version: TERRAFORM_VERSION,
        variables: variables(plan, config),
        planned_values: StateValues {
            outputs: plan.outputs.iter().filter_map(planned_output).collect(),
            root_module: planned_objects(plan, schemas),
        },
        resource_drift: plan
            .drift
            .iter()
            .filter(|drift| plan.mode == Mode::RefreshOnly || drift.change.action != Action::NoOp)
            .map(resource_change)
            .collect(),
        resource_changes: plan
            .changes
            .iter()
            .filter(|change| !is_forgotten_data(change))
            .map(resource_change)
            .collect(),
        output_changes: plan.outputs.iter().map(|output| (output.name.to_string(), output_change(output))).collect(),
        prior_state: (!plan.prior_state.is_empty()).then(|| state_json(&plan.prior_state, schemas)),
        configuration: configuration_json(config, schemas),
        relevant_attributes: relevant_attributes(plan),
        checks: (!plan.checks.is_empty()).then(|| checks_json(&plan.checks)),
        timestamp: plan.timestamp.clone(),
        applyable: plan.is_applyable,
        complete: plan.is_complete,
        errored: plan.is_errored,
        terrace_verdicts: plan.verdicts.iter().map(verdict).collect(),
        terrace_rollouts: plan.rollouts.iter().map(rollout_json).collect(),
    };
    serde_json::to_string(&json).expect("the plan's JSON form has text keys only")
}

/// Given values, and the defaults of what was not given.
fn variables(plan: &Plan, config: &Config) -> BTreeMap<String, Json> {
    let value = |value: &Value| json!({ "value": known_json(value) });
    let mut variables: BTreeMap<String, Json> =
        plan.variables.iter().map(|(name, given)| (name.to_string(), value(given))).collect();
    for (name, variable) in &config.root().variables {
        if let Some(default) = &variable.default {
            variables.entry(name.to_string()).or_insert_with(|| value(default));
        }
    }
    variables
}

/// Taking a data source out of the state is nobody's business.
fn is_forgotten_data(change: &InstanceChange) -> bool {
    change.change.action == Action::Delete && change.address.resource.mode == ResourceMode::Data
}

fn planned_objects(plan: &Plan, schemas: &Schemas) -> ModuleJson {
    let stays = |change: &&InstanceChange| change.change.action != Action::Delete && change.deposed.is_none();
    let mut resources: Vec<_> = plan
        .changes
        .iter()
        .filter(stays)
        .map(|change| {
            let schema = schemas.resource(&change.provider.source, &change.address.resource);
            let mut resource = ResourceJson::named(&change.address, change.provider.source.to_string());
            resource.schema_version = schema.map_or(0, |schema| schema.version);
            let after = &change.change.after;
            let values = known_json(after);
            resource.values = values.as_object().is_some_and(|values| !values.is_empty()).then_some(values);
            resource.sensitive_values = sensitive_tree(after);
            (change.address.module.clone(), resource)
        })
        .collect();
    resources.sort_by(|a, b| a.1.address.cmp(&b.1.address));
    module_tree([], resources)
}

fn planned_output(output: &OutputChange) -> Option<(String, Json)> {
    if output.change.action == Action::Delete {
        return None;
    }
    let after = &output.change.after;
    let mut json = json!({ "sensitive": output.is_sensitive });
    if after.is_wholly_known() {
        // A planned null is stored without its type.
        json["type"] = if after.is_null() { Type::Dynamic } else { after.type_of() }.to_json();
        json["value"] = known_json(after);
    }
    Some((output.name.to_string(), json))
}

fn resource_change(change: &InstanceChange) -> ResourceChangeJson {
    let address = &change.address;
    let previous = change.previous_address.as_ref().filter(|previous| *previous != address);
    let Change { before, after, .. } = &change.change;
    let after_unknown = if after.is_wholly_known() { Json::Object(Default::default()) } else { unknown_tree(after) };
    let importing = change.importing.as_ref().map(|Importing { id }| match id {
        Some(id) => json!({ "id": id }),
        None => json!({ "unknown": true }),
    });
    ResourceChangeJson {
        address: address.to_string(),
        previous_address: previous.map(ToString::to_string),
        module_address: address.module.to_string(),
        mode: mode_text(address.resource.mode),
        kind: address.resource.kind.to_string(),
        name: address.resource.name.to_string(),
        index: index_json(&address.key),
        provider_name: change.provider.source.to_string(),
        deposed: change.deposed.as_ref().map(ToString::to_string),
        change: ChangeJson {
            actions: action_words(change.change.action),
            before: known_json(before),
            after: after.is_known().then(|| known_json(after)),
            after_unknown,
            before_sensitive: sensitive_tree(before),
            after_sensitive: sensitive_tree(after),
            replace_paths: (!change.replace_paths.is_empty())
                .then(|| change.replace_paths.iter().map(path_json).collect()),
            importing,
            generated_config: change.generated_configuration.clone(),
        },
        action_reason: change.action_reason.as_str(),
    }
}

fn verdict(noticed: &Noticed) -> Json {
    let Noticed { address, deposed, verdict } = noticed;
    let mut json =
        json!({ "address": address.to_string(), "verdict": verdict.impact.name(), "reason": verdict.reason });
    if let Some(key) = deposed {
        json["deposed"] = Json::from(&**key);
    }
    json
}

fn output_change(output: &OutputChange) -> ChangeJson {
    let Change { action, before, after } = &output.change;
    ChangeJson {
        actions: action_words(*action),
        before: known_json(before),
        after: after.is_known().then(|| known_json(after)),
        after_unknown: if after.is_wholly_known() { Json::Bool(false) } else { unknown_tree(after) },
        before_sensitive: Json::Bool(output.is_sensitive),
        after_sensitive: Json::Bool(output.is_sensitive),
        replace_paths: None,
        importing: None,
        generated_config: None,
    }
}

fn action_words(action: Action) -> &'static [&'static str] {
    match action {
        Action::NoOp => &["no-op"],
        Action::Create => &["create"],
        Action::Read => &["read"],
        Action::Update => &["update"],
        Action::DeleteThenCreate => &["delete", "create"],
        Action::CreateThenDelete => &["create", "delete"],
        Action::Delete => &["delete"],
        Action::Forget => &["forget"],
        Action::ForgetThenCreate => &["create", "forget"],
    }
}

fn relevant_attributes(plan: &Plan) -> Vec<Json> {
    let mut attributes: Vec<_> = plan.relevant_attributes.iter().collect();
    attributes.sort();
    attributes.dedup();
    attributes
        .into_iter()
        .map(|(address, path)| json!({ "resource": address.to_string(), "attribute": path_json(path) }))
        .collect()
}
