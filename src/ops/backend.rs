//! Where state lives: the `backend` block, what `init` recorded of it, and the store that follows from both.
//!
//! `init` keeps the backend that it set up in `.terraform/terraform.tfstate`, in Terraform's form. Other commands refuse to run while the
//! configuration says something else, so that nobody writes to a new and empty place by mistake.

use crate::config::{Backend, Config, join};
use crate::diag::{Diagnostic, Diagnostics};
use crate::eval::constant;
use crate::schema::{Attribute, Block};
use crate::state::v4::TERRAFORM_VERSION;
use crate::store::{LocalPaths, LocalStore, Store};
use crate::syntax::BodySchema;
use crate::value::{Type, Value, convert};
use serde_json::{Map, Value as Json, json};
use std::path::PathBuf;

/// The workspace that is there without being made.
pub const DEFAULT_WORKSPACE: &str = "default";

/// A backend with its settings.
#[derive(Clone, Debug, PartialEq)]
pub struct BackendSettings {
    pub kind: String,
    /// What is not set is null.
    pub settings: Map<String, Json>,
}

/// Flags that put the local backend's files elsewhere.
#[derive(Clone, Debug, Default)]
pub struct StateFlags {
    pub state: Option<String>,
    pub state_out: Option<String>,
    pub backup: Option<String>,
}

/// What the configuration says; nothing where it has no `backend` block.
pub fn configured(config: &Config, extra: &[(String, String)]) -> Result<Option<BackendSettings>, Diagnostics> {
    if let Some(cloud) = &config.root().cloud {
        let detail = "Terrace keeps state in files; HCP Terraform and Terraform Enterprise are not supported.";
        return Err(Diagnostic::error("Cloud block is not supported", detail).at(cloud.span).into());
    }
    match &config.root().backend {
        Some(backend) => read_settings(backend, extra).map(Some),
        None => Ok(None),
    }
}

/// The settings of the local backend, the only one yet.
fn local_block() -> Block {
    let text = || Attribute::optional(Type::String);
    let attributes = [("path".into(), text()), ("workspace_dir".into(), text())].into();
    Block { attributes, ..Block::default() }
}

fn read_settings(backend: &Backend, extra: &[(String, String)]) -> Result<BackendSettings, Diagnostics> {
    if &*backend.kind != "local" {
        let detail = format!(
            "Terrace does not keep state in a \"{}\" backend yet. Use the local backend, or keep this configuration with Terraform.",
            backend.kind
        );
        return Err(Diagnostic::error("Backend is not supported yet", detail).at(backend.kind_span).into());
    }
    let block = local_block();
    let shape = block.attributes.keys().fold(BodySchema::new(), |shape, name| shape.optional(name));
    let (content, mut diagnostics) = backend.body.content(&shape);
    let mut settings: Map<String, Json> = block.attributes.keys().map(|name| (name.to_string(), Json::Null)).collect();
    for attribute in &content.attributes {
        let (value, problems) = constant(&attribute.expression);
        let is_fine = !problems.has_errors();
        diagnostics.extend(problems);
        if is_fine {
            match text_of(&value) {
                Ok(json) => drop(settings.insert(attribute.name.to_string(), json)),
                Err(problem) => diagnostics.push(
                    Diagnostic::error(
                        "Incorrect attribute value type",
                        format!("Inappropriate value for attribute \"{}\": {problem}.", attribute.name),
                    )
                    .at(attribute.expression.span),
                ),
            }
        }
    }
    for (name, text) in extra {
        settings.insert(name.clone(), json!(text));
    }
    if diagnostics.has_errors() {
        Err(diagnostics)
    } else {
        Ok(BackendSettings { kind: backend.kind.to_string(), settings })
    }
}

fn text_of(value: &Value) -> Result<Json, String> {
    let text = convert(value, &Type::String).map_err(|error| error.to_string())?;
    Ok(text.as_str().map_or(Json::Null, |text| json!(&**text)))
}

fn record_path(data_directory: &str) -> String {
    join(data_directory, "terraform.tfstate")
}

/// What `init` recorded.
pub fn recorded(data_directory: &str) -> Option<BackendSettings> {
    let text = std::fs::read_to_string(record_path(data_directory)).ok()?;
    let json: Json = serde_json::from_str(&text).ok()?;
    let kind = json["backend"]["type"].as_str()?.to_owned();
    let settings = json["backend"]["config"].as_object().cloned().unwrap_or_default();
    Some(BackendSettings { kind, settings })
}

