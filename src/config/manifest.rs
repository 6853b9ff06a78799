//! Where `init` put modules: `.terraform/modules/modules.json`, in Terraform's form, so that either tool can use what the other installed.

use super::load::Places;
use super::version::Version;
use super::{Config, ModuleCall, ModuleSource};
use crate::addr::ModulePath;
use crate::diag::Diagnostic;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Records by module path.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    records: BTreeMap<String, ModuleRecord>,
}

/// One module call and the directory it was resolved to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleRecord {
    /// `net.subnets`; empty for the root.
    #[serde(rename = "Key")]
    pub key: String,
    #[serde(rename = "Source")]
    pub source: String,
    #[serde(rename = "Version", default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(rename = "Dir")]
    pub directory: String,
}

#[derive(Serialize, Deserialize)]
struct ManifestFile {
    #[serde(rename = "Modules", default)]
    modules: Vec<ModuleRecord>,
}

impl Manifest {
    /// An unreadable manifest is an empty one: `init` writes it anew.
    pub fn parse(text: &str) -> Self {
        let file = serde_json::from_str(text).unwrap_or(ManifestFile { modules: Vec::new() });
        Self { records: file.modules.into_iter().map(|record| (record.key.clone(), record)).collect() }
    }

    pub fn record(&self, path: &ModulePath) -> Option<&ModuleRecord> {
        self.records.get(&path.0.join("."))
    }

    pub fn insert(&mut self, record: ModuleRecord) {
        self.records.insert(record.key.clone(), record);
    }

    /// The manifest of a configuration; versions are those that were installed. Calls whose modules are not there are recorded without
    /// a directory.
    pub fn of(config: &Config, installed: &Manifest) -> Self {
        let record = |path: &ModulePath, source: Option<&ModuleSource>, directory: &str| ModuleRecord {
            key: path.0.join("."),
            source: source.map(ModuleSource::canonical).unwrap_or_default(),
            version: installed.record(path).and_then(|record| record.version.clone()),
            directory: directory.to_owned(),
        };
        let mut manifest = Self::default();
        for (path, module) in &config.modules {
            for call in module.calls.values().filter(|call| call.source.is_some()) {
                let path = path.child(&call.name);
                if !config.modules.contains_key(&path) {
                    manifest.insert(record(&path, call.source.as_ref(), ""));
                }
            }
            let source = module.call.as_ref().and_then(|call| call.source.as_ref());
            manifest.insert(record(path, source, &module.directory));
        }
        manifest
    }

    pub fn to_json(&self) -> String {
        let file = ManifestFile { modules: self.records.values().cloned().collect() };
        serde_json::to_string(&file).unwrap_or_default()
    }

    pub fn records(&self) -> impl Iterator<Item = &ModuleRecord> {
        self.records.values()
    }
}

/// Modules are where `init` put them, as long as it was asked for the same.
impl Places for &Manifest {
    fn directory_of(
        &mut self,
        path: &ModulePath,
        call: &ModuleCall,
        source: &ModuleSource,
    ) -> Result<String, Diagnostic> {
        let advice = "Run \"terraform init\" to install all modules required by this configuration.";
        let refused = |summary: &str, cause: &str| {
            let span = call.source_span.unwrap_or(call.span);
            Err(Diagnostic::error(summary, format!("{cause} {advice}")).at(span))
        };
        let Some(record) = self.record(path).filter(|record| !record.directory.is_empty()) else {
            return refused("Module not installed", "This module is not yet installed.");
        };
        if record.source != source.canonical() {
            let cause = "The source address was changed since this module was installed.";
            return refused("Module source has changed", cause);
        }
        if !record.satisfies(call) {
            let version = record.version.as_deref().unwrap_or_default();
            let cause = format!(
                "The version requirements have changed since this module was installed and the installed version ({version}) is no longer acceptable."
            );
            return refused("Module version requirements have changed", &cause);
        }
        Ok(record.directory.clone())
    }

    fn unreadable(&self, path: &ModulePath, call: &ModuleCall, _: &str) -> Diagnostic {
        let problem = match self.record(path) {
            None => "This module is not yet installed.".to_owned(),
            Some(record) => format!("This module's local cache directory {} could not be read.", record.directory),
        };
        let detail = format!("{problem} Run \"terraform init\" to install all modules required by this configuration.");
        Diagnostic::error("Module not installed", detail).at(call.span)
    }
}

impl ModuleRecord {
    /// Whether the installed version is one that the call accepts.
    pub fn satisfies(&self, call: &ModuleCall) -> bool {
        let Some(wanted) = &call.version else { return true };
        let version = self.version.as_deref().and_then(Version::parse);
        version.is_some_and(|version| wanted.constraint.accept(&version))
    }

    pub fn path(&self) -> ModulePath {
        let names = self.key.split('.').filter(|name| !name.is_empty());
        ModulePath(names.map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_of_terraform_round_trips() {
        let text = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"m","Source":"./m","Dir":"m"}]}"#;
        let manifest = Manifest::parse(text);
        assert_eq!(manifest.record(&ModulePath::root().child("m")).unwrap().directory, "m");
        assert_eq!(manifest.to_json(), text);
    }
}
