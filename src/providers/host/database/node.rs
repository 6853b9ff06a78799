//! One PostgreSQL server: a data folder, an address, and what can be done to it.
//!
//! `pg_ctl` starts it, so it outlives this process and is found again by its data folder.

use super::installation::Installation;
use super::{folder, process};
use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Until a server has taken up its settings.
const RELOAD_PAUSE: Duration = Duration::from_millis(200);
const RELOAD_LOOKS: u32 = 50;
/// It can put its files on disk at once when it recovers, see [`folder`].
const FIRST_WITH_SYNCFS: u32 = 14;

/// How the outside signs in, and what it finds.
#[derive(Clone, PartialEq, Eq)]
pub struct Access {
    pub user: String,
    pub password: String,
    pub database: String,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Access({}, {}, (sensitive))", self.user, self.database)
    }
}

/// A running server to copy and to follow, and what it knows the follower as.
#[derive(Clone, Debug)]
pub struct Source {
    pub address: SocketAddr,
    pub access: Access,
    pub follower: String,
}

impl Source {
    fn connection_text(&self) -> String {
        let user = quoted(&self.access.user);
        format!("host={} port={} user='{user}'", self.address.ip(), self.address.port())
    }
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) installation: Installation,
    pub(super) folder: PathBuf,
    pub(super) address: SocketAddr,
    pub(super) access: Access,
    /// `postgresql.conf` settings by name, as the user gave them.
    pub(super) parameters: BTreeMap<String, String>,
}

impl Node {
    pub(super) fn exists(&self) -> bool {
        self.folder.join("PG_VERSION").is_file()
    }

    /// A new, empty primary, not yet started.
    pub(super) async fn initialise(&self) -> Result<(), String> {
        self.installation.private_folder(&self.folder)?;
        let password_file = self.folder.with_extension("password");
        self.installation.private_file(&password_file, &self.access.password)?;
        let made = self
            .run(
                "initdb",
                &[
                    "--pgdata",
                    &self.path(),
                    "--username",
                    &self.access.user,
                    "--pwfile",
                    &password_file.to_string_lossy(),
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                    "--data-checksums",
                    "--no-sync",
                ],
            )
            .await;
        // Whatever became of it, the password is not left lying about.
        let _ = fs::remove_file(&password_file);
        made?;
        let rules = "host all all all scram-sha-256\nhost replication all all scram-sha-256\n";
        self.installation.private_file(&self.folder.join("pg_hba.conf"), rules)?;
        self.write_settings()
    }

    /// The name by which a standby of this node is known to it.
    pub(super) fn source_for(&self, follower: &str) -> Source {
        Source { address: self.address, access: self.access.clone(), follower: follower.to_owned() }
    }

    /// A copy of a running server, which follows it once it is started.
    pub(super) async fn copy_of(&self, source: &Source) -> Result<(), String> {
        self.remove()?;
        self.installation.private_folder(&self.folder)?;
        let (host, port) = (source.address.ip().to_string(), source.address.port().to_string());
        self.run(
            "pg_basebackup",
            &[
                "--pgdata",
                &self.path(),
                "--host",
                &host,
                "--port",
                &port,
                "--username",
                &source.access.user,
                "--checkpoint=fast",
                "--wal-method=stream",
                // A server that starts from a copy first puts all of it on disk.
                "--no-sync",
            ],
        )
        .await?;
        self.follow(source)
    }

    /// Makes a stopped server fit the one it follows: by taking back what it alone had, or as a new copy where that does not work.
    pub(super) async fn rejoin(&self, source: &Source) -> Result<(), String> {
        let server = format!("{} dbname=postgres", source.connection_text());
        // Until its first checkpoint a promoted server seems to be where it was before, and nothing would be taken back.
        let has_point = self.ask_source(source, "CHECKPOINT").await;
        let rewound = match has_point && self.exists() {
            true => {
                self.run("pg_rewind", &["--target-pgdata", &self.path(), "--source-server", &server, "--no-sync"]).await
            }
            false => Err("there is nothing to take back".to_owned()),
        };
        match rewound {
            Ok(_) => self.follow(source),
            Err(_) => self.copy_of(source).await,
        }
    }

    /// Settings of a follower of this server; they count from the next start or reload.
    pub(super) fn follow(&self, source: &Source) -> Result<(), String> {
        self.write_settings()?;
        let connection = format!(
            "{} password='{}' application_name='{}'",
            source.connection_text(),
            quoted(&source.access.password),
            quoted(&source.follower)
        );
        let connection = format!("primary_conninfo = '{}'\n", quoted(&connection));
        self.installation.private_file(&self.folder.join("standby.conf"), &connection)?;
        self.installation.private_file(&self.folder.join("standby.signal"), "")
    }

    pub(super) fn write_settings(&self) -> Result<(), String> {
        let mut settings = BTreeMap::from([
            ("hot_standby".to_owned(), "on".to_owned()),
            ("max_wal_senders".to_owned(), "10".to_owned()),
            ("wal_keep_size".to_owned(), "256MB".to_owned()),
            ("logging_collector".to_owned(), "off".to_owned()),
        ]);
        if self.major_version().is_some_and(|version| version >= FIRST_WITH_SYNCFS) {
            settings.insert("recovery_init_sync_method".to_owned(), "syncfs".to_owned());
        }
        settings.extend(self.parameters.clone());
        settings.extend([
            ("listen_addresses".to_owned(), self.address.ip().to_string()),
            ("port".to_owned(), self.address.port().to_string()),
            ("unix_socket_directories".to_owned(), String::new()),
        ]);
        let mut text = String::from("include_if_exists 'standby.conf'\n");
        for (name, value) in &settings {
            text.push_str(&format!("{name} = '{}'\n", quoted(value)));
        }
        self.installation.private_file(&self.folder.join("postgresql.conf"), &text)
    }

