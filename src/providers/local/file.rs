//! `local_file` and `local_sensitive_file`, as resources and as data sources.

use crate::provider::Complaint;
use crate::providers::small::{Kind, Object, Rule, Source, check_set, computed, optional, required};
use crate::value::{Type, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use std::path::Path;

pub fn file() -> Kind {
    let rules = || {
        [content_rules(false), vec![optional("sensitive_content", Type::String).sensitive().deprecated().replaces()]]
            .concat_rules()
    };
    Kind {
        validate: |configuration| {
            check_set(configuration, &["content", "sensitive_content", "content_base64", "source"], true)
        },
        ..kind("local_file", rules)
    }
}

pub fn sensitive_file() -> Kind {
    Kind {
        validate: |configuration| check_set(configuration, &["content", "content_base64", "source"], true),
        ..kind("local_sensitive_file", || content_rules(true))
    }
}

fn kind(name: &'static str, rules: fn() -> Vec<Rule>) -> Kind {
    Kind { is_present, remove, ..Kind::new(name, rules, make) }
}

trait ConcatRules {
    fn concat_rules(self) -> Vec<Rule>;
}

impl<const N: usize> ConcatRules for [Vec<Rule>; N] {
    fn concat_rules(self) -> Vec<Rule> {
        self.into_iter().flatten().collect()
    }
}

fn content_rules(is_sensitive: bool) -> Vec<Rule> {
    let permission = if is_sensitive { ("0700", "0700") } else { ("0777", "0777") };
    let secret = |rule: Rule| if is_sensitive { rule.sensitive() } else { rule };
    let written = vec![
        required("filename", Type::String).replaces(),
        secret(optional("content", Type::String).replaces()),
        secret(optional("content_base64", Type::String).replaces()),
        optional("source", Type::String).replaces(),
        optional("file_permission", Type::String).default(permission.0).replaces(),
        optional("directory_permission", Type::String).default(permission.1).replaces(),
        computed("id", Type::String),
    ];
    [written, checksum_rules()].concat_rules()
}

const CHECKSUMS: [&str; 6] =
    ["content_base64sha256", "content_base64sha512", "content_md5", "content_sha1", "content_sha256", "content_sha512"];

fn checksum_rules() -> Vec<Rule> {
    CHECKSUMS.iter().map(|name| computed(name, Type::String)).collect()
}

fn checksum(name: &str, content: &[u8]) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    match name {
        "content_base64sha256" => STANDARD.encode(Sha256::digest(content)),
        "content_base64sha512" => STANDARD.encode(Sha512::digest(content)),
        "content_md5" => hex(&Md5::digest(content)),
        "content_sha1" => hex(&Sha1::digest(content)),
        "content_sha256" => hex(&Sha256::digest(content)),
        _ => hex(&Sha512::digest(content)),
    }
}

fn failed(summary: &str, doing: &str, error: impl std::fmt::Display) -> Complaint {
    Complaint::error(summary, format!("An unexpected error occurred while {doing}\n\nOriginal Error: {error}"))
}

fn content_of(object: &Object) -> Result<Vec<u8>, Complaint> {
    const SUMMARY: &str = "Create local file error";
    let parsing = "parsing local file content";
    if let Some(text) = object.text("sensitive_content") {
        return Ok(text.as_bytes().to_vec());
    }
    if let Some(text) = object.text("content_base64") {
        return STANDARD.decode(text.as_bytes()).map_err(|error| failed(SUMMARY, parsing, error));
    }
    if let Some(path) = object.text("source") {
        return std::fs::read(&*path).map_err(|error| failed(SUMMARY, parsing, error));
    }
    Ok(object.text("content").map(|text| text.as_bytes().to_vec()).unwrap_or_default())
}

fn make(object: &Object) -> Result<Value, Complaint> {
    const SUMMARY: &str = "Create local file error";
    let content = content_of(object)?;
    let filename = object.text("filename").unwrap_or_default();
    let path = Path::new(&*filename);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        make_folder(folder, mode(object, "directory_permission"))
            .map_err(|error| failed(SUMMARY, "creating file directory", error))?;
    }
    write(path, &content, mode(object, "file_permission"))
        .map_err(|error| failed(SUMMARY, "writing the file", error))?;
    let sums = CHECKSUMS.map(|name| (name, Value::text(&checksum(name, &content))));
    let with_sums = Object(object.finished(sums));
    Ok(with_sums.finished([("id", Value::text(&checksum("content_sha1", &content)))]))
}

fn mode(object: &Object, name: &str) -> u32 {
    object.text(name).and_then(|text| u32::from_str_radix(&text, 8).ok()).unwrap_or(0o777)
}

#[cfg(unix)]
fn make_folder(folder: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(mode).create(folder)
}

#[cfg(unix)]
fn write(path: &Path, content: &[u8], mode: u32) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// A file whose content is another counts as gone: it will be made again.
fn is_present(object: &Value) -> Result<bool, Complaint> {
    let object = Object(object.clone());
    let filename = object.text("filename").unwrap_or_default();
    match std::fs::read(&*filename) {
        Ok(content) => Ok(object.text("id").is_some_and(|id| *id == *checksum("content_sha1", &content))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed("Read local file error", "reading the file", error)),
    }
}

fn remove(object: &Value) -> Result<(), Complaint> {
    let filename = Object(object.clone()).text("filename").unwrap_or_default();
    match std::fs::remove_file(&*filename) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(failed("Delete local file error", "removing the file", error))
        }
        _ => Ok(()),
    }
}

pub fn source() -> Source {
    Source { name: "local_file", rules: || source_rules(false), read }
}

pub fn sensitive_source() -> Source {
    Source { name: "local_sensitive_file", rules: || source_rules(true), read }
}

fn source_rules(is_sensitive: bool) -> Vec<Rule> {
    let secret = |rule: Rule| if is_sensitive { rule.sensitive() } else { rule };
    let read = vec![
        required("filename", Type::String),
        secret(computed("content", Type::String)),
        secret(computed("content_base64", Type::String)),
        computed("id", Type::String),
    ];
    [read, checksum_rules()].concat_rules()
}

fn read(object: &Object) -> Result<Value, Complaint> {
    let filename = object.text("filename").unwrap_or_default();
    let content = std::fs::read(&*filename).map_err(|error| {
        let detail = format!(
            "The file at given path cannot be read.\n\nOriginal Error: open {filename}: {}",
            if error.kind() == std::io::ErrorKind::NotFound {
                "no such file or directory".into()
            } else {
                error.to_string()
            }
        );
        Complaint::error("Read local file data source error", detail)
    })?;
    let sums = CHECKSUMS.map(|name| (name, Value::text(&checksum(name, &content))));
    let with_sums = Object(object.finished(sums));
    Ok(with_sums.finished([
        ("content", Value::text(&String::from_utf8_lossy(&content))),
        ("content_base64", Value::text(&STANDARD.encode(&content))),
        ("id", Value::text(&checksum("content_sha1", &content))),
    ]))
}
