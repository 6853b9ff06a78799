//! Reading directories: files into modules, and modules below modules.
//!
//! Which files count and in which order is Terraform's rule: `*.tf` and `*.tf.json` by name, override files after the others, names
//! that editors use for backups never. Local modules are read from where they are; others from where [`Places`] says: the manifest of
//! what an earlier `init` installed, or `init` itself, which installs them on the way.

use super::file::{File, check_terrace_file, read_file};
use super::manifest::Manifest;
use super::merge::build_module;
use super::reading::Reading;
use super::{Config, Module, ModuleCall, ModuleSource, passing};
use crate::addr::ModulePath;
use crate::diag::{Diagnostic, Diagnostics, SourceMap};
use crate::syntax::{self, Body};
use crate::system::{FileKind as EntryKind, World};
use std::borrow::Cow;
use std::sync::Arc;

/// Modules may not nest deeper; a module that calls itself would do so without end.
const DEPTH_LIMIT: usize = 100;

/// Knows where modules are that are not next to their callers.
pub trait Places {
    fn directory_of(
        &mut self,
        path: &ModulePath,
        call: &ModuleCall,
        source: &ModuleSource,
    ) -> Result<String, Diagnostic>;

    /// What to say of a directory that cannot be read.
    fn unreadable(&self, path: &ModulePath, call: &ModuleCall, directory: &str) -> Diagnostic;
}

/// Reads the configuration in a directory with all modules that it calls, as far as they are installed. With errors in the root
/// module, no other module is read.
pub fn load_config(root: &str, manifest: &Manifest, world: &dyn World) -> (Config, Diagnostics) {
    load_config_from(root, &mut &*manifest, world)
}

/// As `load_config`, with modules from anywhere.
pub fn load_config_from(root: &str, places: &mut dyn Places, world: &dyn World) -> (Config, Diagnostics) {
    let mut loading = Loading { world, places, config: Config::default(), diagnostics: Diagnostics::new() };
    let module = loading.load_root(root);
    let has_errors = loading.diagnostics.has_errors();
    loading.add(module, !has_errors);
    if !has_errors {
        let found = passing::check_passing(&loading.config, !loading.diagnostics.has_errors());
        loading.diagnostics.extend(found);
    }
    (loading.config, loading.diagnostics)
}

/// The root module alone, before what it calls is installed.
pub fn load_root(root: &str, world: &dyn World) -> (Config, Diagnostics) {
    let manifest = Manifest::default();
    let mut loading =
        Loading { world, places: &mut &manifest, config: Config::default(), diagnostics: Diagnostics::new() };
    let module = loading.load_root(root);
    loading.add(module, false);
    (loading.config, loading.diagnostics)
}

/// Whether a directory holds any configuration.
pub fn has_config(directory: &str, world: &dyn World) -> bool {
    list(directory, world).is_some_and(|names| !names.is_empty())
}

struct Loading<'a> {
    world: &'a dyn World,
    places: &'a mut dyn Places,
    config: Config,
    diagnostics: Diagnostics,
}

enum FileKind {
    Primary,
    Override,
    /// `*.terrace.hcl` and `*.terrace.json`: what Terraform has no word for.
    Terrace,
}

fn kind_of(name: &str) -> Option<FileKind> {
    let is_backup = name.starts_with('.') || name.ends_with('~') || name.starts_with('#') && name.ends_with('#');
    if is_backup {
        return None;
    }
    if name.ends_with(".terrace.hcl") || name.ends_with(".terrace.json") {
        return Some(FileKind::Terrace);
    }
    let stem = name.strip_suffix(".tf").or_else(|| name.strip_suffix(".tf.json"))?;
    let is_override = stem == "override" || stem.ends_with("_override");
    Some(if is_override { FileKind::Override } else { FileKind::Primary })
}

