//! Folders of `src` are layers: what a file imports from the crate must stand below it.
//!
//! The list is ARCHITECTURE.md's map. A layer may use what stands on an earlier line; layers on one line do not know each other.

use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up.
const LAYERS: &[&[&str]] = &[
    &["diag", "system"],
    &["value"],
    &["syntax"],
    &["addr", "schema"],
    &["functions"],
    &["eval", "provider"],
    &["state"],
    &["config", "change", "store", "providers"],
    &["graph", "rollout"],
    &["plan"],
    &["apply"],
    &["render", "ops"],
    &["cli"],
];

/// Pairs on one line, or against it, that are meant: (who, whom, why).
const MEANT: &[(&str, &str, &str)] = &[];

#[test]
fn imports_go_only_downward() {
    let mut wrong = Vec::new();
    for file in rust_files(Path::new("src")) {
        let Some(layer) = layer_of(&file) else { continue };
        let source = fs::read_to_string(&file).expect("a source file is readable");
        for imported in imported_layers(&source) {
            if imported != layer && !is_below(&imported, &layer) && !is_meant(&layer, &imported) {
                wrong.push(format!("{}: {layer} must not import {imported}", file.display()));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "imports against the layers:\n{}", wrong.join("\n"));
}

#[test]
fn providers_know_only_values_and_the_contract() {
    let allowed = ["diag", "system", "value", "schema", "addr", "provider", "providers", "functions", "syntax"];
    let mut wrong = Vec::new();
    for file in rust_files(Path::new("src/providers")) {
        let source = fs::read_to_string(&file).expect("a source file is readable");
        for imported in imported_layers(&source) {
            if !allowed.contains(&imported.as_str()) && !is_meant("providers", &imported) {
                wrong.push(format!("{}: a provider must not import {imported}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_is_a_layer() {
    for entry in fs::read_dir("src").expect("src is readable") {
        let entry = entry.expect("src is readable");
        if entry.file_type().expect("an entry has a type").is_dir() {
            let name = entry.file_name().into_string().expect("folder names are text");
            assert!(height(&name).is_some(), "src/{name} is not in the list of layers");
        }
    }
}

fn layer_of(file: &Path) -> Option<String> {
    let inside = file.strip_prefix("src").ok()?;
    (inside.components().count() > 1)
        .then(|| inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned())
}

fn height(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|line| line.contains(&layer))
}

fn is_below(imported: &str, layer: &str) -> bool {
    matches!((height(imported), height(layer)), (Some(low), Some(high)) if low < high)
}

fn is_meant(who: &str, whom: &str) -> bool {
    MEANT.iter().any(|(a, b, _)| *a == who && *b == whom)
}

/// Layers named as `crate::layer` anywhere outside of comments, braces of grouped imports included.
fn imported_layers(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let code: String =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            found.extend(group_heads(group));
        } else {
            found.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    found.retain(|name| height(name).is_some());
    found
}

/// First names of the members of a brace group, up to its end.
fn group_heads(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut heads = vec![String::new()];
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(String::new()),
            c if depth == 0 => heads.last_mut().expect("one is always there").push(c),
            _ => {}
        }
    }
    heads.iter().map(|head| head.trim().split("::").next().unwrap_or_default().to_owned()).collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a source folder is readable") {
            let path = entry.expect("a source folder is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
