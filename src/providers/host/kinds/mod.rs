//! The resource types: attributes, what forces a new object, and what is known to be wrong before anything is tried.

mod balancing;
mod checks;
mod database;

use super::agent::find_program;
use super::{image, zone};
use crate::provider::{Complaint, PlanRequest, Planned, TrafficRole};
use crate::providers::small::{Object, Rule, computed, optional, optional_computed, required};
use crate::schema::{Attribute, AttributeShape, Block, Nesting, Schema};
use crate::system::reason;
use crate::value::{Path, Text, Type, Value};
use checks::Checked;
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
        validate: balancing::validate_listener,
        traffic: Some(TrafficRole::Forward { unless: None }),
        ..Kind::new("host_listener", balancing::listener_rules)
    },
    Kind {
        validate: balancing::validate_listener_rule,
        traffic: Some(TrafficRole::Forward { unless: None }),
        ..Kind::new("host_listener_rule", balancing::listener_rule_rules)
    },
    Kind {
        validate: balancing::validate_load_balancer,
        ..Kind::new("host_load_balancer", balancing::load_balancer_rules)
    },
    Kind {
        validate: validate_server,
        // Every server has an address of its own, so that not even a fixed port keeps two generations apart.
        traffic: Some(TrafficRole::Server { id: "id", zone: "zone", exclusive: &[] }),
        ..Kind::new("host_server", server_rules)
    },
    Kind {
        validate: balancing::validate_target_group,
        traffic: Some(TrafficRole::Group { id: "id" }),
        ..Kind::new("host_target_group", balancing::target_group_rules)
    },
    Kind {
        traffic: Some(TrafficRole::Attachment { server: "server", group: "target_group", port: None }),
        ..Kind::new("host_target_group_attachment", balancing::attachment_rules)
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
    let mut server = Checked::of(configuration);
    server.complaints.extend(unknown_zone(server.object()));
    server.word("restart", &["always", "on-failure", "never"]);
    server.number("workers", 1..=64);
    server.port();
    server.seconds("stop_timeout", true);
    server.seconds("start_timeout", false);
    check_health_check(&mut server);
    if server.object().get("command").as_items().is_some_and(<[Value]>::is_empty) {
        server.complain("command", "The first item is the program to run.".to_owned());
    }
    let image = server.object().get("image");
    let has_no_image = image.is_known() && image.is_null();
    let command = first_word(server.object()).filter(|_| has_no_image);
    if let Some(command) = command.filter(|name| find_program(name, FilePath::new("/")).is_none()) {
        let detail =
            format!("There is no program {command:?} on this machine, and the server has no image to bring it.");
        server.complain("command", detail);
    }
    server.complaints
}

fn check_health_check(of: &mut Checked) {
    of.within("health_check", |check| {
        check.url_path("path");
        check.statuses("statuses");
        check.seconds("interval", false);
        check.seconds("timeout", false);
        check.number("healthy_threshold", 1..=100);
        check.number("unhealthy_threshold", 1..=100);
    });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_and_attribute_is_documented() {
        let document = include_str!("../../../../docs/host.md");
        for kind in RESOURCES.iter().chain(DATA_SOURCES) {
            let names = (kind.rules)().into_iter().map(|rule| rule.name).chain([kind.name]);
            for name in names {
                assert!(document.contains(&format!("`{name}`")), "{name} of {} is not in docs/host.md", kind.name);
            }
        }
    }
}
