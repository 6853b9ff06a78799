//! `fmt`: configuration files in canonical form.
//!
//! Directories are read one level deep unless asked otherwise, in the order of their names; hidden files and the leftovers of editors
//! are passed over. A file with a syntax error is left as it is and told, the others are formatted all the same.

use crate::diag::{Diagnostic, Diagnostics, SourceMap};
use crate::syntax;
use similar::TextDiff;
use std::path::{Component, Path, PathBuf};

/// Endings of the files that are formatted.
const ENDINGS: [&str; 4] = [".tf", ".tfvars", ".tftest.hcl", ".tfmock.hcl"];
/// How standard input is called in messages.
const STANDARD_INPUT: &str = "<stdin>";

#[derive(Clone, Debug)]
pub struct Options {
    /// Name the files that change.
    pub list: bool,
    /// Write them.
    pub write: bool,
    /// Show what changes.
    pub diff: bool,
    /// Change nothing, tell by the exit code.
    pub check: bool,
    pub recursive: bool,
    /// Files and directories.
    pub paths: Vec<String>,
}

/// What to print and the exit code: 0, 2 after an error, 3 where a check found something to change.
#[derive(Debug, Default)]
pub struct Outcome {
    pub output: String,
    pub diagnostics: Diagnostics,
    pub sources: SourceMap,
    pub exit_code: u8,
}

/// Formats files and directories.
pub fn run(options: &Options) -> Outcome {
    let mut formatting = Formatting::new(options);
    for path in &options.paths {
        let path = relative(path);
        match std::fs::metadata(&path) {
            Err(_) => {
                formatting.complain(format!("No file or directory at {}", path.display()));
                break;
            }
            Ok(metadata) if metadata.is_dir() => formatting.directory(&path),
            Ok(_) if is_formatted(&path.to_string_lossy()) => formatting.file(&path),
            Ok(_) => {
                formatting
                    .complain("Only .tf, .tfvars, and .tftest.hcl files can be processed with terraform fmt".into());
            }
        }
    }
    formatting.finish()
}

/// Formats standard input to the output.
pub fn run_on_text(bytes: &[u8], options: &Options) -> Outcome {
    let options = Options { list: false, write: false, ..options.clone() };
    let mut formatting = Formatting::new(&options);
    formatting.bytes(STANDARD_INPUT, bytes, None);
    formatting.finish()
}

struct Formatting<'a> {
    options: &'a Options,
    outcome: Outcome,
    has_changes: bool,
}

impl<'a> Formatting<'a> {
    fn new(options: &'a Options) -> Self {
        Self { options, outcome: Outcome::default(), has_changes: false }
    }

    fn finish(mut self) -> Outcome {
        let has_failed = self.outcome.diagnostics.has_errors();
        // What a check found out is shown where names are wanted, and where all could be checked.
        if self.options.check && (has_failed || !self.options.list) {
            self.outcome.output.clear();
        }
        self.outcome.exit_code = match (has_failed, self.options.check && self.has_changes) {
            (true, _) => 2,
            (false, true) => 3,
            (false, false) => 0,
        };
        self.outcome
    }

    fn complain(&mut self, message: String) {
        self.outcome.diagnostics.push(Diagnostic::error(message, ""));
    }

    /// Prints with exactly one newline at the end.
    fn print(&mut self, text: &str) {
        self.outcome.output.push_str(text.strip_suffix('\n').unwrap_or(text));
        self.outcome.output.push('\n');
    }

