//! The resource types: attributes, what forces a new object, and what is known to be wrong before anything is tried.

mod database;

use super::agent::find_program;
use super::{image, zone};
use crate::provider::{Complaint, PlanRequest, Planned, TrafficRole};
use crate::providers::small::{Object, Rule, computed, optional, optional_computed, required};
use crate::schema::{Attribute, AttributeShape, Block, Nesting, Schema};
use crate::system::reason;
use crate::value::{Path, Text, Type, Value};
use std::path::Path as FilePath;

/// A resource type or a data source.
pub struct Kind {
    pub name: &'static str,
    pub rules: fn() -> Vec<Rule>,
    pub validate: fn(&Value) -> Vec<Complaint>,
    /// A last word on what is planned.
    pub adjust: fn(&PlanRequest<'_>, &mut Planned),
    pub traffic: Option<TrafficRole>,
}

impl Kind {
    const fn new(name: &'static str, rules: fn() -> Vec<Rule>) -> Self {
        Self { name, rules, validate: |_| Vec::new(), adjust: |_, _| {}, traffic: None }
    }

    pub fn schema(&self) -> Schema {
        let attributes = (self.rules)().into_iter().map(|rule| (Text::from(rule.name), rule.attribute)).collect();
        Schema { version: 0, block: Block { attributes, ..Block::default() } }
    }
}

pub const RESOURCES: &[Kind] = &[
    Kind { validate: database::validate, adjust: database::adjust, ..Kind::new("host_database", database::rules) },
    Kind { adjust: plan_image, ..Kind::new("host_image", image_rules) },
    Kind {
        validate: |configuration| validate_action(configuration, "default_action"),
        traffic: Some(TrafficRole::Forward),
        ..Kind::new("host_listener", listener_rules)
    },
    Kind {
        validate: |configuration| validate_action(configuration, "action"),
        traffic: Some(TrafficRole::Forward),
        ..Kind::new("host_listener_rule", listener_rule_rules)
    },
    Kind::new("host_load_balancer", load_balancer_rules),
    Kind {
        validate: validate_server,
        // Every server has an address of its own, so that not even a fixed port keeps two generations apart.
        traffic: Some(TrafficRole::Server { id: "id", zone: "zone", exclusive: &[] }),
        ..Kind::new("host_server", server_rules)
    },
    Kind { traffic: Some(TrafficRole::Group { id: "id" }), ..Kind::new("host_target_group", target_group_rules) },
    Kind {
        traffic: Some(TrafficRole::Attachment { server: "server", group: "target_group", port: None }),
        ..Kind::new("host_target_group_attachment", attachment_rules)
    },
];

pub const DATA_SOURCES: &[Kind] = &[
    Kind::new("host_servers", || {
        vec![optional("zone", Type::String), computed("ids", texts()), computed("urls", texts())]
    }),
    Kind::new("host_zones", || vec![computed("names", texts()), computed("ranges", texts())]),
];

pub fn resource(name: &str) -> Option<&'static Kind> {
    RESOURCES.iter().find(|kind| kind.name == name)
}

fn id() -> Rule {
    computed("id", Type::String).kept()
}

fn image_rules() -> Vec<Rule> {
    vec![required("source", Type::String), computed("id", Type::String), computed("sha256", Type::String).replaces()]
}

/// Any change is a new server.
fn server_rules() -> Vec<Rule> {
    let written = [
        required("zone", Type::String),
        required("command", texts()),
        optional("environment", Type::map(Type::String)),
        optional("health_check", Type::Dynamic).nested(Nesting::Single, health_check()),
        optional("image", Type::String),
        optional_computed("name", Type::String),
        optional_computed("port", Type::Number),
        optional("restart", Type::String).default("always"),
        optional("stop_timeout", Type::Number).default(Value::number(10)),
        optional("workers", Type::Number).default(Value::number(1)),
    ];
    // It is about making the server and not in it.
    let patience = optional("start_timeout", Type::Number).default(Value::number(30));
    let given = [id(), patience, computed("address", Type::String).kept(), computed("url", Type::String).kept()];
    written.into_iter().map(Rule::replaces).chain(given).collect()
}

