//! Installing modules: what `init` and `get` put below `.terraform/modules`, and what they say of it.
//!
//! The configuration is read as always; where it calls a module from elsewhere, the installer brings it before the reading goes on.
//! What is there is kept as long as source and version constraints allow it. A package that several calls use is fetched once.

mod download;
mod hosts;
mod registry;

use crate::addr::ModulePath;
use crate::config::{
    Config, Manifest, ModuleCall, ModuleRecord, ModuleSource, Package, Places, RegistryModule, join, load_config_from,
};
use crate::diag::{Diagnostic, Diagnostics};
use crate::system::World;
use download::{copy_directory, fetch};
use hosts::Hosts;
use registry::{Registries, RegistryProblem};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Below the data directory.
const MODULES: &str = "modules";

pub struct Installation {
    pub config: Config,
    pub manifest: Manifest,
    pub diagnostics: Diagnostics,
}

/// Reads the configuration and installs what it calls. `say` gets the lines that people follow it by.
pub fn install(
    data_directory: &str,
    installed: &Manifest,
    upgrade: bool,
    world: &dyn World,
    say: &mut dyn FnMut(&str),
) -> Installation {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let diagnostics = Diagnostic::error("Modules cannot be installed", error.to_string()).into();
            return Installation { config: Config::default(), manifest: Manifest::default(), diagnostics };
        }
    };
    let mut installer = Installer {
        folder: join(data_directory, MODULES),
        installed,
        upgrade,
        now: Manifest::default(),
        hosts: Hosts::of_user(),
        registries: Registries::new(Hosts::of_user()),
        fetched: BTreeMap::new(),
        runtime,
        say,
    };
    let (config, diagnostics) = load_config_from(".", &mut installer, world);
    let manifest = Manifest::of(&config, &installer.now);
    Installation { config, manifest, diagnostics }
}

struct Installer<'a> {
    folder: String,
    installed: &'a Manifest,
    upgrade: bool,
    /// What is there now, with versions.
    now: Manifest,
    hosts: Hosts,
    registries: Registries,
    /// Packages of this run, and where each was put first.
    fetched: BTreeMap<String, PathBuf>,
    runtime: tokio::runtime::Runtime,
    say: &'a mut dyn FnMut(&str),
}

impl Places for Installer<'_> {
    fn directory_of(
        &mut self,
        path: &ModulePath,
        call: &ModuleCall,
        source: &ModuleSource,
    ) -> Result<String, Diagnostic> {
        let kept = self.installed.record(path).filter(|record| {
            !self.upgrade
                && record.source == source.canonical()
                && record.satisfies(call)
                && Path::new(&record.directory).is_dir()
        });
        let record = match (kept, source) {
            (Some(record), _) => record.clone(),
            (None, ModuleSource::Registry(text)) => self.bring_registered(path, call, &RegistryModule::of(text))?,
            (None, source) => self.bring_package(path, call, &Package::of(&source.to_string()))?,
        };
        self.now.insert(record.clone());
        Ok(record.directory)
    }

    fn unreadable(&self, _: &ModulePath, call: &ModuleCall, directory: &str) -> Diagnostic {
        let detail = format!("Unable to evaluate directory symlink: lstat {directory}: no such file or directory");
        Diagnostic::error("Unreadable module directory", detail).at(call.span)
    }
}

