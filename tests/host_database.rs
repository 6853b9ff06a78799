//! `host_database` as a person meets it: made, changed, failed over with its zone, found missing, destroyed. Where PostgreSQL is not installed there
//! is only that to be said.

mod workplace;

use std::fs;
use std::process::Command;
use terrace::providers::host::database::Installation;
use workplace::Workplace;

const STACK: &str = r#"
variable "password" {
  default = "first"
}

variable "is_protected" {
  default = false
}

resource "host_database" "main" {
  name                = "shop"
  zone                = "a"
  multi_az            = true
  db_name             = "shop"
  username            = "app"
  password            = var.password
  deletion_protection = var.is_protected
  parameters          = { fsync = "off", work_mem = "8MB" }
}

resource "host_database" "reports" {
  zone                = "c"
  replicate_source_db = host_database.main.id
}

output "main" {
  value = host_database.main.endpoint
}

output "reports" {
  value = host_database.reports.endpoint
}
"#;

/// A stack that is taken away whatever becomes of the test.
struct Stack(Workplace);

impl Stack {
    fn query(&self, output: &str, password: &str, statement: &str) -> String {
        let endpoint = self.0.ok(&["output", "-raw", output]);
        let (host, port) = endpoint.split_once(':').expect("an endpoint is address:port");
        let run = Command::new("psql")
            .args(["-XAtq", "-h", host, "-p", port, "-U", "app", "-d", "shop", "-c", statement])
            .env("PGPASSWORD", password)
            .output()
            .expect("psql is there where PostgreSQL is");
        String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).trim().to_owned()
    }

    fn database(&self) -> serde_json::Value {
        let status: serde_json::Value =
            serde_json::from_str(&self.0.ok(&["host", "status", "-json"])).expect("it is JSON");
        let databases = status["databases"].as_array().expect("a list").clone();
        databases.into_iter().find(|database| database["name"] == "shop").expect("it is there")
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.0.run(&["apply", "-auto-approve", "-var=is_protected=false"]);
        self.0.run(&["destroy", "-auto-approve"]);
        if self.0.path(".terrace/host").exists() {
            self.0.run(&["host", "stop"]);
        }
    }
}

#[test]
fn a_database_is_changed_fails_over_with_its_zone_and_goes_without_a_trace() {
    let place = Workplace::with(STACK);
    if Installation::of_this_machine().is_none() {
        place.fails(&["plan"], &["PostgreSQL is not installed", "apt install postgresql"]);
        return;
    }
    place.apply();
    let stack = Stack(place);
    stack.0.expect_no_changes();
    assert_eq!(stack.query("main", "first", "CREATE TABLE t (n int); INSERT INTO t VALUES (1)"), "");
    assert_eq!(stack.query("main", "first", "SHOW work_mem"), "8MB");

    stack.0.ok(&["host", "zone", "stop", "a"]);
    assert_eq!(stack.query("main", "first", "INSERT INTO t VALUES (2) RETURNING n"), "2");
    assert_eq!(stack.database()["zone"], "b");
    stack.0.ok(&["host", "zone", "start", "a"]);

    stack.0.ok(&["apply", "-auto-approve", "-var=password=second", "-var=is_protected=true"]);
    assert!(stack.query("main", "first", "SELECT 1").contains("password authentication failed"));
    assert_eq!(stack.query("main", "second", "SELECT count(*) FROM t"), "2");
    assert_eq!(stack.database()["standby"], "in sync");
    assert_eq!(stack.query("reports", "second", "SELECT count(*) FROM t"), "2");
    stack.0.fails(&["destroy", "-auto-approve"], &["The database is protected", "deletion_protection = false"]);
    stack.0.fails(&["apply", "-auto-approve", "-var=is_protected=false", "-var=password="], &["password"]);

    stack.0.ok(&["apply", "-auto-approve", "-var=password=second"]);
    let log = stack.database()["log"].as_str().map(str::to_owned).expect("a path");
    let folder = std::path::Path::new(&log).parent().expect("the database's folder").to_owned();
    stack.0.ok(&["destroy", "-auto-approve"]);
    assert!(!folder.exists(), "no data are left");
    assert!(!stack.0.path(".terrace").exists(), "no file is left");
}

#[test]
fn a_database_whose_data_were_removed_is_missing_and_is_made_again() {
    if Installation::of_this_machine().is_none() {
        return;
    }
    let single = STACK.replace("multi_az            = true", "");
    let place = Workplace::with(&single);
    place.apply();
    let stack = Stack(place);
    let log = stack.database()["log"].as_str().map(str::to_owned).expect("a path");
    let folder = std::path::Path::new(&log).parent().expect("the database's folder").to_owned();
    // Its server may write while we remove.
    while folder.exists() {
        let _ = fs::remove_dir_all(&folder);
    }
    let plan = stack.0.ok(&["plan"]);
    assert!(plan.contains("host_database.main has been deleted"), "{plan}");
    stack.0.apply();
    stack.0.expect_no_changes();
    assert_eq!(stack.query("main", "first", "SELECT 1"), "1");
}
