//! What goes wrong around a run, and what must never: two runs at once, files that are damaged or from elsewhere, disks that are full,
//! directories that cannot be written, plans that no longer fit. Each is a clear error with exit code 1, and the state is as it was.

mod workplace;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use workplace::{Workplace, await_end, ended};

const TWO: &str = "resource \"terraform_data\" \"a\" {\n  input = \"a\"\n}\nresource \"null_resource\" \"b\" {}\n";

/// An apply that says that it runs (`started`) and then takes its time.
fn slow(seconds: f32) -> String {
    format!(
        "resource \"terraform_data\" \"slow\" {{\n  provisioner \"local-exec\" {{\n    command = \"touch started; sleep {seconds}\"\n  }}\n}}\n"
    )
}

// ---------------------------------------------------------------- two at once

#[test]
fn second_apply_says_who_holds_the_lock() {
    let place = Workplace::with(&slow(2.0));
    let mut first = place.start("first", &["apply", "-auto-approve"]);
    place.await_file("started");
    place.fails(
        &["apply", "-auto-approve"],
        &[
            "Error acquiring the state lock",
            "Lock Info:",
            "ID:",
            "Operation: OperationTypeApply",
            "Who:",
            "-lock=false",
        ],
    );
    place.fails(&["plan"], &["Error acquiring the state lock", "OperationTypeApply"]);
    // Looking needs no lock.
    place.ok(&["state", "list"]);
    place.ok(&["plan", "-lock=false"]);
    assert!(await_end(&mut first, Duration::from_secs(20)).success(), "{}", place.read("first.log"));
    assert_eq!(place.addresses(), ["terraform_data.slow"]);
    assert!(!place.path(".terraform.tfstate.lock.info").exists());
    place.expect_no_changes();
}

#[test]
fn lock_timeout_waits_for_the_other() {
    let place = Workplace::with(&slow(1.0));
    let mut first = place.start("first", &["apply", "-auto-approve"]);
    place.await_file("started");
    let second = place.ok(&["apply", "-auto-approve", "-lock-timeout=20s"]);
    assert!(second.contains("No changes."), "{second}");
    assert!(await_end(&mut first, Duration::from_secs(20)).success());
}

#[test]
fn lock_of_a_dead_process_does_not_stay() {
    let place = Workplace::with(&slow(30.0));
    let mut first = place.start("first", &["apply", "-auto-approve"]);
    place.await_file("started");
    first.kill().expect("it runs");
    first.wait().expect("it ran");
    place.write("main.tf", TWO);
    place.apply();
    place.expect_no_changes();
}

// ---------------------------------------------------------------- damaged state

fn with_state() -> Workplace {
    let place = Workplace::with(TWO);
    place.apply();
    place
}

#[test]
fn empty_state_is_an_error_and_no_fresh_start() {
    let place = with_state();
    place.write("terraform.tfstate", "");
    for arguments in
        [&["plan"][..], &["apply", "-auto-approve"], &["state", "list"], &["destroy", "-auto-approve"], &["show"]]
    {
        place.fails_in_peace(arguments, &["terraform.tfstate", "terraform.tfstate.backup"]);
    }
}

#[test]
fn truncated_state_is_an_error_wherever_it_ends() {
    let place = with_state();
    let whole = place.state();
    for part in [1, 2, 20, whole.len() / 3, whole.len() / 2, whole.len() - 3, whole.len() - 2] {
        place.write("terraform.tfstate", &whole[..part]);
        place.fails_in_peace(&["apply", "-auto-approve"], &["terraform.tfstate"]);
    }
    // Only the last line end is missing: nothing is lost.
    place.write("terraform.tfstate", whole.trim_end());
    place.expect_no_changes();
}