    /// Of the server that made the folder.
    fn major_version(&self) -> Option<u32> {
        let text = fs::read_to_string(self.folder.join("PG_VERSION")).ok()?;
        text.trim().split('.').next()?.parse().ok()
    }

    /// Starts it and waits until it answers.
    pub(super) async fn start(&self) -> Result<(), String> {
        if self.is_running() {
            return Ok(());
        }
        process::forget_stale(&self.folder);
        let log = self.log();
        if !log.exists() {
            self.installation.private_file(&log, "")?;
        }
        let started = self
            .run(
                "pg_ctl",
                &["start", "--pgdata", &self.path(), "--wait", "--timeout=60", "--log", &log.to_string_lossy()],
            )
            .await;
        started.map(drop).map_err(|error| {
            let said = fs::read_to_string(&log).unwrap_or_default();
            let from = said.lines().count().saturating_sub(5);
            let last: Vec<&str> = said.lines().skip(from).collect();
            format!("{error}\n{}", last.join("\n"))
        })
    }

    /// There is a server; not whether it answers.
    pub(super) fn is_running(&self) -> bool {
        process::find(&self.folder).is_some()
    }

    /// Lets sessions be cut and everything be written.
    pub(super) async fn stop(&self) -> Result<(), String> {
        if self.is_running() {
            return self.run("pg_ctl", &["stop", "--pgdata", &self.path(), "--mode=fast", "--wait"]).await.map(drop);
        }
        // One that has lost its folder can only be ended.
        self.fence().await;
        Ok(())
    }

    /// Whatever it is doing, afterwards it writes nothing and answers nobody.
    pub(super) async fn fence(&self) {
        process::end_at_once(&self.folder).await;
    }

    /// What is wrong with the settings as written.
    pub(super) async fn check_settings(&self) -> Result<(), String> {
        self.run("postgres", &["-D", &self.path(), "-C", "port"]).await.map(drop)
    }

    /// Settings that were written count from now on; those that only count at the start, after another one.
    pub(super) async fn reload(&self) -> Result<(), String> {
        self.run("pg_ctl", &["reload", "--pgdata", &self.path()]).await?;
        // It is told by a signal, and a new session shows what it has taken up.
        tokio::time::sleep(RELOAD_PAUSE).await;
        if self.waits_for_restart().await? {
            self.stop().await?;
            self.start().await?;
        }
        Ok(())
    }

    /// A follower knows a new password of its user only when it has got that far.
    async fn waits_for_restart(&self) -> Result<bool, String> {
        let mut answer = Err(String::new());
        for _ in 0..RELOAD_LOOKS {
            answer = self.query("SELECT count(*) FROM pg_settings WHERE pending_restart").await;
            if answer.is_ok() {
                break;
            }
            tokio::time::sleep(RELOAD_PAUSE).await;
        }
        Ok(answer? != "0")
    }

    /// Another password for the user. The statement has it, so it goes by a file and not by a command line or the server's log.
    pub(super) async fn change_password(&self, password: &str) -> Result<(), String> {
        let file = self.folder.with_extension("statement");
        let statement = format!(
            "SET log_statement = 'none'; ALTER ROLE \"{}\" PASSWORD '{}';",
            self.access.user,
            password.replace('\'', "''")
        );
        self.installation.private_file(&file, &statement)?;
        let done = self.ask(&["--set=ON_ERROR_STOP=1", "--file", &file.to_string_lossy()]).await;
        let _ = fs::remove_file(&file);
        done.map(drop)
    }

    pub(super) async fn promote(&self) -> Result<(), String> {
        self.run("pg_ctl", &["promote", "--pgdata", &self.path(), "--wait"]).await.map(drop)
    }

    /// One statement in the database `postgres`, and its result as text.
    pub(super) async fn query(&self, statement: &str) -> Result<String, String> {
        self.ask(&["--command", statement]).await
    }

    async fn ask(&self, what: &[&str]) -> Result<String, String> {
        let (host, port) = (self.address.ip().to_string(), self.address.port().to_string());
        let session = ["--host", &host, "--port", &port, "--username", &self.access.user, "--dbname=postgres"];
        let form = ["--no-psqlrc", "--no-align", "--tuples-only", "--quiet"];
        self.run("psql", &[&form[..], &session, what].concat()).await
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.with_extension("log")
    }

    /// Whether a server that is to be followed does what it is asked for.
    pub(super) async fn ask_source(&self, source: &Source, statement: &str) -> bool {
        let (host, port) = (source.address.ip().to_string(), source.address.port().to_string());
        let session = ["--host", &host, "--port", &port, "--username", &source.access.user, "--dbname=postgres"];
        let asked = [&session[..], &["--command", statement]].concat();
        self.installation.run("psql", &asked, &source.access.password).await.is_ok()
    }

    pub(super) fn remove(&self) -> Result<(), String> {
        folder::remove(&self.folder)
    }

    fn path(&self) -> String {
        self.folder.to_string_lossy().into_owned()
    }

    async fn run(&self, program: &str, arguments: &[&str]) -> Result<String, String> {
        self.installation.run(program, arguments, &self.access.password).await
    }
}

/// For between single quotes, in settings as in connection strings; there a backslash is special too.
fn quoted(text: &str) -> String {
    text.replace('\\', r"\\").replace('\'', r"\'")
}