/// Records what was set up; with no backend, forgets what was recorded.
pub fn record(data_directory: &str, backend: Option<&BackendSettings>) -> std::io::Result<()> {
    let path = record_path(data_directory);
    let Some(backend) = backend else {
        return match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    };
    std::fs::create_dir_all(data_directory)?;
    let json = json!({
        "version": 3,
        "terraform_version": TERRAFORM_VERSION,
        "backend": { "type": backend.kind, "config": backend.settings, "hash": 0 },
    });
    std::fs::write(path, format!("{json:#}"))
}

/// Complains where the configuration asks for another backend than `init` set up.
pub fn check_recorded(data_directory: &str, configured: Option<&BackendSettings>) -> Option<Diagnostic> {
    let recorded = recorded(data_directory);
    let reason = match (configured, &recorded) {
        (None, None) => return None,
        (Some(configured), Some(recorded)) if configured.is_same(recorded) => return None,
        (Some(configured), None) => format!("Initial configuration of the requested backend \"{}\"", configured.kind),
        (None, Some(recorded)) => format!("Unsetting the previously set backend \"{}\"", recorded.kind),
        (Some(configured), Some(recorded)) if configured.kind == recorded.kind => {
            format!("Backend configuration block has changed for \"{}\"", configured.kind)
        }
        (Some(configured), Some(recorded)) => {
            format!("Backend type changed from \"{}\" to \"{}\"", recorded.kind, configured.kind)
        }
    };
    Some(needs_init(&reason))
}

/// For a backend whose settings cannot be read: `init` tells why.
pub fn needs_init_for(kind: &str) -> Diagnostic {
    needs_init(&format!("Initial configuration of the requested backend \"{kind}\""))
}

fn needs_init(reason: &str) -> Diagnostic {
    Diagnostic::error(
        "Backend initialization required, please run \"terraform init\"",
        format!(
            "Reason: {reason}\n\nThe \"backend\" is the interface that Terraform uses to store state,\nperform operations, etc. If this \
             message is showing up, it means that the\nTerraform configuration you're using is using a custom configuration for\nthe \
             Terraform backend.\n\nChanges to backend configurations require reinitialization. This allows\nTerraform to set up the new \
             configuration, copy existing state, etc. Please run\n\"terraform init\" with either the \"-reconfigure\" or \
             \"-migrate-state\" flags to\nuse the current configuration.\n\nIf the change reason above is incorrect, please verify your \
             configuration\nhasn't changed and try again. At this point, no changes to your existing\nconfiguration or state have been \
             made."
        ),
    )
}

impl BackendSettings {
    /// Equal but for what is not set.
    fn is_same(&self, other: &BackendSettings) -> bool {
        let set = |settings: &Map<String, Json>| {
            settings
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect::<Map<_, _>>()
        };
        self.kind == other.kind && set(&self.settings) == set(&other.settings)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.settings.get(name).and_then(Json::as_str).filter(|text| !text.is_empty())
    }
}

/// Where the workspaces other than the default one are.
pub fn workspaces_directory(backend: Option<&BackendSettings>) -> PathBuf {
    backend.and_then(|backend| backend.text("workspace_dir")).unwrap_or("terraform.tfstate.d").into()
}

/// The state file of a workspace.
pub fn state_path(backend: Option<&BackendSettings>, workspace: &str) -> PathBuf {
    match workspace {
        DEFAULT_WORKSPACE => backend.and_then(|backend| backend.text("path")).unwrap_or("terraform.tfstate").into(),
        name => workspaces_directory(backend).join(name).join("terraform.tfstate"),
    }
}

/// The store of a workspace's state.
pub fn open_store(backend: Option<&BackendSettings>, workspace: &str, flags: &StateFlags) -> Box<dyn Store> {
    let input = flags.state.as_ref().map_or_else(|| state_path(backend, workspace), PathBuf::from);
    let output = flags.state_out.as_ref().map_or_else(|| input.clone(), PathBuf::from);
    let mut paths = LocalPaths::of(output);
    paths.input = input;
    match flags.backup.as_deref() {
        Some("-") => paths.backup = None,
        Some(path) => paths.backup = Some(path.into()),
        None => {}
    }
    Box::new(LocalStore::new(paths))
}