#[test]
fn state_edited_by_hand_is_refused_with_the_reason() {
    let place = with_state();
    let whole = place.state();
    let edits = [
        ("\"version\": 4", "\"version\": \"four\""),
        ("\"version\": 4", "\"version\": -1"),
        ("\"version\": 4,", ""),
        ("\"mode\": \"managed\"", "\"mode\": \"mangled\""),
        ("\"resources\": [", "\"resources\": {"),
        ("\"instances\": [", "\"instances\": [ 5, "),
        ("\"attributes\": {", "\"attributes\": [{"),
        ("\"type\": \"terraform_data\"", "\"type\": 7"),
        ("\"provider\": \"provider[\\\"terraform.io/builtin/terraform\\\"]\"", "\"provider\": \"nobody\""),
        ("\"schema_version\": 0", "\"schema_version\": -3"),
        ("\"serial\": ", "\"serial\": -"),
    ];
    for (from, to) in edits {
        let edited = whole.replacen(from, to, 1);
        assert_ne!(edited, whole, "{from} is not in the state:\n{whole}");
        place.write("terraform.tfstate", &edited);
        place.fails_in_peace(&["apply", "-auto-approve"], &["terraform.tfstate"]);
    }
}

#[test]
fn duplicate_instance_is_refused() {
    let place = with_state();
    let whole = place.state();
    let start = whole.find("\"instances\": [").expect("there are instances") + "\"instances\": [".len();
    let end = start + whole[start..].find("\n      ]").expect("the list ends");
    let instance = whole[start..end].to_owned();
    place.write("terraform.tfstate", &format!("{}{instance},{}", &whole[..start], &whole[start..]));
    place.fails_in_peace(&["apply", "-auto-approve"], &["Duplicate resource instance in state"]);
}

#[test]
fn other_versions_are_refused_by_name() {
    let place = with_state();
    for version in [1, 2, 3] {
        place.write("terraform.tfstate", &format!("{{\"version\": {version}, \"serial\": 1, \"modules\": []}}\n"));
        place.fails_in_peace(&["apply", "-auto-approve"], &[&format!("version {version}"), "terraform.tfstate"]);
    }
    place.write("terraform.tfstate", "{\"version\": 5, \"serial\": 1, \"lineage\": \"x\", \"resources\": []}\n");
    place.fails_in_peace(&["apply", "-auto-approve"], &["newer"]);
}

#[test]
fn push_refuses_other_lineage_and_older_serial() {
    let place = with_state();
    let state = place.state();
    let lineage = state.split("\"lineage\": \"").nth(1).and_then(|rest| rest.split('"').next()).expect("a lineage");
    place.write("other.tfstate", &state.replace(lineage, "11111111-2222-3333-4444-555555555555"));
    place.fails_in_peace(&["state", "push", "other.tfstate"], &["lineage"]);
    place.write("older.tfstate", &set_serial(&state, 0));
    place.fails_in_peace(&["state", "push", "older.tfstate"], &["serial"]);
    place.write("broken.tfstate", &state[..state.len() / 2]);
    place.fails_in_peace(&["state", "push", "broken.tfstate"], &["broken.tfstate"]);
    place.fails_in_peace(&["state", "push", "absent.tfstate"], &["absent.tfstate"]);
    place.ok(&["state", "push", "-force", "other.tfstate"]);
}

fn set_serial(state: &str, serial: u32) -> String {
    let start = state.find("\"serial\": ").expect("a serial") + "\"serial\": ".len();
    let end = start + state[start..].find(',').expect("more follows");
    format!("{}{serial}{}", &state[..start], &state[end..])
}

// ---------------------------------------------------------------- directories and disks

/// Whether permissions mean nothing to us, as they do to root.
fn permissions_hold() -> bool {
    let directory = tempfile::tempdir().expect("a temporary directory");
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o555)).expect("it is ours");
    fs::write(directory.path().join("probe"), "").is_err()
}

