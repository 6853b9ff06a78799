//! A temporary directory with configuration in it, and the binary run there as a person or a pipeline would.

#![allow(dead_code, reason = "each test binary uses what it needs")]

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Variables of the surroundings that would change what the binary does.
const INHERITED: [&str; 6] = ["TF_WORKSPACE", "TF_DATA_DIR", "TF_CLI_ARGS", "TF_INPUT", "TF_LOG", "TF_IN_AUTOMATION"];

pub struct Workplace {
    directory: tempfile::TempDir,
}

/// How a run ended.
pub struct Ended {
    pub code: Option<i32>,
    pub output: String,
}

impl Workplace {
    /// An initialised directory with this `main.tf`.
    pub fn with(configuration: &str) -> Self {
        let place = Self { directory: tempfile::tempdir().expect("a temporary directory") };
        place.write("main.tf", configuration);
        place.ok(&["init"]);
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).expect("the temporary directory can be written");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn state(&self) -> String {
        self.read("terraform.tfstate")
    }

    /// The addresses in the state.
    pub fn addresses(&self) -> Vec<String> {
        self.ok(&["state", "list"]).lines().map(str::to_owned).collect()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        command_in(self.directory.path(), arguments)
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        ended(&mut self.command(arguments))
    }

    /// A run that must succeed; gives its output.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(ended.code, Some(0), "{arguments:?} failed:\n{}", ended.output);
        ended.output
    }

    /// A run that must fail with exit code 1 and say all of this.
    pub fn fails(&self, arguments: &[&str], words: &[&str]) -> String {
        let ended = self.run(arguments);
        ended.expect_failure(words);
        ended.output
    }

    /// As [`Self::fails`], and the state file is afterwards as it was, byte for byte.
    pub fn fails_in_peace(&self, arguments: &[&str], words: &[&str]) {
        let before = fs::read(self.path("terraform.tfstate")).ok();
        let output = self.fails(arguments, words);
        let after = fs::read(self.path("terraform.tfstate")).ok();
        assert!(before == after, "{arguments:?} changed the state:\n{output}");
    }

    pub fn apply(&self) -> String {
        self.ok(&["apply", "-auto-approve"])
    }

    /// Nothing is left to do.
    pub fn expect_no_changes(&self) {
        let ended = self.run(&["plan", "-detailed-exitcode"]);
        assert_eq!(ended.code, Some(0), "changes:\n{}", ended.output);
    }

    /// Starts a run in the background; what it says goes to the file `NAME.log`.
    pub fn start(&self, name: &str, arguments: &[&str]) -> Child {
        let log = fs::File::create(self.path(&format!("{name}.log"))).expect("the temporary directory can be written");
        let errors = log.try_clone().expect("a second handle");
        let mut command = self.command(arguments);
        // Who runs the tests in the background may ignore the signals that they are about.
        // SAFETY: between fork and exec nothing is called but signal(2), which is safe there.
        unsafe {
            command.pre_exec(|| {
                libc::signal(libc::SIGINT, libc::SIG_DFL);
                Ok(())
            });
        }
        command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn().expect("the binary starts")
    }

    /// Waits until a file exists.
    pub fn await_file(&self, name: &str) {
        let give_up = Instant::now() + Duration::from_secs(30);
        while !self.path(name).exists() {
            assert!(Instant::now() < give_up, "{name} never came to be");
            sleep(Duration::from_millis(10));
        }
    }
}

impl Ended {
    #[track_caller]
    pub fn expect_failure(&self, words: &[&str]) {
        assert_eq!(self.code, Some(1), "expected failure with {words:?}:\n{}", self.output);
        let plain = joined(&self.output);
        for word in words {
            assert!(plain.contains(word), "{word:?} is missing in:\n{}", self.output);
        }
    }
}

/// The text without the frame of diagnostics and their line breaks.
fn joined(output: &str) -> String {
    let words = output.lines().map(|line| line.trim_start_matches(['│', '╷', '╵']).trim());
    words.collect::<Vec<_>>().join(" ")
}

pub fn command_in(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terrace"));
    command.current_dir(directory).args(arguments).env("NO_COLOR", "1").stdin(Stdio::null());
    for name in INHERITED {
        command.env_remove(name);
    }
    command
}

pub fn ended(command: &mut Command) -> Ended {
    let output = command.output().expect("the binary starts");
    let text = [output.stdout, output.stderr].concat();
    let output_text = String::from_utf8_lossy(&text).into_owned();
    assert!(!output_text.contains("panicked"), "{command:?} panicked:\n{output_text}");
    Ended { code: output.status.code(), output: output_text }
}

/// Waits for a process, at most this long.
pub fn await_end(child: &mut Child, limit: Duration) -> std::process::ExitStatus {
    let give_up = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait().expect("the process can be waited for") {
            return status;
        }
        if Instant::now() > give_up {
            let _ = child.kill();
            panic!("the process did not end within {limit:?}");
        }
        sleep(Duration::from_millis(10));
    }
}
