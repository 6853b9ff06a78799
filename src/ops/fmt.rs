//! Bringing files into canonical form.
//!
//! Which files count is Terraform's rule: `*.tf`, `*.tfvars` and test files, no JSON, no backups of editors.

use crate::diag::{Diagnostic, Diagnostics, SourceMap};
use crate::syntax::format;
use std::path::Path;

const EXTENSIONS: &[&str] = &[".tf", ".tfvars", ".tftest.hcl", ".tfmock.hcl"];

/// A text before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formatted {
    pub path: String,
    pub before: String,
    pub after: String,
}

impl Formatted {
    pub fn has_changed(&self) -> bool {
        self.before != self.after
    }
}

/// What was found below the paths, in the order found, and what could not be formatted.
#[derive(Debug, Default)]
pub struct Formatting {
    pub files: Vec<Formatted>,
    pub diagnostics: Diagnostics,
    pub sources: SourceMap,
}

impl Formatting {
    /// Formats a text; `path` is what messages call it.
    pub fn add_text(&mut self, path: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let is_lossy = matches!(text, std::borrow::Cow::Owned(_));
        let file = self.sources.add(path, &text);
        match format(&text, file, is_lossy) {
            Ok(after) => self.files.push(Formatted { path: path.to_owned(), before: text.into_owned(), after }),
            Err(problems) => self.diagnostics.extend(problems),
        }
    }

    /// Formats a file, or all files in a directory. The first path that does not exist ends it all.
    pub fn add_path(&mut self, path: &str, recursive: bool) -> bool {
        let normal = normalise(path);
        let Ok(metadata) = std::fs::metadata(&normal) else {
            self.problem(format!("No file or directory at {normal}"));
            return false;
        };
        if metadata.is_dir() {
            self.add_directory(&normal, recursive);
        } else if is_formatted(&normal) {
            self.add_file(&normal);
        } else {
            self.problem("Only .tf, .tfvars, and .tftest.hcl files can be processed with terraform fmt".to_owned());
        }
        true
    }

    fn add_directory(&mut self, directory: &str, recursive: bool) {
        let Ok(entries) = std::fs::read_dir(directory) else {
            self.problem(format!("Cannot read directory {directory}"));
            return;
        };
        let mut names: Vec<(String, bool)> = entries
            .flatten()
            .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path().is_dir()))
            .filter(|(name, _)| !is_ignored(name))
            .collect();
        names.sort();
        for (name, is_directory) in names {
            let path = if directory == "." { name.clone() } else { format!("{directory}/{name}") };
            if is_directory {
                if recursive {
                    self.add_directory(&path, recursive);
                }
            } else if is_formatted(&name) {
                self.add_file(&path);
            }
        }
    }

    fn add_file(&mut self, path: &str) {
        match std::fs::read(path) {
            Ok(bytes) => self.add_text(path, &bytes),
            Err(_) => self.problem(format!("Failed to read file {path}")),
        }
    }

    fn problem(&mut self, summary: String) {
        self.diagnostics.push(Diagnostic::error(summary, ""));
    }
}

/// Writes a file's new text in place of the old.
pub fn write(file: &Formatted) -> Result<(), Diagnostic> {
    std::fs::write(&file.path, &file.after)
        .map_err(|error| Diagnostic::error(format!("Failed to write {}", file.path), format!("{error}.")))
}

/// Without `./` in front and `/` behind.
fn normalise(path: &str) -> String {
    let text = Path::new(path).components().collect::<std::path::PathBuf>().to_string_lossy().into_owned();
    if text.is_empty() { ".".to_owned() } else { text }
}

fn is_formatted(name: &str) -> bool {
    EXTENSIONS.iter().any(|extension| name.ends_with(extension))
}

fn is_ignored(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_below_a_directory_are_found_in_order() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        std::fs::create_dir(path("sub")).unwrap();
        for name in ["b.tf", "a.tfvars", "c.txt", ".hidden.tf", "sub/d.tf"] {
            std::fs::write(path(name), "a=1\n").unwrap();
        }
        let mut formatting = Formatting::default();
        assert!(formatting.add_path(&directory.path().to_string_lossy(), true));
        let names: Vec<&str> =
            formatting.files.iter().map(|file| file.path.rsplit_once('/').map_or("", |(_, name)| name)).collect();
        assert_eq!(names, ["a.tfvars", "b.tf", "d.tf"]);
        assert!(formatting.files.iter().all(|file| file.after == "a = 1\n"));
    }
}
