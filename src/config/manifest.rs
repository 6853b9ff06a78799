//! Where `init` put modules: `.terraform/modules/modules.json`, in Terraform's form, so that either tool can use what the other installed.

use super::Config;
use crate::addr::ModulePath;
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
    key: String,
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

    /// The manifest of a configuration. Calls whose modules are not there are recorded without a directory.
    pub fn of(config: &Config) -> Self {
        let mut records = BTreeMap::new();
        for (path, module) in &config.modules {
            let source = module.call.as_ref().and_then(|call| call.source.as_ref());
            let record = ModuleRecord {
                key: path.0.join("."),
                source: source.map(ToString::to_string).unwrap_or_default(),
                version: None,
                directory: module.directory.clone(),
            };
            records.insert(record.key.clone(), record);
            for call in module.calls.values() {
                let Some(source) = &call.source else { continue };
                let key = path.child(&call.name).0.join(".");
                let source = source.to_string();
                records.entry(key.clone()).or_insert(ModuleRecord {
                    key,
                    source,
                    version: None,
                    directory: String::new(),
                });
            }
        }
        Self { records }
    }

    pub fn to_json(&self) -> String {
        let file = ManifestFile { modules: self.records.values().cloned().collect() };
        serde_json::to_string(&file).unwrap_or_default()
    }

    pub fn records(&self) -> impl Iterator<Item = &ModuleRecord> {
        self.records.values()
    }
}

impl ModuleRecord {
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
