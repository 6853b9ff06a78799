//! PostgreSQL as found on this machine, and running its programs.
//!
//! PostgreSQL refuses to run as root. Started as root we take the account `postgres` that packages make, or `nobody`.

use crate::system::reason;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::process::Command;
use tokio::time;

/// Where distributions put versions side by side.
const VERSIONED: &str = "/usr/lib/postgresql";
/// For data of servers whose account may not enter the data directory.
const ELSEWHERE: &str = "/var/lib/terrace";
/// No program of PostgreSQL that is waited for may take longer.
const LONGEST: Duration = Duration::from_secs(120);
const PROGRAMS: [&str; 6] = ["initdb", "pg_ctl", "postgres", "psql", "pg_basebackup", "pg_rewind"];

/// The programs of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    folder: PathBuf,
    account: Option<Account>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Account {
    user: u32,
    group: u32,
}

impl Installation {
    pub fn of_this_machine() -> Option<Self> {
        Self::find(&std::env::var_os("PATH").unwrap_or_default().to_string_lossy())
    }

    /// As the programs say it: `15.14`.
    pub async fn version(&self) -> Result<String, String> {
        let said = self.run("postgres", &["--version"], "").await?;
        let word = said.split_whitespace().find(|word| word.starts_with(|letter: char| letter.is_ascii_digit()));
        word.map(str::to_owned).ok_or_else(|| format!("postgres has no version: {said}"))
    }

    /// The newest version in the distribution's folder, else what `PATH` (given as text) leads to. None when neither has all programs.
    pub fn find(path: &str) -> Option<Self> {
        let entries = fs::read_dir(VERSIONED).into_iter().flatten().flatten();
        let mut versions: Vec<(u32, PathBuf)> = entries
            .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
            .collect();
        versions.sort();
        let mut folders = versions.into_iter().rev().map(|(_, folder)| folder).chain(std::env::split_paths(path));
        let folder = folders.find(|folder| PROGRAMS.iter().all(|program| folder.join(program).is_file()))?;
        Some(Self { folder, account: account() })
    }

    /// Where a database of this data directory keeps its data: inside, unless the account of the servers cannot get there (in a home, say).
    pub fn home(&self, data: &Path, id: &str) -> Result<PathBuf, String> {
        if self.can_reach(data) {
            return Ok(data.join("databases").join(id));
        }
        let elsewhere = Path::new(ELSEWHERE);
        let said = |error: std::io::Error| format!("{ELSEWHERE}: {}", reason(&error));
        fs::create_dir_all(elsewhere).map_err(said)?;
        if self.can_reach(elsewhere) {
            return Ok(elsewhere.join(id));
        }
        Err(format!("PostgreSQL's account can reach neither {} nor {ELSEWHERE}", data.display()))
    }

    /// After a database's folder has gone: what was made to hold it.
    pub fn leave_home(folder: &Path) {
        // It stays where others are in it.
        let _ = folder.parent().map(fs::remove_dir);
    }

    fn can_reach(&self, folder: &Path) -> bool {
        let Some(Account { user, group }) = self.account else { return true };
        let may_pass = |folder: &Path| {
            fs::metadata(folder).is_ok_and(|found| match (found.uid() == user, found.gid() == group) {
                (true, _) => found.mode() & 0o100 != 0,
                (false, true) => found.mode() & 0o010 != 0,
                (false, false) => found.mode() & 0o001 != 0,
            })
        };
        folder.ancestors().all(may_pass)
    }

    /// Makes a folder that only the account of the servers may open.
    pub(super) fn private_folder(&self, folder: &Path) -> Result<(), String> {
        let said = |error: std::io::Error| format!("{}: {}", folder.display(), reason(&error));
        fs::create_dir_all(folder).map_err(said)?;
        self.own(folder)?;
        fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).map_err(said)
    }

    /// Writes a file that only the account of the servers may read.
    pub(super) fn private_file(&self, file: &Path, text: &str) -> Result<(), String> {
        let said = |error: std::io::Error| format!("{}: {}", file.display(), reason(&error));
        fs::write(file, "").map_err(said)?;
        fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).map_err(said)?;
        fs::write(file, text).map_err(said)?;
        self.own(file)
    }

    fn own(&self, path: &Path) -> Result<(), String> {
        let Some(Account { user, group }) = self.account else { return Ok(()) };
        chown(path, Some(user), Some(group)).map_err(|error| format!("{}: {}", path.display(), reason(&error)))
    }

    /// Runs a program to its end and gives what it wrote; its complaint where it failed.
    pub(super) async fn run(&self, program: &str, arguments: &[&str], password: &str) -> Result<String, String> {
        let mut command = Command::new(self.folder.join(program));
        // The password travels in the environment: anybody may read a command line.
        command.args(arguments).env("PGPASSWORD", password).env("LC_ALL", "C").current_dir("/");
        command.stdin(Stdio::null()).kill_on_drop(true);
        if let Some(Account { user, group }) = self.account {
            command.uid(user).gid(group);
        }
        // A server that pg_ctl leaves behind keeps its outputs open, so they may not be pipes that we wait for.
        if program == "pg_ctl" {
            command.stdout(Stdio::null()).stderr(Stdio::null());
            let ended = time::timeout(LONGEST, command.status()).await;
            let status = ended.map_err(|_| format!("{program} takes too long"))?;
            let status = status.map_err(|error| format!("{program}: {}", reason(&error)))?;
            return if status.success() { Ok(String::new()) } else { Err(format!("{program}: {status}")) };
        }
        let ended = time::timeout(LONGEST, command.output()).await;
        let output: Output = ended
            .map_err(|_| format!("{program} takes too long"))?
            .map_err(|error| format!("{program}: {}", reason(&error)))?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
            false => Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim())),
        }
    }
}

fn account() -> Option<Account> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &str| {
        let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some(Account { user: fields.next()?.parse().ok()?, group: fields.next()?.parse().ok()? })
    };
    find("postgres").or_else(|| find("nobody"))
}