#[test]
fn read_only_directory_and_unreadable_state() {
    if !permissions_hold() {
        return;
    }
    let place = with_state();
    place.write("main.tf", &TWO.replace("\"a\"\n}", "\"b\"\n}"));
    let mode = |name: &str, mode| {
        fs::set_permissions(place.path(name), fs::Permissions::from_mode(mode)).expect("it is ours");
    };
    mode("", 0o555);
    place.fails_in_peace(&["apply", "-auto-approve"], &["terraform.tfstate", "ermission denied"]);
    mode("", 0o755);
    mode("terraform.tfstate", 0o000);
    place.fails(&["plan"], &["terraform.tfstate", "ermission denied"]);
    mode("terraform.tfstate", 0o444);
    place.fails_in_peace(&["apply", "-auto-approve"], &["terraform.tfstate", "ermission denied"]);
    mode("terraform.tfstate", 0o644);
    place.apply();
    place.expect_no_changes();
}

#[test]
fn state_that_is_a_directory() {
    let place = Workplace::with(TWO);
    fs::create_dir(place.path("terraform.tfstate")).expect("the temporary directory can be written");
    place.fails(&["apply", "-auto-approve"], &["terraform.tfstate", "directory"]);
}

// ---------------------------------------------------------------- saved plans

fn planned() -> Workplace {
    let place = Workplace::with(TWO);
    place.ok(&["plan", "-out=saved.plan"]);
    place
}

#[test]
fn altered_plan_is_refused_whatever_byte_it_is() {
    let place = planned();
    let whole = fs::read(place.path("saved.plan")).expect("it was written");
    for part in 0..24 {
        let mut altered = whole.clone();
        let at = part * (whole.len() - 1) / 23;
        altered[at] ^= 1;
        fs::write(place.path("saved.plan"), &altered).expect("it can be written");
        place.fails_in_peace(&["apply", "saved.plan"], &[]);
        fs::write(place.path("saved.plan"), &whole[..at]).expect("it can be written");
        place.fails_in_peace(&["apply", "saved.plan"], &[]);
    }
    assert!(!place.path("terraform.tfstate").exists());
    fs::write(place.path("saved.plan"), &whole).expect("it can be written");
    place.ok(&["apply", "saved.plan"]);
}

#[test]
fn altered_plan_says_that_it_was_altered() {
    let place = planned();
    let mut altered = fs::read(place.path("saved.plan")).expect("it was written");
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    fs::write(place.path("saved.plan"), &altered).expect("it can be written");
    place.fails(&["apply", "saved.plan"], &["saved.plan", "altered"]);
}

#[test]
fn stale_plan_says_so() {
    let place = planned();
    place.apply();
    place.fails_in_peace(&["apply", "saved.plan"], &["Saved plan is stale", "Make a new plan"]);
}

#[test]
fn plan_of_another_directory_is_refused() {
    let place = planned();
    let other = Workplace::with("resource \"null_resource\" \"other\" {}\n");
    other.apply();
    fs::copy(place.path("saved.plan"), other.path("saved.plan")).expect("it can be copied");
    other.fails_in_peace(&["apply", "saved.plan"], &["Saved plan"]);
}

#[test]
fn absent_plan_is_an_error() {
    planned().fails(&["apply", "gone.plan"], &["gone.plan", "o such file"]);
}

// ---------------------------------------------------------------- stopped

/// One that takes its time, and one that waits for it.
const CHAIN: &str = r#"
resource "terraform_data" "slow" {
  input = "first"
  provisioner "local-exec" {
    command = "touch started; sleep 1.5; touch finished"
  }
}
resource "terraform_data" "after" {
  input = terraform_data.slow.output
}
"#;

fn signal(child: &std::process::Child, signal: libc::c_int) {
    // SAFETY: a signal to a child that was not waited for yet.
    unsafe { libc::kill(child.id() as libc::pid_t, signal) };
}

fn converges(place: &Workplace) {
    place.apply();
    assert_eq!(place.addresses(), ["terraform_data.after", "terraform_data.slow"]);
    place.expect_no_changes();
    place.ok(&["destroy", "-auto-approve"]);
    assert_eq!(place.addresses(), [""; 0]);
}