fn health_check() -> Vec<(&'static str, Attribute)> {
    vec![
        ("path", Attribute::optional(Type::String)),
        ("statuses", Attribute::optional(texts())),
        ("interval", Attribute::optional(Type::Number)),
        ("timeout", Attribute::optional(Type::Number)),
        ("healthy_threshold", Attribute::optional(Type::Number)),
        ("unhealthy_threshold", Attribute::optional(Type::Number)),
    ]
}

fn load_balancer_rules() -> Vec<Rule> {
    vec![id(), required("name", Type::String), optional("address", Type::String).default("127.0.0.1").replaces()]
}

fn listener_rules() -> Vec<Rule> {
    vec![
        id(),
        required("load_balancer", Type::String).replaces(),
        optional_computed("port", Type::Number).kept().replaces(),
        optional("protocol", Type::String).default("http").replaces(),
        optional("certificate", Type::String),
        optional("private_key", Type::String).sensitive(),
        required("default_action", Type::Dynamic).nested(Nesting::Single, action()),
        computed("address", Type::String).kept(),
        computed("url", Type::String).kept(),
    ]
}

fn listener_rule_rules() -> Vec<Rule> {
    vec![
        id(),
        required("listener", Type::String).replaces(),
        required("priority", Type::Number),
        optional("paths", texts()),
        optional("hosts", texts()),
        optional("headers", Type::map(texts())),
        required("action", Type::Dynamic).nested(Nesting::Single, action()),
    ]
}

/// Exactly one of them says what is done with a request.
fn action() -> Vec<(&'static str, Attribute)> {
    let forward =
        vec![("target_group", Attribute::required(Type::String)), ("weight", Attribute::optional(Type::Number))];
    let redirect = vec![
        ("status", Attribute::optional(Type::Number)),
        ("protocol", Attribute::optional(Type::String)),
        ("host", Attribute::optional(Type::String)),
        ("port", Attribute::optional(Type::Number)),
        ("path", Attribute::optional(Type::String)),
        ("query", Attribute::optional(Type::String)),
    ];
    let fixed = vec![
        ("status", Attribute::required(Type::Number)),
        ("content_type", Attribute::optional(Type::String)),
        ("body", Attribute::optional(Type::String)),
    ];
    let files = vec![("image", Attribute::required(Type::String))];
    vec![
        ("forward", structured(Nesting::List, forward)),
        ("redirect", structured(Nesting::Single, redirect)),
        ("fixed_response", structured(Nesting::Single, fixed)),
        ("files", structured(Nesting::Single, files)),
    ]
}

fn target_group_rules() -> Vec<Rule> {
    let stickiness =
        vec![("cookie", Attribute::optional(Type::String)), ("duration", Attribute::optional(Type::Number))];
    vec![
        id(),
        required("name", Type::String),
        optional("algorithm", Type::String).default("round_robin"),
        optional("health_check", Type::Dynamic).nested(Nesting::Single, health_check()),
        optional("stickiness", Type::Dynamic).nested(Nesting::Single, stickiness),
        optional("deregistration_delay", Type::Number).default(Value::number(10)),
    ]
}

fn attachment_rules() -> Vec<Rule> {
    vec![id(), required("target_group", Type::String).replaces(), required("server", Type::String).replaces()]
}

fn texts() -> Type {
    Type::list(Type::String)
}

