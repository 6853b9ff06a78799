//! Text to state.

use super::{File, Instance, Output, Resource, check, paths};
use crate::addr::{
    ConfigResource, InstanceKey, ModuleInstance, ModulePath, ModuleResource, ProviderConfig, Resource as Address,
    ResourceMode,
    parse::{parse_module_instance, parse_provider_config, parse_resource},
};
use crate::diag::{Diagnostic, Diagnostics, FileId};
use crate::provider::Private;
use crate::state::{Attributes, InstanceState, Object, ObjectStatus, OutputValue, ResourceState, State};
use crate::value::{Type, from_json_as};
use base64::Engine;
use std::collections::BTreeMap;
use std::sync::Arc;

const UNSUPPORTED: &str = "Unsupported state file format";

/// Reads a state file. `name` is how messages call it.
pub fn read_state(text: &str, name: &str) -> Result<State, Diagnostics> {
    if text.trim().is_empty() {
        return Err(damaged(name, "is empty").into());
    }
    check_version(text, name).map_err(|problems| naming(problems, name))?;
    let file: File<'_> = serde_json::from_str(text)
        .map_err(|error| Diagnostics::from(damaged(name, &format!("cannot be read: {error}"))))?;
    let mut reading = Reading::default();
    let mut state = State {
        lineage: file.lineage,
        serial: file.serial,
        terraform_version: file.terraform_version,
        ..State::default()
    };
    for (name, output) in &file.outputs {
        reading.output(&mut state, name, output);
    }
    for resource in file.resources {
        reading.resource(&mut state, resource);
    }
    state.checks = file.check_results.unwrap_or_default().into_iter().filter_map(check::Entry::into_result).collect();
    if reading.diagnostics.has_errors() { Err(naming(reading.diagnostics, name)) } else { Ok(state) }
}

/// Problems within a state file, each saying which file and what to do.
fn naming(problems: Diagnostics, name: &str) -> Diagnostics {
    let named = |mut problem: Diagnostic| {
        if !problem.detail.contains(name) {
            problem.detail.push_str(&format!(
                "\n\nThis is in the state file {name}, and nothing was changed. Mend it, or restore it from {name}.backup or from \
                 version control."
            ));
        }
        problem
    };
    problems.into_iter().map(named).collect()
}

/// One object in the form of an entry of `instances`, see [`super::object_text`].
pub fn read_object(text: &str, address: &str) -> Result<Object, String> {
    let saved: Instance<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut reading = Reading::default();
    let object = reading.object(address, &saved);
    object.ok_or_else(|| {
        reading.diagnostics.iter().map(|diagnostic| diagnostic.detail.as_str()).collect::<Vec<_>>().join(" ")
    })
}

/// `provider["registry.terraform.io/hashicorp/aws"].west`
pub fn provider_config(text: &str) -> Option<ProviderConfig> {
    let (traversal, _) = crate::syntax::parse_traversal(text, FileId(0), 0);
    let parsed = traversal.and_then(|traversal| parse_provider_config(&traversal).ok());
    parsed.or_else(|| super::legacy::legacy_provider_config(text))
}

/// A file that was a state once, or should be one.
fn damaged(name: &str, problem: &str) -> Diagnostic {
    Diagnostic::error(
        "State file is damaged",
        format!(
            "The state file {name} {problem}. It may have been cut short or changed by hand. Nothing was changed.\n\nRestore it from \
             {name}.backup or from version control. Only if nothing that it describes exists any more, remove the file to start afresh."
        ),
    )
}