#[test]
fn one_signal_finishes_what_runs_and_starts_nothing() {
    for asked in [libc::SIGINT, libc::SIGTERM] {
        let place = Workplace::with(CHAIN);
        let mut apply = place.start("apply", &["apply", "-auto-approve"]);
        place.await_file("started");
        signal(&apply, asked);
        let status = await_end(&mut apply, Duration::from_secs(10));
        let log = place.read("apply.log");
        assert_eq!(status.code(), Some(1), "{log}");
        assert!(log.contains("Interrupt received"), "{log}");
        assert!(!log.contains("panicked"), "{log}");
        assert!(place.path("finished").exists(), "what ran was cut off:\n{log}");
        assert_eq!(place.addresses(), ["terraform_data.slow"], "{log}");
        assert!(!place.state().contains("tainted"), "{}", place.state());
        converges(&place);
    }
}

#[test]
fn second_signal_cancels_what_runs() {
    let place = Workplace::with(&CHAIN.replace("1.5", "30"));
    let mut apply = place.start("apply", &["apply", "-auto-approve"]);
    place.await_file("started");
    signal(&apply, libc::SIGINT);
    std::thread::sleep(Duration::from_millis(300));
    signal(&apply, libc::SIGINT);
    let status = await_end(&mut apply, Duration::from_secs(8));
    let log = place.read("apply.log");
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(!place.path("finished").exists(), "{log}");
    assert_eq!(place.addresses(), ["terraform_data.slow"], "{log}");
    // Its provisioner did not come to its end: it is to be made anew.
    assert!(place.state().contains("tainted"), "{}", place.state());
    place.write("main.tf", CHAIN);
    converges(&place);
}

#[test]
fn signal_while_planning_ends_it_and_leaves_no_lock() {
    let waits = "data \"local_command\" \"wait\" {\n  command   = \"sh\"\n  arguments = [\"-c\", \"touch started; exec sleep 60\"]\n}\n";
    let place = Workplace::with(waits);
    let mut plan = place.start("plan", &["plan"]);
    place.await_file("started");
    signal(&plan, libc::SIGINT);
    assert!(!await_end(&mut plan, Duration::from_secs(20)).success(), "{}", place.read("plan.log"));
    place.write("main.tf", "");
    place.expect_no_changes();
}

/// What CI does to a run it is tired of.
#[test]
fn interrupted_then_terminated_then_killed() {
    let place = Workplace::with(&CHAIN.replace("1.5", "30"));
    let mut apply = place.start("apply", &["apply", "-auto-approve"]);
    place.await_file("started");
    for asked in [libc::SIGINT, libc::SIGTERM, libc::SIGKILL] {
        signal(&apply, asked);
    }
    await_end(&mut apply, Duration::from_secs(10));
    place.write("main.tf", CHAIN);
    converges(&place);
}

// ---------------------------------------------------------------- a full disk

/// A small file system of its own, where the machine lets us make one.
struct SmallDisk {
    directory: tempfile::TempDir,
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let directory = tempfile::tempdir().ok()?;
        let mut mount = std::process::Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(directory.path());
        let status = mount.stderr(std::process::Stdio::null()).status().ok()?;
        status.success().then_some(Self { directory })
    }

    fn run(&self, arguments: &[&str]) -> workplace::Ended {
        workplace::ended(&mut workplace::command_in(self.directory.path(), arguments))
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    /// Takes all the room there is.
    fn fill(&self) {
        let _ = fs::write(self.path("filler"), vec![0; 4 << 20]);
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(self.directory.path()).status();
    }
}

#[test]
fn full_disk_before_an_apply_changes_nothing() {
    let Some(disk) = SmallDisk::mount() else { return };
    fs::write(disk.path("main.tf"), TWO).expect("there is room");
    assert_eq!(disk.run(&["init"]).code, Some(0));
    assert_eq!(disk.run(&["apply", "-auto-approve"]).code, Some(0));
    fs::write(disk.path("main.tf"), TWO.replace("\"a\"\n}", "\"b\"\n}")).expect("there is room");
    let before = fs::read(disk.path("terraform.tfstate")).expect("it was written");
    disk.fill();
    disk.run(&["apply", "-auto-approve"]).expect_failure(&["o space left on device"]);
    assert_eq!(fs::read(disk.path("terraform.tfstate")).expect("it is there"), before);
    fs::remove_file(disk.path("filler")).expect("it is there");
    assert_eq!(disk.run(&["apply", "-auto-approve"]).code, Some(0));
    assert_eq!(disk.run(&["plan", "-detailed-exitcode"]).code, Some(0));
}

