//! One stack of `tests/aws/stacks` in a directory of its own, on an AWS of its own.

use super::Moto;
use crate::workplace::{Ended, command_in, ended};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

pub const PLAN: [&str; 3] = ["plan", "-input=false", "-detailed-exitcode"];

pub struct Stack {
    pub moto: Moto,
    _directory: tempfile::TempDir,
    /// Where the configuration is; called as the first of its folders is.
    pub place: PathBuf,
    /// Where the API is spoken to.
    pub endpoint: String,
}

impl Stack {
    /// The stack of these folders, one laid over the other, with the provider that all have in common.
    pub fn unpack(folders: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let stacks = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/aws/stacks");
        let place = directory.path().join(folders[0]);
        folders.iter().for_each(|folder| copy(&stacks.join(folder), &place));
        if !place.join("provider.tf").exists() {
            fs::copy(stacks.join("provider.tf"), place.join("provider.tf")).expect("it can be written");
        }
        let moto = Moto::start();
        let stack = Self { endpoint: moto.endpoint(), moto, _directory: directory, place };
        stack.terrace(&["init"], 0);
        stack
    }

    /// Nothing was ever made.
    pub fn start_over(&self) {
        self.moto.reset();
        for entry in fs::read_dir(&self.place).expect("it is there").flatten() {
            if entry.file_name().to_string_lossy().starts_with("terraform.tfstate") {
                fs::remove_file(entry.path()).expect("it can be removed");
            }
        }
    }

    fn with_environment<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("TF_VAR_endpoint", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("CHECKPOINT_DISABLE", "1")
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.with_environment(&mut command_in(&self.place, arguments)))
    }

    /// In the background; what it says goes to the file `log`.
    pub fn start(&self, arguments: &[&str]) -> Child {
        let log = File::create(self.place.join("log")).expect("the temporary directory can be written");
        let errors = log.try_clone().expect("a second handle");
        let mut command = command_in(&self.place, arguments);
        self.with_environment(&mut command).stdout(log).stderr(errors).spawn().expect("the binary starts")
    }

    #[track_caller]
    pub fn terrace(&self, arguments: &[&str], code: i32) -> String {
        let ended = self.run(arguments);
        // The changes of a plan that should have none are what there is to say.
        let said = if arguments == PLAN { &ended.output } else { without_plan(&ended.output) };
        assert_eq!(ended.code, Some(code), "{arguments:?}:\n{said}");
        ended.output
    }

    #[track_caller]
    pub fn terraform(&self, arguments: &[&str], code: i32) {
        let mut command = Command::new("terraform");
        command.current_dir(&self.place).args(arguments).arg("-no-color");
        let ended = ended(self.with_environment(&mut command));
        assert_eq!(ended.code, Some(code), "terraform {arguments:?}:\n{}", ended.output);
    }

    /// Whether the real one and its provider are here.
    pub fn has_terraform(&self) -> bool {
        let mut command = Command::new("terraform");
        command.current_dir(&self.place).args(["init", "-input=false"]).env("CHECKPOINT_DISABLE", "1");
        let is_there = command.output().is_ok_and(|output| output.status.success());
        if !is_there {
            println!("left out: there is no terraform with hashicorp/aws here");
        }
        is_there
    }
}

/// What is said after the plan, which is long.
pub fn without_plan(output: &str) -> &str {
    let start = output.find("\nPlan: ").unwrap_or_default();
    &output[start..]
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the temporary directory can be written");
    for entry in fs::read_dir(from).expect("the stack is there").flatten() {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).expect("the temporary directory can be written")),
        }
    }
}
