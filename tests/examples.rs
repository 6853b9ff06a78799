//! The README's commands work as written, and every example comes and goes without a trace.

mod workplace;

use std::fs;
use std::path::{Path, PathBuf};
use workplace::{Ended, command_in, ended};

fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the temporary directory can be written");
    for entry in fs::read_dir(from).expect("it can be read").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let is_ours = !entry.file_name().to_string_lossy().starts_with(['.', '_']);
        match path.is_dir() {
            true if is_ours => copy_files(&path, &target),
            false if is_ours && !path.to_string_lossy().contains("tfstate") => drop(fs::copy(&path, &target)),
            _ => {}
        }
    }
}

/// Runs in a copy of the project's examples, answering yes.
fn run(directory: &Path, arguments: &[&str]) -> Ended {
    let answers = directory.join("answers");
    fs::write(&answers, "yes\n").expect("the temporary directory can be written");
    let mut command = command_in(directory, arguments);
    ended(command.stdin(fs::File::open(&answers).expect("it was written")))
}

#[test]
fn commands_of_the_readme_work_as_written() {
    let readme = fs::read_to_string(project().join("README.md")).expect("it is there");
    let commands: Vec<&str> =
        readme.lines().filter_map(|line| line.split("./target/release/terrace ").nth(1)).collect();
    assert!(commands.len() >= 2, "apply and destroy are shown: {commands:?}");
    let directory = tempfile::tempdir().expect("a temporary directory");
    copy_files(&project().join("examples"), &directory.path().join("examples"));
    for command in commands {
        let words: Vec<&str> = command.split('`').next().unwrap_or_default().split_whitespace().collect();
        let ended = run(directory.path(), &words);
        assert_eq!(ended.code, Some(0), "{words:?}:\n{}", ended.output);
    }
}

#[test]
fn examples_come_and_go() {
    for entry in fs::read_dir(project().join("examples")).expect("it is there").flatten() {
        let needs_the_cloud = |path: &Path| {
            let main = fs::read_to_string(path.join("main.tf")).unwrap_or_default();
            main.contains("hashicorp/aws") || main.contains("\"aws_") || main.contains("provider \"aws\"")
        };
        if !entry.path().join("main.tf").exists() || needs_the_cloud(&entry.path()) {
            continue;
        }
        let directory = tempfile::tempdir().expect("a temporary directory");
        copy_files(&entry.path(), directory.path());
        let steps: [(&[&str], i32); 6] = [
            (&["init"], 0),
            (&["plan", "-detailed-exitcode"], 2),
            (&["apply", "-auto-approve"], 0),
            (&["plan", "-detailed-exitcode"], 0),
            (&["destroy", "-auto-approve"], 0),
            (&["state", "list"], 0),
        ];
        let mut last = String::new();
        for (arguments, code) in steps {
            let ended = run(directory.path(), arguments);
            assert_eq!(ended.code, Some(code), "{:?} {arguments:?}:\n{}", entry.path(), ended.output);
            last = ended.output;
        }
        assert_eq!(last, "", "{:?} leaves something behind", entry.path());
    }
}