/// The first resource's provisioner fills the disk. What it made must be known afterwards; what waits for it must not be begun.
#[test]
fn full_disk_in_the_middle_starts_nothing_more_and_loses_nothing() {
    let Some(disk) = SmallDisk::mount() else { return };
    let world = tempfile::tempdir().expect("a temporary directory");
    let configuration = |command: &str| {
        format!(
            r#"
resource "terraform_data" "filling" {{
  provisioner "local-exec" {{
    command = "{command}"
  }}
}}
resource "terraform_data" "second" {{
  input = join(terraform_data.filling.id, range(1000))
  provisioner "local-exec" {{
    command = "echo made >> {world}/second"
  }}
}}
resource "terraform_data" "third" {{
  input = terraform_data.second.output
  provisioner "local-exec" {{
    command = "echo made >> {world}/third"
  }}
}}
"#,
            world = world.path().display()
        )
    };
    fs::write(disk.path("main.tf"), configuration("echo made >> $WORLD/filling; head -c 4M /dev/zero > filler; true"))
        .expect("there is room");
    assert_eq!(disk.run(&["init"]).code, Some(0));
    let arguments = ["apply", "-auto-approve"];
    let mut command = workplace::command_in(disk.directory.path(), &arguments);
    let first = workplace::ended(command.env("WORLD", world.path()));
    first.expect_failure(&["o space left on device"]);
    let is_made = |name: &str| fs::read_to_string(world.path().join(name)).unwrap_or_default().lines().count();
    assert_eq!((is_made("filling"), is_made("second"), is_made("third")), (1, 0, 0), "{}", first.output);

    fs::remove_file(disk.path("filler")).expect("it was filled");
    fs::write(disk.path("main.tf"), configuration("true")).expect("there is room again");
    let second = disk.run(&arguments);
    assert_eq!(second.code, Some(0), "{}", second.output);
    assert_eq!(is_made("third"), 1, "{}", second.output);
    assert_eq!(disk.run(&["plan", "-detailed-exitcode"]).code, Some(0));
    let listed = disk.run(&["state", "list"]).output;
    assert_eq!(listed.lines().count(), 3, "{listed}");
}

#[test]
fn log_says_what_happens_where_it_is_asked_to() {
    let place = Workplace::with("resource \"terraform_data\" \"a\" {\n  input = sensitive(\"hidden\")\n}\n");
    let mut apply = place.command(&["apply", "-auto-approve", "-var=unused=hidden"]);
    let refused = ended(apply.env("TF_LOG", "debug").env("TF_LOG_PATH", "log"));
    assert_eq!(refused.code, Some(1), "{}", refused.output);
    let mut apply = place.command(&["apply", "-auto-approve"]);
    let applied = ended(apply.env("TF_LOG", "json").env("TF_LOG_PATH", "log"));
    assert_eq!(applied.code, Some(0), "{}", applied.output);
    assert!(!applied.output.contains("[INFO]"), "{}", applied.output);
    let log = place.read("log");
    for words in
        ["[INFO]  Terrace", "apply ended with exit code 1", "{\"@level\":\"info\"", "terraform_data.a: Creating..."]
    {
        assert!(log.contains(words), "{words:?} is missing in:\n{log}");
    }
    assert!(!log.contains("hidden"), "{log}");
    let loud = ended(place.command(&["plan"]).env("TF_LOG", "loud"));
    assert!(loud.output.contains("Invalid log level: \"loud\""), "{}", loud.output);
}
