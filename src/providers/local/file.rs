//! `local_file` and `local_sensitive_file`, as resources and as data sources.

use super::content::{checksum_rules, checksums, id};
use crate::provider::Complaint;
use crate::providers::small::checks::exactly_one_of;
use crate::providers::small::{Kind, Object, Rule, Source, Trace, computed, optional, required};
use crate::system::reason;
use crate::value::{Path as ValuePath, Type, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

pub fn file() -> Kind {
    let rules = || {
        let own = [optional("sensitive_content", Type::String).sensitive().deprecated().replaces()];
        rules("0777", |rule| rule).chain(own).collect()
    };
    let validate = |configuration: &Value| {
        let mut complaints =
            exactly_one_of(configuration, &["content", "sensitive_content", "content_base64", "source"]);
        complaints.extend(check_permissions(configuration));
        complaints
    };
    Kind { validate, ..kind("local_file", rules) }
}

pub fn sensitive_file() -> Kind {
    let validate = |configuration: &Value| {
        let mut complaints = exactly_one_of(configuration, &["content", "content_base64", "source"]);
        complaints.extend(check_permissions(configuration));
        complaints
    };
    Kind { validate, ..kind("local_sensitive_file", || rules("0700", Rule::sensitive).collect()) }
}

fn kind(name: &'static str, rules: fn() -> Vec<Rule>) -> Kind {
    Kind { is_present, remove, trace, ..Kind::new(name, rules, make) }
}

fn rules(permission: &'static str, content: fn(Rule) -> Rule) -> impl Iterator<Item = Rule> {
    let written = [
        required("filename", Type::String).replaces(),
        content(optional("content", Type::String).replaces()),
        content(optional("content_base64", Type::String).replaces()),
        optional("source", Type::String).replaces(),
        optional("file_permission", Type::String).default(permission).replaces(),
        optional("directory_permission", Type::String).default(permission).replaces(),
    ];
    written.into_iter().chain(checksum_rules())
}

fn check_permissions(configuration: &Value) -> Vec<Complaint> {
    let object = Object(configuration.clone());
    let check = |name: &str| {
        let given = object.text(name)?;
        let problem = match given.len() {
            3 | 4 if u32::from_str_radix(&given, 8).is_ok_and(|mode| mode <= 0o7777) => return None,
            3 | 4 => "string must be expressed in octal numeric notation",
            _ => "string length should be 3 or 4 digits",
        };
        let detail = format!("bad mode permission: {problem}: {given}");
        Some(Complaint::error("Invalid File Permission String Value", detail).at(ValuePath::of_attribute(name)))
    };
    ["file_permission", "directory_permission"].into_iter().filter_map(check).collect()
}

fn failed(doing: &str, error: &io::Error) -> Complaint {
    Complaint::error(
        "Create local file error",
        format!("An unexpected error occurred while {doing}\n\nOriginal Error: {}", reason(error)),
    )
}

fn content_of(object: &Object) -> Result<Vec<u8>, Complaint> {
    let doing = "parsing local file content";
    if let Some(text) = object.text("sensitive_content") {
        return Ok(text.as_bytes().to_vec());
    }
    if let Some(text) = object.text("content_base64") {
        return STANDARD.decode(text.as_bytes()).map_err(|error| failed(doing, &io::Error::other(error)));
    }
    if let Some(path) = object.text("source") {
        return std::fs::read(&*path).map_err(|error| failed(doing, &error));
    }
    Ok(object.text("content").map(|text| text.as_bytes().to_vec()).unwrap_or_default())
}

fn make(object: &Object) -> Result<Value, Complaint> {
    let content = content_of(object)?;
    let filename = object.text("filename").unwrap_or_default();
    let path = Path::new(&*filename);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        let mut builder = std::fs::DirBuilder::new();
        let made = builder.recursive(true).mode(mode(object, "directory_permission")).create(folder);
        made.map_err(|error| failed("creating file directory", &error))?;
    }
    write(path, &content, mode(object, "file_permission")).map_err(|error| failed("writing the file", &error))?;
    Ok(object.finished(checksums(&content)))
}

fn mode(object: &Object, name: &str) -> u32 {
    object.text(name).and_then(|text| u32::from_str_radix(&text, 8).ok()).unwrap_or(0o700)
}

fn write(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// A file with the planned content was made by the interrupted run; one that only begins with it was being written.
fn trace(planned: &Object) -> Option<Trace> {
    let content = content_of(planned).ok()?;
    let found = std::fs::read(&*planned.text("filename")?).ok()?;
    let object = planned.finished(checksums(&found));
    content.starts_with(&found).then(|| Trace { object, is_complete: content == found })
}

/// A file whose content is another counts as gone: it will be made again.
fn is_present(saved: &Value) -> Result<bool, Complaint> {
    let object = Object(saved.clone());
    let filename = object.text("filename").unwrap_or_default();
    match std::fs::read(&*filename) {
        Ok(content) => Ok(object.text("id").is_some_and(|saved| *saved == *id(&content))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Complaint::error(
            "Read local file error",
            format!("An unexpected error occurred while reading the file\n\nOriginal Error: {}", reason(&error)),
        )),
    }
}

fn remove(saved: &Value) -> Result<(), Complaint> {
    let filename = Object(saved.clone()).text("filename").unwrap_or_default();
    match std::fs::remove_file(&*filename) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            let detail = format!("{filename} could not be removed: {}.", reason(&error));
            Err(Complaint::error("Delete local file error", detail))
        }
        _ => Ok(()),
    }
}

pub fn source(name: &'static str) -> Source {
    let rules = match name {
        "local_sensitive_file" => || source_rules(Rule::sensitive),
        _ => || source_rules(|rule| rule),
    };
    Source { name, rules, validate: |_| Vec::new(), read }
}

fn source_rules(content: fn(Rule) -> Rule) -> Vec<Rule> {
    let read = [
        required("filename", Type::String),
        content(computed("content", Type::String)),
        content(computed("content_base64", Type::String)),
    ];
    read.into_iter().chain(checksum_rules()).collect()
}

fn read(object: &Object) -> Result<Value, Complaint> {
    let filename = object.text("filename").unwrap_or_default();
    let content = std::fs::read(&*filename).map_err(|error| {
        let detail =
            format!("The file at given path cannot be read.\n\nOriginal Error: open {filename}: {}", reason(&error));
        Complaint::error("Read local file data source error", detail)
    })?;
    let own = [
        ("content", Value::text(&String::from_utf8_lossy(&content))),
        ("content_base64", Value::string(STANDARD.encode(&content))),
    ];
    Ok(object.finished(checksums(&content).chain(own)))
}