    fn directory(&mut self, directory: &Path) {
        let Ok(entries) = std::fs::read_dir(directory) else {
            return self.complain(format!("Cannot read directory {}", directory.display()));
        };
        let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        for name in names {
            let path = relative(&directory.join(&name).to_string_lossy());
            let name = name.to_string_lossy();
            if is_ignored(&name) {
                continue;
            }
            if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
                if self.options.recursive {
                    self.directory(&path);
                }
            } else if is_formatted(&name) {
                self.file(&path);
            }
        }
    }

    fn file(&mut self, path: &Path) {
        match std::fs::read(path) {
            Ok(bytes) => self.bytes(&path.to_string_lossy(), &bytes, Some(path)),
            Err(_) => self.complain(format!("Failed to read file {}", path.display())),
        }
    }

    /// `target` is where the result goes, if anywhere.
    fn bytes(&mut self, name: &str, bytes: &[u8], target: Option<&Path>) {
        let text = String::from_utf8_lossy(bytes);
        let file = self.outcome.sources.add(name, &text);
        let is_lossy = matches!(text, std::borrow::Cow::Owned(_));
        match syntax::format(&text, file, is_lossy) {
            Err(diagnostics) => self.outcome.diagnostics.extend(diagnostics),
            // Bytes that are no UTF-8 in a comment: they would not survive.
            Ok(_) if is_lossy => {}
            Ok(formatted) => {
                if formatted != text {
                    self.changed(name, &text, &formatted, target);
                }
                if self.prints_results() {
                    self.print(&formatted);
                }
            }
        }
    }

    /// Neither names nor differences are wanted, nor files written.
    fn prints_results(&self) -> bool {
        let Options { list, write, diff, check, .. } = *self.options;
        !(list || write || diff || check)
    }

    fn changed(&mut self, name: &str, text: &str, formatted: &str, target: Option<&Path>) {
        self.has_changes = true;
        if self.options.list {
            self.print(name);
        }
        let target = target.filter(|_| self.options.write && !self.options.check);
        if target.is_some_and(|target| std::fs::write(target, formatted).is_err()) {
            return self.complain(format!("Failed to write {name}"));
        }
        if self.options.diff {
            let difference = TextDiff::from_lines(text, formatted);
            let (old, new) = (format!("old/{name}"), format!("new/{name}"));
            self.print(&difference.unified_diff().header(&old, &new).to_string());
        }
    }
}

fn is_formatted(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Hidden, or left behind by an editor.
fn is_ignored(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
}

/// The path as seen from the working directory, without detours.
fn relative(path: &str) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let mut absolute = PathBuf::new();
    for component in here.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(absolute.pop()),
            other => absolute.push(other),
        }
    }
    let shared = absolute.components().zip(here.components()).take_while(|(one, other)| one == other).count();
    let up = here.components().skip(shared).map(|_| Component::ParentDir);
    let relative: PathBuf = up.chain(absolute.components().skip(shared)).collect();
    if relative.as_os_str().is_empty() { PathBuf::from(".") } else { relative }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: Options =
        Options { list: true, write: true, diff: false, check: false, recursive: false, paths: Vec::new() };

    fn check(text: &str, options: &Options, exit_code: u8, output: &str) {
        let outcome = run_on_text(text.as_bytes(), options);
        assert_eq!((outcome.exit_code, outcome.output.as_str()), (exit_code, output));
    }

    #[test]
    fn standard_input_is_formatted_to_the_output() {
        check("a=1", &OPTIONS, 0, "a = 1\n");
        check("a=1\n", &Options { check: true, ..OPTIONS }, 3, "");
        check("a = 1\n", &Options { check: true, ..OPTIONS }, 0, "");
        check("a = [1 2]\n", &OPTIONS, 2, "");
        let difference = "--- old/<stdin>\n+++ new/<stdin>\n@@ -1 +1 @@\n-a=1\n+a = 1\n";
        check("a=1\n", &Options { diff: true, ..OPTIONS }, 0, difference);
    }

    #[test]
    fn files_are_found_named_and_written() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path();
        std::fs::create_dir(root.join("sub")).expect("a directory");
        for name in ["b.tf", "a.tfvars", ".hidden.tf", "c.txt", "sub/d.tftest.hcl"] {
            std::fs::write(root.join(name), "a=1\n").expect("a file");
        }
        let paths = vec![root.to_string_lossy().into_owned()];
        let names = |outcome: Outcome| -> Vec<String> {
            let last = |line: &str| line.rsplit('/').next().unwrap_or_default().to_owned();
            outcome.output.lines().map(last).collect()
        };
        let outcome = run(&Options { check: true, recursive: true, paths: paths.clone(), ..OPTIONS });
        assert_eq!(outcome.exit_code, 3);
        assert_eq!(names(outcome), ["a.tfvars", "b.tf", "d.tftest.hcl"]);
        assert_eq!(names(run(&Options { paths: paths.clone(), ..OPTIONS })), ["a.tfvars", "b.tf"]);
        assert_eq!(std::fs::read_to_string(root.join("b.tf")).unwrap_or_default(), "a = 1\n");
        assert_eq!(names(run(&Options { paths, ..OPTIONS })), [""; 0]);
    }
}