fn structured(nesting: Nesting, attributes: Vec<(&'static str, Attribute)>) -> Attribute {
    let attributes = attributes.into_iter().map(|(name, attribute)| (Text::from(name), attribute)).collect();
    Attribute { shape: AttributeShape::Nested { nesting, attributes }, ..Attribute::optional(Type::Dynamic) }
}

/// An attribute with attributes of its own.
trait Nest {
    fn nested(self, nesting: Nesting, attributes: Vec<(&'static str, Attribute)>) -> Self;
}

impl Nest for Rule {
    fn nested(mut self, nesting: Nesting, attributes: Vec<(&'static str, Attribute)>) -> Self {
        self.attribute.shape = structured(nesting, attributes).shape;
        self
    }
}

/// The content is looked at while planning, as `filesha256` would: other content is another image, with an id that is known before it
/// is made.
fn plan_image(_request: &PlanRequest<'_>, planned: &mut Planned) {
    let Some(source) = Object(planned.object.clone()).text("source") else { return };
    match image::digest(FilePath::new(&*source)) {
        Ok(digest) => {
            let known = [("id", Value::string(image_id(&digest))), ("sha256", Value::text(&digest))];
            planned.object = Object(planned.object.clone()).with(known);
        }
        Err(error) => {
            let detail =
                format!("{source} cannot be read: {}. An image is made of a file or a directory.", reason(&error));
            let complaint = Complaint::error("No such image source", detail);
            planned.complaints.push(complaint.at(Path::of_attribute("source")));
        }
    }
}

/// What an image with this content is called.
pub fn image_id(digest: &str) -> String {
    format!("image-{}", digest.get(..16).unwrap_or(digest))
}

fn validate_server(configuration: &Value) -> Vec<Complaint> {
    let object = Object(configuration.clone());
    let mut complaints: Vec<Complaint> = unknown_zone(&object).into_iter().collect();
    if object.get("command").as_items().is_some_and(<[Value]>::is_empty) {
        complaints.push(invalid("command", "The first item is the program to run.".to_owned()));
    }
    if let Some(restart) = object.text("restart").filter(|text| !["always", "on-failure", "never"].contains(&&**text)) {
        complaints.push(invalid("restart", format!("{restart:?} is none of always, on-failure and never.")));
    }
    if let Some(workers) = object.number("workers").filter(|workers| !(1..=64).contains(workers)) {
        complaints.push(invalid("workers", format!("A server has between 1 and 64 workers, not {workers}.")));
    }
    if let Some(port) = object.number("port").filter(|port| !(1..=65535).contains(port)) {
        complaints.push(invalid("port", format!("{port} is no port: ports are 1 to 65535.")));
    }
    let has_no_image = object.get("image").is_known() && object.get("image").is_null();
    let command = first_word(&object).filter(|_| has_no_image);
    if let Some(command) = command.filter(|name| find_program(name, FilePath::new("/")).is_none()) {
        let detail =
            format!("There is no program {command:?} on this machine, and the server has no image to bring it.");
        complaints.push(invalid("command", detail));
    }
    complaints
}

/// One of forward, redirect, fixed_response and files, and not two.
fn validate_action(configuration: &Value, name: &str) -> Vec<Complaint> {
    let action = Object(configuration.clone()).get(name);
    let given = action.as_entries().into_iter().flat_map(|entries| entries.iter());
    match given.filter(|(_, value)| !value.is_null()).count() {
        1 => Vec::new(),
        _ if !action.is_wholly_known() || action.is_null() => Vec::new(),
        count => {
            let detail = format!(
                "Exactly one of forward, redirect, fixed_response and files says what is done with a request; {count} are given."
            );
            vec![invalid(name, detail)]
        }
    }
}

fn invalid(name: &str, detail: String) -> Complaint {
    Complaint::error(format!("Invalid {name}"), detail).at(Path::of_attribute(name))
}

fn unknown_zone(object: &Object) -> Option<Complaint> {
    let zone = object.text("zone").filter(|zone| !zone::NAMES.contains(&&**zone))?;
    Some(invalid("zone", format!("There is no zone {zone:?}. The zones are {}.", zone::NAMES.join(", "))))
}

pub fn first_word(object: &Object) -> Option<Text> {
    object.get("command").as_items()?.first()?.as_str().cloned()
}
