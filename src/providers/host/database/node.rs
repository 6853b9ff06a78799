//! One PostgreSQL server: a data folder, an address, and what can be done to it.
//!
//! `pg_ctl` starts it, so it outlives this process and is found again by its own pid file.

use super::installation::Installation;
use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

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

    /// A copy of a running primary, which follows it once it is started.
    pub(super) async fn copy_of(&self, primary: &Node) -> Result<(), String> {
        self.remove()?;
        self.installation.private_folder(&self.folder)?;
        let (host, port) = (primary.address.ip().to_string(), primary.address.port().to_string());
        let user = &self.access.user;
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
                user,
                "--checkpoint=fast",
                "--wal-method=stream",
                "--no-sync",
            ],
        )
        .await?;
        self.follow(primary)
    }

    /// Makes a stopped former primary fit the new one: by taking back what it alone had, or as a new copy where that does not work.
    pub(super) async fn rejoin(&self, primary: &Node) -> Result<(), String> {
        let source = format!("{} dbname=postgres", primary.connection_text());
        let rewound = match self.exists() {
            true => self.run("pg_rewind", &["--target-pgdata", &self.path(), "--source-server", &source]).await,
            false => Err("nothing is left of it".to_owned()),
        };
        match rewound {
            Ok(_) => self.follow(primary),
            Err(_) => self.copy_of(primary).await,
        }
    }

    /// Settings of a standby of this primary; they count from the next start.
    fn follow(&self, primary: &Node) -> Result<(), String> {
        self.write_settings()?;
        let connection = format!(
            "primary_conninfo = '{}'\n",
            quoted(&format!(
                "{} password='{}' application_name=standby",
                primary.connection_text(),
                quoted(&self.access.password)
            ))
        );
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

    /// Starts it and waits until it answers.
    pub(super) async fn start(&self) -> Result<(), String> {
        if self.is_running().await {
            return Ok(());
        }
        let log = self.folder.with_extension("log");
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

    /// Running as its pid file says; not whether it answers.
    pub(super) async fn is_running(&self) -> bool {
        self.exists() && self.run("pg_ctl", &["status", "--pgdata", &self.path()]).await.is_ok()
    }

    /// Lets sessions be cut and everything be written.
    pub(super) async fn stop(&self) -> Result<(), String> {
        if !self.is_running().await {
            return Ok(());
        }
        self.run("pg_ctl", &["stop", "--pgdata", &self.path(), "--mode=fast", "--wait"]).await.map(drop)
    }

    /// Whatever it is doing, afterwards it writes nothing and answers nobody.
    pub(super) async fn fence(&self) -> Result<(), String> {
        if !self.is_running().await {
            return Ok(());
        }
        self.run("pg_ctl", &["stop", "--pgdata", &self.path(), "--mode=immediate", "--wait"]).await.map(drop)
    }

    /// Returns when all that it has is on disk: making it did not wait for that.
    pub(super) async fn sync(&self) -> Result<(), String> {
        self.run("initdb", &["--sync-only", "--pgdata", &self.path()]).await.map(drop)
    }

    pub(super) async fn promote(&self) -> Result<(), String> {
        self.run("pg_ctl", &["promote", "--pgdata", &self.path(), "--wait"]).await.map(drop)
    }

    /// One statement in the database `postgres`, and its result as text.
    pub(super) async fn query(&self, statement: &str) -> Result<String, String> {
        let (host, port) = (self.address.ip().to_string(), self.address.port().to_string());
        self.run(
            "psql",
            &[
                "--no-psqlrc",
                "--no-align",
                "--tuples-only",
                "--quiet",
                "--host",
                &host,
                "--port",
                &port,
                "--username",
                &self.access.user,
                "--dbname=postgres",
                "--command",
                statement,
            ],
        )
        .await
    }

    pub(super) fn remove(&self) -> Result<(), String> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(format!("{}: {}", self.folder.display(), crate::system::reason(&error)))
            }
            _ => Ok(()),
        }
    }

    fn connection_text(&self) -> String {
        format!("host={} port={} user='{}'", self.address.ip(), self.address.port(), quoted(&self.access.user))
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
