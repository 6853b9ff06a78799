//! The load balancer's types: `host_load_balancer`, `host_listener`, `host_listener_rule`, `host_target_group`, `host_target_group_attachment`.

use super::checks::Checked;
use super::{Nest, check_health_check, health_check, id, structured, texts};
use crate::provider::Complaint;
use crate::providers::host::balancer::Certificate;
use crate::providers::small::{Rule, computed, optional, optional_computed, required};
use crate::schema::{Attribute, Nesting};
use crate::value::{Type, Value};

pub(super) fn load_balancer_rules() -> Vec<Rule> {
    vec![id(), required("name", Type::String), optional("address", Type::String).default("127.0.0.1").replaces()]
}

pub(super) fn validate_load_balancer(configuration: &Value) -> Vec<Complaint> {
    let mut balancer = Checked::of(configuration);
    let address = balancer.object().text("address");
    if let Some(address) = address.filter(|address| address.parse::<std::net::IpAddr>().is_err()) {
        balancer.complain("address", format!("{address:?} is no IP address."));
    }
    balancer.complaints
}

pub(super) fn target_group_rules() -> Vec<Rule> {
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

pub(super) fn validate_target_group(configuration: &Value) -> Vec<Complaint> {
    let mut group = Checked::of(configuration);
    group.word("algorithm", &["round_robin", "least_connections"]);
    group.seconds("deregistration_delay", true);
    group.within("stickiness", |stickiness| stickiness.seconds("duration", false));
    check_health_check(&mut group);
    group.complaints
}

pub(super) fn attachment_rules() -> Vec<Rule> {
    vec![id(), required("target_group", Type::String).replaces(), required("server", Type::String).replaces()]
}

pub(super) fn listener_rules() -> Vec<Rule> {
    vec![
        id(),
        required("load_balancer", Type::String).replaces(),
        optional_computed("port", Type::Number).kept().replaces(),
        optional("protocol", Type::String).default("http").replaces(),
        optional("certificate", Type::String),
        optional("private_key", Type::String).sensitive(),
        optional("limits", Type::Dynamic).nested(Nesting::Single, limits()),
        required("default_action", Type::Dynamic).nested(Nesting::Single, action()),
        computed("address", Type::String).kept(),
        computed("url", Type::String).kept(),
    ]
}

pub(super) fn validate_listener(configuration: &Value) -> Vec<Complaint> {
    let mut listener = Checked::of(configuration);
    listener.word("protocol", &["http", "https", "tcp"]);
    listener.port();
    check_certificate(&mut listener);
    listener.within("limits", |limits| {
        limits.number("header_bytes", 8192..=16 * 1024 * 1024);
        limits.number("body_bytes", 0..=i64::MAX);
        limits.number("connections", 1..=1_000_000);
        limits.seconds("header_timeout", false);
        limits.seconds("idle_timeout", false);
        limits.seconds("answer_timeout", false);
    });
    check_action(&mut listener, "default_action");
    listener.complaints
}

pub(super) fn listener_rule_rules() -> Vec<Rule> {
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

pub(super) fn validate_listener_rule(configuration: &Value) -> Vec<Complaint> {
    let mut rule = Checked::of(configuration);
    rule.number("priority", 0..=i64::from(u32::MAX));
    check_action(&mut rule, "action");
    rule.complaints
}

/// What a listener bears from its clients.
fn limits() -> Vec<(&'static str, Attribute)> {
    ["header_bytes", "body_bytes", "header_timeout", "idle_timeout", "answer_timeout", "connections"]
        .map(|name| (name, Attribute::optional(Type::Number)))
        .into()
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

/// One of forward, redirect, fixed_response and files, and not two.
fn check_action(of: &mut Checked, name: &str) {
    let action = of.object().get(name);
    let given = action.as_entries().into_iter().flat_map(|entries| entries.iter());
    let count = given.filter(|(_, value)| !value.is_null()).count();
    if count != 1 && action.is_wholly_known() && !action.is_null() {
        let detail = format!(
            "Exactly one of forward, redirect, fixed_response and files says what is done with a request; {count} are given."
        );
        of.complain(name, detail);
    }
    of.within(name, |action| {
        if action.object().get("forward").as_items().is_some_and(<[Value]>::is_empty) {
            action.complain("forward", "There is no target group to forward to.".to_owned());
        }
        action.each("forward", |forward| forward.number("weight", 0..=1_000_000));
        action.within("redirect", |redirect| {
            redirect.number("status", 300..=399);
            redirect.word("protocol", &["http", "https", "HTTP", "HTTPS", "#{protocol}"]);
            redirect.port();
            redirect.url_path("path");
        });
        action.within("fixed_response", |fixed| fixed.number("status", 200..=599));
    });
}

/// With both, the listener speaks TLS; one alone would leave it in the clear.
fn check_certificate(listener: &mut Checked) {
    let is_missing = |name: &str| {
        let value = listener.object().get(name);
        value.is_known() && value.is_null()
    };
    let (no_certificate, no_key) = (is_missing("certificate"), is_missing("private_key"));
    let is_https = listener.object().text("protocol").as_deref() == Some("https");
    if no_certificate && (is_https || !no_key) {
        listener
            .complain("certificate", "TLS needs a certificate beside the private key, both as PEM text.".to_owned());
    } else if no_key && !no_certificate {
        listener.complain("private_key", "TLS needs the private key of the certificate, as PEM text.".to_owned());
    }
    let texts = listener.object().text("certificate").zip(listener.object().text("private_key"));
    let certificate = texts.map(|(chain, key)| Certificate { chain_pem: chain.to_string(), key_pem: key.to_string() });
    if let Some(Err(problem)) = certificate.map(|certificate| certificate.check()) {
        listener
            .complain("certificate", format!("With this certificate and private_key no TLS is possible: {problem}."));
    }
}
