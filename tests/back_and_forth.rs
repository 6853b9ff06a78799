//! State goes back and forth: what Terraform applied needs no change by us, and what we applied needs none by Terraform.
//!
//! The configurations are those of the conformance corpus, with the states that Terraform recorded. Where Terraform itself found something
//! to do on its own state (a check that differs, a postcondition that fails) nothing is asked of us.
//! The way back needs a real `terraform` on the PATH; where there is none, that half says so and is left out.

mod workplace;

use serde_json::Value as Json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use workplace::{Ended, command_in, ended};

/// What stands beside a configuration's own files.
const RECORDS: [&str; 2] = ["args.json", "expected"];

/// One step of one recorded configuration.
struct Step {
    name: String,
    source: PathBuf,
    /// The folders that are copied over the configuration up to this step, and what is removed.
    overlays: Vec<String>,
    removed: Vec<String>,
    arguments: Vec<String>,
    /// Commands that came before, such as `workspace new`.
    before: Vec<Vec<String>>,
    variables: Vec<(String, String)>,
    recorded: Json,
}

fn texts(json: &Json) -> Vec<String> {
    json.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
}

fn read_json(path: &Path) -> Json {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

/// The steps after which Terraform found nothing to do.
fn settled_steps() -> Vec<Step> {
    let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/open/configs");
    let mut steps = Vec::new();
    for entry in fs::read_dir(configs).expect("the corpus is there").flatten() {
        let source = entry.path();
        let specification = read_json(&source.join("args.json"));
        let (mut overlays, mut removed) = (Vec::new(), Vec::new());
        for (index, step) in specification["steps"].as_array().into_iter().flatten().enumerate() {
            overlays.extend(step["dir"].as_str().map(str::to_owned));
            removed.extend(texts(&step["remove"]));
            let recorded = read_json(&source.join(format!("expected/step{}.json", index + 1)));
            if recorded["replan"]["rc"] != 0 || recorded["apply"]["rc"] != 0 {
                continue;
            }
            let is_for_once = |argument: &String| argument == "-destroy" || argument.starts_with("-replace");
            let variables = [&specification["env"], &step["env"]];
            let variables = variables.into_iter().filter_map(Json::as_object).flatten();
            steps.push(Step {
                name: format!("{} step {}", entry.file_name().to_string_lossy(), index + 1),
                source: source.clone(),
                overlays: overlays.clone(),
                removed: removed.clone(),
                arguments: texts(&step["args"]).into_iter().filter(|it| !is_for_once(it)).collect(),
                before: step["pre"].as_array().into_iter().flatten().map(texts).collect(),
                variables: variables
                    .map(|(name, value)| (name.clone(), value.as_str().unwrap_or("").to_owned()))
                    .collect(),
                recorded,
            });
        }
    }
    steps
}

impl Step {
    /// A directory with the configuration as it was in this step, without any state.
    fn unpack(&self) -> tempfile::TempDir {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let specification = read_json(&self.source.join("args.json"));
        let all = specification["steps"].as_array().into_iter().flatten().filter_map(|step| step["dir"].as_str());
        let skipped: Vec<&str> = all.chain(RECORDS).collect();
        copy(&self.source, directory.path(), &skipped);
        for removed in &self.removed {
            let path = directory.path().join(removed);
            let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
        for overlay in &self.overlays {
            copy(&self.source.join(overlay), directory.path(), &[]);
        }
        directory
    }

    fn put(&self, directory: &Path, states: &Json) {
        for (name, text) in states.as_object().into_iter().flatten() {
            let path = directory.join(name);
            fs::create_dir_all(path.parent().expect("a file in a directory")).expect("it can be made");
            fs::write(path, text.as_str().expect("a text")).expect("it can be written");
        }
    }

    fn run(&self, command: &mut Command) -> Ended {
        ended(command.envs(self.variables.iter().map(|(name, value)| (name, value))))
    }

    fn terrace(&self, directory: &Path, words: &[&str], arguments: &[String]) -> Ended {
        self.run(command_in(directory, words).args(arguments))
    }

    fn terraform(&self, directory: &Path, words: &[&str], arguments: &[String]) -> Ended {
        let mut command = Command::new("terraform");
        command.current_dir(directory).args(words).args(arguments).env("CHECKPOINT_DISABLE", "1");
        self.run(&mut command)
    }

    /// Nothing where all is well.
    fn complaint(&self, what: &str, ended: &Ended) -> Option<String> {
        (ended.code != Some(0)).then(|| format!("{}: {what}: {:?}\n{}", self.name, ended.code, ended.output))
    }
}

fn copy(from: &Path, to: &Path, skipped: &[&str]) {
    fs::create_dir_all(to).expect("the temporary directory can be written");
    for entry in fs::read_dir(from).expect("the corpus can be read").flatten() {
        let name = entry.file_name();
        let target = to.join(&name);
        match entry.path().is_dir() {
            _ if skipped.contains(&name.to_string_lossy().as_ref()) => {}
            true => copy(&entry.path(), &target, &[]),
            false => drop(fs::copy(entry.path(), target).expect("the temporary directory can be written")),
        }
    }
}

const PLAN: [&str; 3] = ["plan", "-input=false", "-detailed-exitcode"];

#[test]
fn what_terraform_applied_needs_no_change() {
    let mut complaints = Vec::new();
    let mut count = 0;
    for step in settled_steps() {
        let directory = step.unpack();
        step.put(directory.path(), &step.recorded["state"]);
        let initialised = step.terrace(directory.path(), &["init", "-input=false"], &[]);
        complaints.extend(step.complaint("init", &initialised));
        let planned = step.terrace(directory.path(), &PLAN, &step.arguments);
        complaints.extend(step.complaint("plan", &planned));
        count += 1;
    }
    assert!(count > 100, "only {count} steps were found");
    assert!(complaints.is_empty(), "{} of {count}:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn what_we_applied_needs_no_change_by_terraform() {
    if Command::new("terraform").arg("version").output().is_err() {
        println!("left out: there is no terraform on the PATH");
        return;
    }
    let mut complaints = Vec::new();
    for step in settled_steps() {
        let directory = step.unpack();
        step.put(directory.path(), &step.recorded["start_state"]);
        let initialised = step.terrace(directory.path(), &["init", "-input=false"], &[]);
        complaints.extend(step.complaint("init", &initialised));
        for before in &step.before {
            step.terrace(directory.path(), &[], before);
        }
        let applied = step.terrace(directory.path(), &["apply", "-input=false", "-auto-approve"], &step.arguments);
        complaints.extend(step.complaint("apply", &applied));
        let initialised = step.terraform(directory.path(), &["init", "-input=false"], &[]);
        complaints.extend(step.complaint("terraform init", &initialised));
        let planned = step.terraform(directory.path(), &PLAN, &step.arguments);
        complaints.extend(step.complaint("terraform plan", &planned));
    }
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
}
