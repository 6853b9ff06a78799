//! Preparing a directory: which modules are new, whether all providers are at hand.
//!
//! Providers that Terrace speaks natively are in the binary: they count as installed, whatever version a lock file names, and none is
//! written for them. The manifest of modules is written so that Terraform finds them too.

use super::configuration::MODULES_MANIFEST;
use super::providers::needs_by_module;
use crate::addr::ProviderSource;
use crate::config::version::{Constraints, Version};
use crate::config::{Config, Manifest, ModuleRecord, join};
use crate::diag::{Diagnostic, Diagnostics};
use std::path::Path;

/// A provider in the binary.
#[derive(Clone, Debug)]
pub struct Native {
    pub source: ProviderSource,
    pub version: String,
}

/// What is there for a needed provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Part of Terraform itself.
    BuiltIn,
    Native {
        version: String,
    },
}

/// The providers that the configuration needs, and what is wrong with them.
pub fn find_providers(config: &Config, natives: &[Native]) -> (Vec<(ProviderSource, Found)>, Diagnostics) {
    let mut found = Vec::new();
    let mut diagnostics = Diagnostics::new();
    for (source, versions) in needs_by_module(config).all() {
        if source.namespace.as_ref() == "builtin" && source.host.as_ref() == "terraform.io" {
            match natives.iter().any(|native| native.source == source) {
                true => found.push((source, Found::BuiltIn)),
                false => diagnostics.push(not_built_in(&source)),
            }
            continue;
        }
        let Some(native) = natives.iter().find(|native| native.source == source) else {
            diagnostics.push(if config.may_do_without(&source) {
                not_needed_yet(&source)
            } else {
                not_at_hand(&source)
            });
            continue;
        };
        if let Some(refused) = first_refusal(&versions, &native.version) {
            diagnostics.push(other_version(native, refused));
        }
        found.push((source, Found::Native { version: native.version.clone() }));
    }
    (found, diagnostics)
}

fn first_refusal<'a>(constraints: &'a [Constraints], version: &str) -> Option<&'a Constraints> {
    let version = Version::parse(version)?;
    constraints.iter().find(|constraints| !constraints.accept(&version))
}

fn not_built_in(source: &ProviderSource) -> Diagnostic {
    Diagnostic::error(
        "Invalid provider source",
        format!(
            "There is no provider {source}: nothing but \"terraform.io/builtin/terraform\" is built in under that name."
        ),
    )
}

fn not_at_hand(source: &ProviderSource) -> Diagnostic {
    Diagnostic::error(
        "Failed to query available provider packages",
        format!(
            "The provider {} is not part of this build of Terrace, and running provider plugins is not supported yet.\n\nRemove what \
             needs it, or keep that part of the configuration with Terraform.",
            source.for_display()
        ),
    )
}

/// Whether modules that are called with `count` have instances, only a plan can say.
fn not_needed_yet(source: &ProviderSource) -> Diagnostic {
    Diagnostic::warning(
        "Provider not available",
        format!(
            "The provider {} is not part of this build of Terrace. The modules that need it can be planned as long as they have no instances.",
            source.for_display()
        ),
    )
}

/// State goes back and forth between versions of one major version; beyond that it might not.
fn other_version(native: &Native, wanted: &Constraints) -> Diagnostic {
    Diagnostic::warning(
        "Provider version is not the one asked for",
        format!(
            "The configuration asks for {} {wanted}. Terrace has its own {}, which behaves as version {}.",
            native.source.for_display(),
            native.source.name,
            native.version
        ),
    )
}

/// The calls that an earlier manifest does not know as they are now.
pub fn new_modules<'a>(before: &Manifest, now: &'a Manifest) -> Vec<&'a ModuleRecord> {
    now.records().filter(|record| !record.path().is_root() && before.record(&record.path()) != Some(record)).collect()
}

/// Keeps the manifest below the data directory.
pub fn write_manifest(data_directory: &str, manifest: &Manifest) -> Result<(), Diagnostic> {
    let path = join(data_directory, MODULES_MANIFEST);
    let written = Path::new(&path)
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(&path, manifest.to_json()));
    written.map_err(|error| {
        Diagnostic::error("Failed to update module manifest", format!("Terrace could not write {path}: {error}."))
    })
}

pub fn read_manifest(data_directory: &str) -> Manifest {
    Manifest::parse(&std::fs::read_to_string(join(data_directory, MODULES_MANIFEST)).unwrap_or_default())
}
