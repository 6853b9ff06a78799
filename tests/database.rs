//! A database on this machine's PostgreSQL: made, failed over, found again, removed. Where PostgreSQL is not installed there is nothing to show.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use terrace::providers::host::database::{Access, Database, Installation, Settings};
use terrace::providers::host::ports::Ports;

const LONGEST: Duration = Duration::from_secs(60);

fn settings(folder: &Path) -> Settings {
    let free = || TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap();
    let held: Vec<SocketAddr> = {
        let listeners: Vec<_> = (0..2).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        listeners.iter().map(|listener| listener.local_addr().unwrap()).collect()
    };
    Settings {
        folder: folder.join("db"),
        access: Access { user: "app".to_owned(), password: "it's \\ secret".to_owned(), database: "shop".to_owned() },
        endpoint: free(),
        ports: Ports::default(),
        nodes: held,
        is_replicated: true,
        source: None,
        parameters: BTreeMap::from([("fsync".to_owned(), "off".to_owned())]),
    }
}

fn query(database: &Database, statement: &str) -> Result<String, String> {
    let endpoint = database.endpoint().unwrap();
    let output = Command::new("psql")
        .args([
            "-XAtq",
            "-h",
            &endpoint.ip().to_string(),
            "-p",
            &endpoint.port().to_string(),
            "-U",
            "app",
            "-d",
            "shop",
        ])
        .args(["-c", statement])
        .env("PGPASSWORD", "it's \\ secret")
        .output()
        .unwrap();
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// Kills the primary's main process as a crash would.
fn kill_primary(folder: &Path, database: &Database, settings: &Settings) {
    let node = if database.status().server == Some(settings.nodes[0]) { "node-0" } else { "node-1" };
    let pid = std::fs::read_to_string(folder.join("db").join(node).join("postmaster.pid")).unwrap();
    let pid = pid.lines().next().unwrap();
    assert!(Command::new("kill").args(["-KILL", pid]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_survive_the_primary_again_and_again() {
    let path = std::env::var("PATH").unwrap_or_default();
    let Some(installation) = Installation::find(&path) else {
        eprintln!("PostgreSQL is not installed");
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    // The servers' account has to reach its folder.
    std::fs::set_permissions(directory.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let settings = settings(directory.path());
    let mut database = Database::make(installation.clone(), settings.clone()).await.unwrap();
    query(&database, "CREATE TABLE t (n int)").unwrap();
    for round in 0..3 {
        assert!(database.wait_until(|status| status.is_protected, LONGEST).await, "{:?}", database.status());
        assert_eq!(query(&database, &format!("INSERT INTO t VALUES ({round})")), Ok(String::new()));
        kill_primary(directory.path(), &database, &settings);
        let began = Instant::now();
        while let Err(error) = query(&database, "INSERT INTO t VALUES (-1)") {
            assert!(began.elapsed() < LONGEST, "{error} {:?}", database.status());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        eprintln!("failover {round}: {:?}", began.elapsed());
        assert_eq!(query(&database, "SELECT count(*) FROM t WHERE n >= 0"), Ok((round + 1).to_string()));
    }
    assert!(database.wait_until(|status| status.failovers == 3 && status.is_protected, LONGEST).await);
    // Let go of without a word, as when this process is killed: the servers are found again.
    drop(database);
    database = Database::resume(installation, settings, Vec::new()).unwrap();
    assert!(database.wait_until(|status| status.server.is_some(), LONGEST).await, "{:?}", database.status());
    assert_eq!(query(&database, "SELECT count(*) FROM t WHERE n >= 0"), Ok("3".to_owned()));
    database.remove().await.unwrap();
    assert!(!directory.path().join("db").exists());
}