impl Loading<'_> {
    fn load_root(&mut self, root: &str) -> Module {
        let module = self.load_directory(root).unwrap_or_else(|| {
            let detail = format!("Module directory {root} does not exist or cannot be read.");
            self.diagnostics.push(Diagnostic::error("Failed to read module directory", detail));
            Module::default()
        });
        Module { directory: root.to_owned(), ..module }
    }

    /// Adds a module and, where asked, what it calls.
    fn add(&mut self, module: Module, with_children: bool) {
        let path = module.path.clone();
        let module = Arc::new(module);
        self.config.modules.insert(path, module.clone());
        if with_children {
            for call in module.calls.values() {
                self.load_child(&module, call);
            }
        }
    }

    fn load_child(&mut self, parent: &Module, call: &Arc<ModuleCall>) {
        let path = parent.path.child(&call.name);
        if path.0.len() > DEPTH_LIMIT {
            let detail = format!("Modules are nested more than {DEPTH_LIMIT} deep. Does this module call itself?");
            self.diagnostics.push(Diagnostic::error("Modules nested too deeply", detail).at(call.span));
            return;
        }
        let Some(directory) = self.directory_of(parent, call, &path) else { return };
        let Some(module) = self.load_directory(&directory) else {
            self.diagnostics.push(self.places.unreadable(&path, call, &directory));
            return;
        };
        let module = Module { path, directory, call: Some(call.clone()), ..module };
        self.check_child(&module);
        self.add(module, true);
    }

    /// Where the module's files are; complains where that is not known.
    fn directory_of(&mut self, parent: &Module, call: &ModuleCall, path: &ModulePath) -> Option<String> {
        let source = call.source.as_ref()?;
        if let ModuleSource::Local(source) = source {
            return Some(join(&parent.directory, source));
        }
        let found = self.places.directory_of(path, call, source);
        found.map_err(|problem| self.diagnostics.push(problem)).ok()
    }

    /// What only the root module may have.
    fn check_child(&mut self, module: &Module) {
        if let Some(backend) = &module.backend {
            let detail = "Any selected backend applies to the entire configuration, so Terraform expects provider configurations only in the root module.\n\nThis is a warning rather than an error because it's sometimes convenient to temporarily call a root module as a child module for testing purposes, but this backend configuration block will have no effect.";
            self.diagnostics.push(Diagnostic::warning("Backend configuration ignored", detail).at(backend.span));
        }
        if let Some(import) = module.imports.first() {
            let detail = format!(
                "An import block was detected in \"{}\". Import blocks are only allowed in the root module.",
                module.path
            );
            self.diagnostics.push(Diagnostic::error("Invalid import configuration", detail).at(import.span));
        }
    }

    /// The module in a directory; nothing where it cannot be read.
    fn load_directory(&mut self, directory: &str) -> Option<Module> {
        let names = list(directory, self.world)?;
        let (mut primary, mut overrides, mut terrace) = (Vec::new(), Vec::new(), Vec::new());
        for name in &names {
            let Some(kind) = kind_of(name) else { continue };
            let Some(body) = self.parse(&join(directory, name)) else { continue };
            match kind {
                FileKind::Primary => primary.push(body),
                FileKind::Override => overrides.push(body),
                FileKind::Terrace => terrace.push(Arc::new(body)),
            }
        }
        let mut reading = Reading { diagnostics: &mut self.diagnostics, is_override: false };
        let read_all = |bodies: Vec<Body>, reading: &mut Reading| -> Vec<File> {
            bodies.iter().map(|body| read_file(body, reading)).collect()
        };
        let primary = read_all(primary, &mut reading);
        reading.is_override = true;
        let overrides = read_all(overrides, &mut reading);
        reading.is_override = false;
        for body in &terrace {
            check_terrace_file(body, &mut reading);
        }
        let module = build_module(primary, overrides, &mut reading);
        Some(Module { terrace, ..module })
    }

    fn parse(&mut self, path: &str) -> Option<Body> {
        let Ok(bytes) = self.world.read_file(path) else {
            let detail = format!("The file \"{path}\" could not be read.");
            self.diagnostics.push(Diagnostic::error("Failed to read file", detail));
            return None;
        };
        let (body, found) = parse_file(path, &bytes, &mut self.config.sources);
        self.diagnostics.extend(found);
        Some(body)
    }
}

/// Names of the configuration files in a directory, sorted.
fn list(directory: &str, world: &dyn World) -> Option<Vec<String>> {
    let mut names = world.list_directory(directory).ok()?;
    names.retain(|name| kind_of(name).is_some() && world.file_kind(&join(directory, name)) != Ok(EntryKind::Directory));
    names.sort();
    Some(names)
}

/// The body of a file, in JSON or native syntax by its name.
pub fn parse_file(name: &str, bytes: &[u8], sources: &mut SourceMap) -> (Body, Diagnostics) {
    let text = String::from_utf8_lossy(bytes);
    let is_lossy = matches!(text, Cow::Owned(_));
    let file = sources.add(name, &text);
    match (name.ends_with(".json"), is_lossy) {
        (true, _) => syntax::parse_json(&text, file),
        (false, true) => syntax::parse_lossy_body(&text, file),
        (false, false) => syntax::parse_body(&text, file),
    }
}

/// A path below a directory, without `.` and `..` where they can be resolved.
pub fn join(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let is_absolute = directory.starts_with('/');
    for part in directory.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            ".." if is_absolute => {}
            part => parts.push(part),
        }
    }
    match (is_absolute, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}