impl Installer<'_> {
    fn bring_registered(
        &mut self,
        path: &ModulePath,
        call: &ModuleCall,
        module: &RegistryModule,
    ) -> Result<ModuleRecord, Diagnostic> {
        let wanted = call.version.as_ref().map(|version| &version.constraint);
        let version = self.runtime.block_on(self.registries.newest(module, wanted));
        let version = version.map_err(|problem| refused(call, module, &problem))?;
        (self.say)(&format!("Downloading {module} {version} for {}...", path.0.join(".")));
        let location = self.runtime.block_on(self.registries.location(module, &version));
        let location = location.map_err(|problem| refused(call, module, &problem))?;
        let package = Package::of(&location);
        let inner = join(&package.inner, &module.inner);
        let directory = self.place(path, call, &package.whole(), &inner)?;
        Ok(ModuleRecord { key: path.0.join("."), source: module.to_string(), version: Some(version), directory })
    }

    fn bring_package(
        &mut self,
        path: &ModulePath,
        call: &ModuleCall,
        package: &Package,
    ) -> Result<ModuleRecord, Diagnostic> {
        let key = path.0.join(".");
        (self.say)(&format!("Downloading {} for {key}...", package.whole()));
        let directory = self.place(path, call, &package.whole(), &package.inner)?;
        Ok(ModuleRecord { key, source: package.to_string(), version: None, directory })
    }

    /// Puts a package where the module of a path belongs; the directory in it that was asked for.
    fn place(
        &mut self,
        path: &ModulePath,
        call: &ModuleCall,
        package: &Package,
        inner: &str,
    ) -> Result<String, Diagnostic> {
        let directory = join(&self.folder, &path.0.join("."));
        let target = Path::new(&directory);
        let failed = |problem: String| {
            let detail =
                format!("Could not download module \"{}\" source code from \"{package}\": {problem}", call.name);
            Diagnostic::error("Failed to download module", detail).at(call.source_span.unwrap_or(call.span))
        };
        if target.exists() {
            fs::remove_dir_all(target).map_err(|error| failed(format!("{directory}: {error}")))?;
        }
        match self.fetched.get(&package.to_string()) {
            Some(first) => copy_directory(first, target).map_err(|error| failed(error.to_string()))?,
            None => {
                self.runtime.block_on(fetch(package, &self.hosts, target)).map_err(failed)?;
                self.fetched.insert(package.to_string(), target.to_owned());
            }
        }
        let wanted = match inner.strip_prefix('*') {
            // Forges pack a directory whose name nobody knows.
            Some(rest) => join(&only_directory(target).unwrap_or_default(), rest),
            None => join(&directory, inner),
        };
        if !Path::new(&wanted).is_dir() {
            let detail = format!(
                "The directory {wanted} does not exist. The target submodule {inner} does not exist within the target module."
            );
            return Err(
                Diagnostic::error("Unreadable module subdirectory", detail).at(call.source_span.unwrap_or(call.span))
            );
        }
        Ok(wanted)
    }
}

/// The only directory in another one.
fn only_directory(outer: &Path) -> Option<String> {
    let entries = fs::read_dir(outer).ok()?.flatten().map(|entry| entry.path());
    let mut directories = entries.filter(|path| path.is_dir());
    let only = directories.next().filter(|_| directories.next().is_none())?;
    Some(only.to_string_lossy().into_owned())
}

/// What a registry did not give, in Terraform's words.
fn refused(call: &ModuleCall, module: &RegistryModule, problem: &RegistryProblem) -> Diagnostic {
    let (name, host) = (&call.name, &module.host);
    let source_span = call.source_span.unwrap_or(call.span);
    match problem {
        RegistryProblem::Host(problem) => Diagnostic::error(
            "Error accessing remote module registry",
            format!("Failed to retrieve available versions for module \"{name}\" from {host}: {problem}."),
        )
        .at(source_span),
        RegistryProblem::NotFound => Diagnostic::error(
            "Module not found",
            format!("Module \"{name}\" cannot be found in the module registry at {host}."),
        )
        .at(source_span),
        RegistryProblem::NoVersion(None) => Diagnostic::error(
            "Module has no versions",
            format!("Module \"{}\" has no versions available on {host}.", module.for_display()),
        )
        .at(source_span),
        RegistryProblem::NoVersion(Some(newest)) => Diagnostic::error(
            "Unresolvable module version constraint",
            format!(
                "There is no available version of module \"{}\" which matches the given version constraint. The newest available version is {newest}.",
                module.for_display()
            ),
        )
        .at(call.version.as_ref().map_or(source_span, |version| version.span)),
        RegistryProblem::Other(problem) => Diagnostic::error(
            "Error accessing remote module registry",
            format!("Failed to retrieve module \"{name}\" from {host}: {problem}."),
        )
        .at(source_span),
    }
}