fn check_version(text: &str, name: &str) -> Result<(), Diagnostics> {
    #[derive(serde::Deserialize)]
    struct Sniffed {
        version: Option<serde_json::Value>,
        #[serde(default)]
        terraform_version: Option<serde_json::Value>,
    }
    let sniffed: Sniffed = serde_json::from_str(text)
        .map_err(|error| Diagnostics::from(damaged(name, &format!("is not valid JSON: {error}"))))?;
    let unsupported = |detail: String| Err(Diagnostics::from(Diagnostic::error(UNSUPPORTED, detail)));
    let Some(version) = sniffed.version else {
        return unsupported(
            "The state file does not have a \"version\" attribute, which is required to identify the format version."
                .into(),
        );
    };
    match version.as_u64() {
        Some(4) => Ok(()),
        Some(0) => unsupported(
            "The state file uses JSON syntax but has a version number of zero. There was never a JSON-based state format zero, so this state \
             file is invalid and cannot be processed."
                .into(),
        ),
        Some(old @ 1..=3) => unsupported(format!(
            "The state file {name} uses format version {old}, which Terraform wrote before version 0.12. Run Terraform 0.12 or 0.13 once on \
             it (\"terraform apply\"), which writes version 4, and try again."
        )),
        Some(new) => unsupported(match sniffed.terraform_version.as_ref().and_then(serde_json::Value::as_str) {
            Some(by) => format!(
                "The state file uses format version {new}, which is not supported by Terraform {}. This state file was created by Terraform {by}.",
                super::TERRAFORM_VERSION
            ),
            None => format!(
                "The state file uses format version {new}, which is not supported by Terraform {}. This state file may have been created by a \
                 newer version of Terraform.",
                super::TERRAFORM_VERSION
            ),
        }),
        None => unsupported(format!("The version in the state file is {version}. A positive whole number is required.")),
    }
}

#[derive(Default)]
struct Reading {
    diagnostics: Diagnostics,
    /// Dependencies repeat; each text is parsed once.
    dependencies: BTreeMap<String, Option<ConfigResource>>,
    providers: BTreeMap<String, Option<ProviderConfig>>,
}

impl Reading {
    fn problem(&mut self, summary: &str, detail: String) {
        self.diagnostics.push(Diagnostic::error(summary, detail));
    }

    fn output(&mut self, state: &mut State, name: &str, output: &Output<'_>) {
        let Some(of) = Type::from_json(&output.of) else {
            let detail = format!("The state file has an invalid type specification for output {name:?}.");
            return self.problem("Invalid output value type in state", detail);
        };
        let json: serde_json::Value = serde_json::from_str(output.value.get()).unwrap_or_default();
        match from_json_as(&json, &of) {
            Ok(value) => {
                state.outputs.insert(name.into(), OutputValue { value, is_sensitive: output.sensitive });
            }
            Err(error) => {
                let detail = format!("The state file has an invalid value for output {name:?}: {error}.");
                self.problem("Invalid output value saved in state", detail);
            }
        }
    }

    fn resource(&mut self, state: &mut State, resource: Resource<'_>) {
        let mode = match resource.mode.as_str() {
            "managed" => ResourceMode::Managed,
            "data" => ResourceMode::Data,
            other => {
                let (kind, name) = (&resource.kind, &resource.name);
                let detail = format!(
                    "State contains a resource with mode {other:?} ({kind:?} {name:?}) which is not supported."
                );
                return self.problem("Invalid resource mode in state", detail);
            }
        };
        let address = Address { mode, kind: resource.kind.as_str().into(), name: resource.name.as_str().into() };
        let Some(module) = self.module(&resource.module) else { return };
        let Some(provider) = self.provider(&resource.provider) else {
            let detail =
                format!("Resource {address} has the invalid provider configuration address {:?}.", resource.provider);
            return self.problem("Invalid resource instance metadata in state", detail);
        };
        let key = ModuleResource { module, resource: address };
        // A resource without instances is kept: Terraform leaves one behind where a create failed.
        let empty = || ResourceState { provider: provider.clone(), instances: BTreeMap::new() };
        state.resources.entry(key.clone()).or_insert_with(empty);
        for instance in resource.instances {
            self.instance(state, &key, &provider, instance);
        }
    }

