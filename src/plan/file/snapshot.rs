//! The sources of a configuration as they were when a plan was made.

use crate::addr::ModulePath;
use crate::config::{Config, Manifest, ModuleCall, ModuleSource, Places, load_config_from};
use crate::diag::{Diagnostic, Diagnostics};
use crate::system::{FileError, FileKind, World};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Names and texts in the order in which they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The root module's directory.
    root: String,
    files: Vec<(String, String)>,
    /// Where the modules were, as `init` notes it.
    modules: String,
}

impl Snapshot {
    pub fn of(config: &Config) -> Self {
        let files = config.sources.files().map(|file| (file.name.to_string(), file.text.to_string()));
        let modules = Manifest::of(config, &Manifest::default()).to_json();
        Self { root: config.root().directory.clone(), files: files.collect(), modules }
    }

    /// The configuration, and the other sources (values of variables) behind it.
    pub fn load(&self) -> (Config, Diagnostics) {
        let (mut config, found) =
            load_config_from(&self.root, &mut Noted(Manifest::parse(&self.modules)), &Frozen(self));
        let known: BTreeSet<String> = config.sources.files().map(|file| file.name.to_string()).collect();
        for (name, text) in self.files.iter().filter(|(name, _)| !known.contains(name)) {
            config.sources.add(name, text);
        }
        (config, found)
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|(name, _)| name == path).map(|(_, text)| text.as_str())
    }
}

/// Modules are where they were when the plan was made, whatever has been installed since.
struct Noted(Manifest);

impl Places for Noted {
    fn directory_of(&mut self, path: &ModulePath, call: &ModuleCall, _: &ModuleSource) -> Result<String, Diagnostic> {
        let record = self.0.record(path).map(|record| record.directory.clone());
        record.ok_or_else(|| self.unreadable(path, call, ""))
    }

    fn unreadable(&self, _: &ModulePath, call: &ModuleCall, _: &str) -> Diagnostic {
        Diagnostic::error("Module not in the plan", "The plan was made without this module.").at(call.span)
    }
}

/// A world that has only the files of a snapshot.
struct Frozen<'a>(&'a Snapshot);

/// `./a/../b` → `b`
fn plain(path: &str) -> String {
    path.trim_start_matches("./").trim_end_matches('/').to_owned()
}

impl World for Frozen<'_> {
    fn read_file(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.0.text(&plain(path)).map(|text| text.as_bytes().to_vec()).ok_or(FileError::NotFound)
    }

    fn file_kind(&self, path: &str) -> Result<FileKind, FileError> {
        let path = plain(path);
        if self.0.text(&path).is_some() {
            return Ok(FileKind::File);
        }
        let folder = format!("{path}/");
        let is_folder =
            path.is_empty() || path == "." || self.0.files.iter().any(|(name, _)| name.starts_with(&folder));
        if is_folder { Ok(FileKind::Directory) } else { Err(FileError::NotFound) }
    }

    fn list_directory(&self, path: &str) -> Result<Vec<String>, FileError> {
        let path = plain(path);
        let folder = if path.is_empty() || path == "." { String::new() } else { format!("{path}/") };
        let inside = self.0.files.iter().filter_map(|(name, _)| name.strip_prefix(&folder));
        let names: Vec<String> = inside.filter(|name| !name.contains('/')).map(str::to_owned).collect();
        if names.is_empty() && !folder.is_empty() { Err(FileError::NotFound) } else { Ok(names) }
    }

    fn working_directory(&self) -> Result<String, FileError> {
        Err(FileError::NotFound)
    }

    fn home_directory(&self) -> Option<String> {
        None
    }

    fn now_seconds(&self) -> i64 {
        0
    }

    fn fill_random(&self, _bytes: &mut [u8]) {}
}
