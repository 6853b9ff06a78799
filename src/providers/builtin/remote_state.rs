//! `terraform_remote_state`: the root outputs of another state.
//!
//! The local backend is here; the others come with the stores that read them.

use crate::provider::{Complaint, DataOutcome};
use crate::schema::{Attribute, Block, Schema};
use crate::value::{Data, Path, Text, Type, Value, from_json_as};
use std::collections::BTreeMap;

pub const NAME: &str = "terraform_remote_state";

/// Terraform's backends that we cannot read yet.
const OTHER_BACKENDS: [&str; 12] =
    ["azurerm", "cloud", "consul", "cos", "gcs", "http", "kubernetes", "oci", "oss", "pg", "remote", "s3"];

pub fn schema() -> Schema {
    let attributes = [
        ("backend", Attribute::required(Type::String).described("The remote backend to use, e.g. `remote` or `http`.")),
        (
            "config",
            Attribute::optional(Type::Dynamic).described(
                "The configuration of the remote backend. Although this is optional, most backends require some configuration.\n\nThe \
                 object can use any arguments that would be valid in the equivalent `terraform { backend \"<TYPE>\" { ... } }` block.",
            ),
        ),
        (
            "defaults",
            Attribute::optional(Type::Dynamic)
                .described("Default values for outputs, in case the state file is empty or lacks a required output."),
        ),
        (
            "outputs",
            Attribute::computed(Type::Dynamic).described("An object containing every root-level output in the remote state."),
        ),
        (
            "workspace",
            Attribute::optional(Type::String).described("The Terraform workspace to use, if the backend supports workspaces."),
        ),
    ];
    let attributes = attributes.into_iter().map(|(name, attribute)| (Text::from(name), attribute)).collect();
    Schema { version: 0, block: Block { attributes, ..Block::default() } }
}

pub fn validate(configuration: &Value) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let is_known = |name: &str| configuration.get(name).is_none_or(Value::is_wholly_known);
    if is_known("config") && is_known("backend") {
        complaints.extend(Location::of(configuration).err());
    } else if !is_object(configuration.get("config")) {
        complaints.push(
            Complaint::error("Invalid backend configuration", "The configuration must be an object value.")
                .at(Path::of_attribute("config")),
        );
    }
    if !is_object(configuration.get("defaults")) {
        complaints.push(
            Complaint::error("Invalid default values", "Defaults must be given in an object value.")
                .at(Path::of_attribute("defaults")),
        );
    }
    complaints
}

fn is_object(value: Option<&Value>) -> bool {
    value.is_none_or(|value| matches!(value.type_of(), Type::Dynamic | Type::Object(_) | Type::Map(_)))
}

pub fn read(configuration: &Value) -> DataOutcome {
    let location = Location::of(configuration).map_err(|complaint| vec![complaint])?;
    let workspace = configuration.get("workspace").and_then(Value::as_str).map_or("default", |name| &**name);
    let path = location.state_file(workspace);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(vec![missing()]),
        Err(error) => return Err(vec![Complaint::error(format!("error reading {path}: {error}"), "")]),
    };
    let mut outputs: BTreeMap<Text, Value> = BTreeMap::new();
    if let Some(defaults) = configuration.get("defaults").and_then(Value::as_entries) {
        outputs.extend(defaults.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    outputs.extend(outputs_of(&text, &path).map_err(|complaint| vec![complaint])?);
    let attribute = |name: &str| configuration.get(name).cloned().unwrap_or_default();
    let object = Value::object([
        (Text::from("backend"), attribute("backend")),
        ("config".into(), attribute("config")),
        ("defaults".into(), attribute("defaults")),
        ("outputs".into(), Value::object(outputs)),
        ("workspace".into(), attribute("workspace")),
    ]);
    Ok((object, Vec::new()))
}

fn missing() -> Complaint {
    let detail = "No stored state was found for the given workspace in the given backend.";
    Complaint::error("Unable to find remote state", detail).at(Path::of_attribute("workspace"))
}

/// Only the outputs: a state of any tool and of any types will do.
fn outputs_of(text: &str, path: &str) -> Result<BTreeMap<Text, Value>, Complaint> {
    let unreadable = |detail: String| Complaint::error("Unable to read remote state", detail);
    let state: serde_json::Value =
        serde_json::from_str(text).map_err(|error| unreadable(format!("{path} is not a state file: {error}.")))?;
    let mut outputs = BTreeMap::new();
    for (name, output) in state.get("outputs").and_then(serde_json::Value::as_object).into_iter().flatten() {
        let of = output.get("type").and_then(Type::from_json).unwrap_or(Type::Dynamic);
        let value = from_json_as(output.get("value").unwrap_or(&serde_json::Value::Null), &of);
        let value = value.map_err(|error| unreadable(format!("Output {name:?} in {path}: {error}.")))?;
        outputs.insert(Text::from(name.as_str()), value);
    }
    Ok(outputs)
}

/// Where a local backend keeps its states.
struct Location {
    path: String,
    workspace_directory: String,
}

impl Location {
    fn of(configuration: &Value) -> Result<Self, Complaint> {
        let invalid = |detail: String, at: &str| {
            Complaint::error("Invalid backend configuration", detail).at(Path::of_attribute(at))
        };
        match configuration.get("backend").and_then(Value::as_str).map(|name| &**name) {
            Some("local" | "_local") | None => {}
            Some(other) if OTHER_BACKENDS.contains(&other) => {
                return Err(invalid(
                    format!("The backend {other:?} cannot be read yet by this version; only \"local\" can."),
                    "backend",
                ));
            }
            Some(other) => return Err(invalid(format!("There is no backend type named {other:?}."), "backend")),
        }
        let nothing = Value::empty_object();
        let settings = configuration.get("config").filter(|config| !config.is_null()).unwrap_or(&nothing);
        let wrong = |problem: String| {
            invalid(format!("The given configuration is not valid for backend \"local\": {problem}."), "config")
        };
        let Some(entries) = settings.as_entries() else { return Err(wrong("must be an object".into())) };
        let mut location = Self { path: "terraform.tfstate".into(), workspace_directory: "terraform.tfstate.d".into() };
        for (name, value) in entries.iter() {
            let target = match &**name {
                "path" => &mut location.path,
                "workspace_dir" => &mut location.workspace_directory,
                other => return Err(wrong(format!("unexpected attribute {other:?}"))),
            };
            match value.data() {
                Data::Null(_) => {}
                Data::String(text) if text.is_empty() => {
                    let summary = if &**name == "path" {
                        "Invalid local state file path"
                    } else {
                        "Invalid local workspace directory path"
                    };
                    let detail = format!("The {name:?} attribute value must not be empty.");
                    return Err(Complaint::error(summary, detail).at(Path::of_attribute("config")));
                }
                _ => match value.convert(&Type::String) {
                    Ok(text) => *target = text.as_str().map(ToString::to_string).unwrap_or_default(),
                    Err(error) => return Err(wrong(format!(".{name}: {error}"))),
                },
            }
        }
        Ok(location)
    }

    fn state_file(&self, workspace: &str) -> String {
        match workspace {
            "default" => self.path.clone(),
            other => format!("{}/{other}/terraform.tfstate", self.workspace_directory),
        }
    }
}
