//! `host_database`: PostgreSQL as a managed service offers it, with the words of `aws_db_instance` where they fit.
//!
//! ```hcl
//! resource "host_database" "main" {
//!   name     = "shop"
//!   zone     = "a"
//!   multi_az = true                  # a synchronous standby in another zone takes over
//!   db_name  = "shop"
//!   username = "app"
//!   password = var.password
//! }
//!
//! resource "host_database" "reports" {
//!   name                = "reports"
//!   zone                = "c"
//!   replicate_source_db = host_database.main.id   # an asynchronous copy to read from
//! }
//! ```

use super::{id, invalid, unknown_zone};
use crate::provider::{Complaint, PlanRequest, Planned};
use crate::providers::host::zone;
use crate::providers::small::{Object, Rule, computed, optional, optional_computed, required};
use crate::value::{Type, Value};

/// What lives in the data directory is replaced with the data; the rest is changed while the database runs.
pub fn rules() -> Vec<Rule> {
    vec![
        id(),
        required("zone", Type::String).replaces(),
        optional_computed("name", Type::String).kept(),
        optional("engine", Type::String).default("postgres").replaces(),
        computed("engine_version", Type::String).kept(),
        optional("multi_az", Type::Bool).default(Value::bool(false)),
        computed("standby_zone", Type::String),
        optional("replicate_source_db", Type::String).replaces(),
        optional_computed("db_name", Type::String).kept().replaces(),
        optional_computed("username", Type::String).kept().replaces(),
        optional("password", Type::String).sensitive(),
        optional("parameters", Type::map(Type::String)),
        optional("allocated_storage", Type::Number),
        optional("deletion_protection", Type::Bool).default(Value::bool(false)),
        computed("address", Type::String).kept(),
        optional_computed("port", Type::Number).kept().replaces(),
        computed("endpoint", Type::String).kept(),
    ]
}

pub fn validate(configuration: &Value) -> Vec<Complaint> {
    let object = Object(configuration.clone());
    let is_given = |name: &str| !object.get(name).is_null();
    let mut complaints: Vec<Complaint> = unknown_zone(&object).into_iter().collect();
    if let Some(engine) = object.text("engine").filter(|engine| &**engine != "postgres") {
        complaints.push(invalid("engine", format!("{engine:?} is not offered; the engine is \"postgres\".")));
    }
    let is_known = ["replicate_source_db", "password", "username", "db_name", "multi_az"]
        .iter()
        .all(|name| object.get(name).is_known());
    if is_known && is_given("replicate_source_db") {
        for name in ["username", "password", "db_name"].into_iter().filter(|name| is_given(name)) {
            complaints.push(invalid(name, "A read replica has it from the database that it copies.".to_owned()));
        }
        if object.flag("multi_az") == Some(true) {
            complaints.push(invalid("multi_az", "A read replica has no standby of its own.".to_owned()));
        }
    } else if is_known && !is_given("password") {
        let detail = "A database that is not a read replica needs a password.";
        complaints.push(invalid("password", detail.to_owned()));
    }
    if object.text("password").is_some_and(|password| password.is_empty()) {
        complaints.push(invalid("password", "An empty password lets nobody in.".to_owned()));
    }
    for name in ["username", "db_name"] {
        if let Some(text) = object.text(name).filter(|text| !is_name(text)) {
            let detail =
                format!("{text:?} is no name: a letter or _ comes first, then letters, digits and _, 63 at most.");
            complaints.push(invalid(name, detail));
        }
    }
    if let Some(name) = reserved_parameter(&object) {
        let detail = format!("The host decides about {name}.");
        complaints.push(invalid("parameters", detail));
    }
    if let Some(port) = object.number("port").filter(|port| !(1024..=65535).contains(port)) {
        complaints.push(invalid("port", format!("{port} is not possible: a database has a port from 1024 to 65535.")));
    }
    complaints
}

/// The standby's zone follows from the primary's, so that the plan says it.
pub fn adjust(_request: &PlanRequest<'_>, planned: &mut Planned) {
    let object = Object(planned.object.clone());
    let standby = match (object.flag("multi_az"), object.text("zone")) {
        (Some(true), Some(zone)) => Value::string(zone::next(&zone)),
        (Some(false), _) => Value::null(Type::String),
        _ => return,
    };
    planned.object = object.with([("standby_zone", standby)]);
}

fn is_name(text: &str) -> bool {
    let is_start = |letter: char| letter.is_ascii_alphabetic() || letter == '_';
    text.len() <= 63
        && text.starts_with(is_start)
        && text.chars().all(|letter| is_start(letter) || letter.is_ascii_digit())
}

/// Settings that a failover or the endpoint would break without.
fn reserved_parameter(object: &Object) -> Option<String> {
    const RESERVED: [&str; 9] = [
        "data_directory",
        "hot_standby",
        "listen_addresses",
        "logging_collector",
        "port",
        "primary_conninfo",
        "synchronous_commit",
        "synchronous_standby_names",
        "unix_socket_directories",
    ];
    let parameters = object.get("parameters");
    let mut names = parameters.as_entries().into_iter().flat_map(|entries| entries.iter()).map(|(name, _)| name);
    names.find(|name| RESERVED.contains(&&***name)).map(ToString::to_string)
}