    fn instance(
        &mut self,
        state: &mut State,
        resource: &ModuleResource,
        provider: &ProviderConfig,
        saved: Instance<'_>,
    ) {
        const INVALID: &str = "Invalid resource instance metadata in state";
        let key = match &saved.index_key {
            None => InstanceKey::None,
            Some(serde_json::Value::String(text)) => InstanceKey::Key(text.as_str().into()),
            Some(number) => match number.as_u64() {
                Some(index) => InstanceKey::Index(index),
                None => {
                    return self.problem(
                        INVALID,
                        format!("Resource {resource} has an instance with the invalid instance key {number}."),
                    );
                }
            },
        };
        let address = resource.instance(key.clone());
        let Some(object) = self.object(&address.to_string(), &saved) else { return };
        let entry = state
            .resources
            .entry(resource.clone())
            .or_insert_with(|| ResourceState { provider: provider.clone(), instances: BTreeMap::new() });
        let instance: &mut InstanceState = entry.instances.entry(key).or_default();
        if saved.deposed.is_empty() {
            if instance.current.replace(Arc::new(object)).is_some() {
                self.problem(
                    "Duplicate resource instance in state",
                    format!("Instance {address} appears multiple times in the state file."),
                );
            }
        } else if saved.deposed.len() != 8 {
            let detail = format!(
                "Instance {address} has an object with deposed key {:?}, which is not correctly formatted.",
                saved.deposed
            );
            self.problem(INVALID, detail);
        } else if instance.deposed.insert(saved.deposed.as_str().into(), Arc::new(object)).is_some() {
            let detail = format!(
                "Instance {address} deposed object {:?} appears multiple times in the state file.",
                saved.deposed
            );
            self.problem("Duplicate resource instance in state", detail);
        }
    }

    fn object(&mut self, address: &str, saved: &Instance<'_>) -> Option<Object> {
        let status = match saved.status.as_str() {
            "" => ObjectStatus::Ready,
            "tainted" => ObjectStatus::Tainted,
            other => {
                let detail = format!("Instance {address} has invalid status {other:?}.");
                self.problem("Invalid resource instance metadata in state", detail);
                return None;
            }
        };
        if saved.attributes_flat.is_some() {
            let detail = format!(
                "Instance {address} was saved by a version of Terraform before 0.12. Run \"terraform refresh\" with Terraform 0.12 or \
                 later once, and try again."
            );
            self.problem(UNSUPPORTED, detail);
            return None;
        }
        let sensitive_paths = match saved.sensitive_attributes.as_ref().map(paths::read).unwrap_or(Ok(Vec::new())) {
            Ok(paths) => paths,
            Err(problem) => {
                self.problem("Error unmarshaling path steps", problem);
                return None;
            }
        };
        let private = saved.private.as_ref().map(|text| base64::engine::general_purpose::STANDARD.decode(text));
        let private = match private.transpose() {
            Ok(bytes) => Private::from(bytes.unwrap_or_default()),
            Err(_) => {
                self.problem(
                    "Invalid resource instance metadata in state",
                    format!("Instance {address} has private data that is not base64."),
                );
                return None;
            }
        };
        Some(Object {
            status,
            schema_version: saved.schema_version,
            attributes: Attributes::Raw(saved.attributes.map_or("{}", |raw| raw.get()).into()),
            sensitive_paths,
            private,
            dependencies: saved.dependencies.iter().filter_map(|text| self.dependency(text)).collect(),
            create_before_destroy: saved.create_before_destroy,
        })
    }

    fn module(&mut self, text: &str) -> Option<ModuleInstance> {
        if text.is_empty() {
            return Some(ModuleInstance::root());
        }
        let (traversal, diagnostics) = crate::syntax::parse_traversal(text, FileId(0), 0);
        let parsed = traversal
            .filter(|_| !diagnostics.has_errors())
            .and_then(|traversal| parse_module_instance(&traversal).ok());
        if parsed.is_none() {
            self.problem(
                "Invalid module instance address",
                format!("The state file names the module {text:?}, which is not an address."),
            );
        }
        parsed
    }

    fn provider(&mut self, text: &str) -> Option<ProviderConfig> {
        if let Some(known) = self.providers.get(text) {
            return known.clone();
        }
        let parsed = provider_config(text);
        self.providers.insert(text.to_owned(), parsed.clone());
        parsed
    }

    fn dependency(&mut self, text: &str) -> Option<ConfigResource> {
        if let Some(known) = self.dependencies.get(text) {
            return known.clone();
        }
        let (traversal, _) = crate::syntax::parse_traversal(text, FileId(0), 0);
        let parsed = traversal.and_then(|traversal| parse_resource(&traversal).ok()).map(|resource| ConfigResource {
            module: ModulePath(resource.module.0.iter().map(|(name, _)| name.clone()).collect()),
            resource: resource.resource,
        });
        if parsed.is_none() {
            self.problem(
                "Invalid address",
                format!("The state file names the dependency {text:?}, which is not the address of a resource."),
            );
        }
        self.dependencies.insert(text.to_owned(), parsed.clone());
        parsed
    }
}
