//! The attributes of `aws_lb_target_group`.

use super::attributes::{Pairs, Setting, read_pair};
use super::target_group::TargetGroup;
use crate::providers::aws::engine::{
    Field, block_list, flag, name_prefix_of, number, set_of_text, text, with_attributes,
};
use crate::value::{Text, Value};
use aws_sdk_elasticloadbalancingv2::operation::create_target_group::builders::CreateTargetGroupFluentBuilder as Create;
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub const SETTINGS: &[Setting] = &[
    Setting { attribute: "connection_termination", key: "deregistration_delay.connection_termination.enabled", only: &[] },
    Setting { attribute: "deregistration_delay", key: "deregistration_delay.timeout_seconds", only: &[] },
    Setting { attribute: "lambda_multi_value_headers_enabled", key: "lambda.multi_value_headers.enabled", only: &[] },
    Setting { attribute: "load_balancing_algorithm_type", key: "load_balancing.algorithm.type", only: &[] },
    Setting { attribute: "load_balancing_anomaly_mitigation", key: "load_balancing.algorithm.anomaly_mitigation", only: &[] },
    Setting { attribute: "load_balancing_cross_zone_enabled", key: "load_balancing.cross_zone.enabled", only: &[] },
    Setting { attribute: "preserve_client_ip", key: "preserve_client_ip.enabled", only: &[] },
    Setting { attribute: "proxy_protocol_v2", key: "proxy_protocol_v2.enabled", only: &[] },
    Setting { attribute: "slow_start", key: "slow_start.duration_seconds", only: &[] },
];

type Own = Field<TargetGroup, Create>;

/// The type of target that has neither port nor network.
const LAMBDA: &[&str] = &["lambda"];

pub fn fields() -> Vec<Own> {
    [identity(), settings(), blocks()].into_iter().flatten().collect()
}

fn identity() -> Vec<Own> {
    vec![
        text("arn").computed().from(|found: &TargetGroup| found.described.target_group_arn.clone()),
        text("arn_suffix").computed().from(|found: &TargetGroup| {
            found.described.target_group_arn().and_then(|arn| arn.splitn(6, ':').nth(5)).map(str::to_owned)
        }),
        text("ip_address_type")
            .optional()
            .computed()
            .replaces()
            .from(|found: &TargetGroup| found.described.ip_address_type().map(|kind| kind.as_str().to_owned()))
            .enum_to(Create::set_ip_address_type),
        set_of_text("load_balancer_arns")
            .computed()
            .from(|found: &TargetGroup| json!(found.described.load_balancer_arns())),
        text("name")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["name_prefix"])
            .from(|found: &TargetGroup| found.described.target_group_name.clone()),
        text("name_prefix")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["name"])
            .from(|found: &TargetGroup| Some(name_prefix_of(found.described.target_group_name().unwrap_or_default()))),
        number("port")
            .optional()
            .needed_unless("target_type", LAMBDA)
            .replaces()
            .from(|found: &TargetGroup| found.described.port)
            .to(Create::set_port),
        text("protocol")
            .optional()
            .needed_unless("target_type", LAMBDA)
            .replaces()
            .from(|found: &TargetGroup| found.described.protocol().map(|protocol| protocol.as_str().to_owned()))
            .enum_to(Create::set_protocol),
        text("protocol_version")
            .optional()
            .computed()
            .replaces()
            .from(|found: &TargetGroup| found.described.protocol_version.clone())
            .to(Create::set_protocol_version),
        text("target_type")
            .default("instance")
            .replaces()
            .from(|found: &TargetGroup| found.described.target_type().map(|kind| kind.as_str().to_owned()))
            .enum_to(Create::set_target_type),
        text("vpc_id")
            .optional()
            .needed_unless("target_type", LAMBDA)
            .replaces()
            .from(|found: &TargetGroup| found.described.vpc_id.clone())
            .to(Create::set_vpc_id),
    ]
}

fn settings() -> Vec<Own> {
    let setting = |name: &'static str| {
        let key = SETTINGS.iter().find(|setting| setting.attribute == name).map_or("", |setting| setting.key);
        move |found: &TargetGroup| read_pair(&found.settings, key)
    };
    // Off where the API has no such setting: a group of another protocol.
    let flag_setting =
        |key: &'static str| move |found: &TargetGroup| Some(found.settings.get(key).is_some_and(|text| text == "true"));
    vec![
        flag("connection_termination")
            .optional()
            .computed()
            .from(setting("connection_termination"))
            .changed_by("settings"),
        text("deregistration_delay").default("300").from(setting("deregistration_delay")).changed_by("settings"),
        flag("lambda_multi_value_headers_enabled")
            .default(false)
            .from(flag_setting("lambda.multi_value_headers.enabled"))
            .changed_by("settings"),
        text("load_balancing_algorithm_type")
            .optional()
            .computed()
            .from(setting("load_balancing_algorithm_type"))
            .changed_by("settings"),
        text("load_balancing_anomaly_mitigation")
            .optional()
            .computed()
            .from(setting("load_balancing_anomaly_mitigation"))
            .changed_by("settings"),
        text("load_balancing_cross_zone_enabled")
            .optional()
            .computed()
            .from(setting("load_balancing_cross_zone_enabled"))
            .changed_by("settings"),
        text("preserve_client_ip").optional().computed().from(setting("preserve_client_ip")).changed_by("settings"),
        flag("proxy_protocol_v2").default(false).from(flag_setting("proxy_protocol_v2.enabled")).changed_by("settings"),
        number("slow_start")
            .default(0)
            .from(|found: &TargetGroup| {
                Some(
                    found
                        .settings
                        .get("slow_start.duration_seconds")
                        .and_then(|text| text.parse::<i32>().ok())
                        .unwrap_or(0),
                )
            })
            .changed_by("settings"),
    ]
}

fn blocks() -> Vec<Own> {
    let dns_failover = vec![
        text("minimum_healthy_targets_count").default("off"),
        text("minimum_healthy_targets_percentage").default("off"),
    ];
    let unhealthy_routing = vec![
        number("minimum_healthy_targets_count").default(1),
        text("minimum_healthy_targets_percentage").default("off"),
    ];
    let health = vec![
        block_list("dns_failover", 1, dns_failover).optional().computed(),
        block_list("unhealthy_state_routing", 1, unhealthy_routing).optional().computed(),
    ];
    let stickiness = vec![
        number("cookie_duration").default(86400).suppressed(has_no_cookie),
        text("cookie_name").optional(),
        flag("enabled").default(true),
        text("type").required(),
    ];
    let failover = vec![text("on_deregistration").required(), text("on_unhealthy").required()];
    let state = vec![
        flag("enable_unhealthy_connection_termination").required(),
        number("unhealthy_draining_interval").optional(),
    ];
    vec![
        block_list("health_check", 1, health_check())
            .optional()
            .computed()
            .from(health_check_of)
            .changed_by("health_check"),
        block_list("stickiness", 1, stickiness)
            .optional()
            .computed()
            .from(|found: &TargetGroup| stickiness_of(&found.settings))
            .changed_by("settings"),
        block_list("target_failover", 0, failover)
            .optional()
            .computed()
            .from(|found: &TargetGroup| {
                let value = |name: &str| found.settings.get(&format!("target_failover.{name}"));
                json!([{ "on_deregistration": value("on_deregistration"), "on_unhealthy": value("on_unhealthy") }])
            })
            .changed_by("settings"),
        block_list("target_group_health", 1, health)
            .optional()
            .computed()
            .from(|found: &TargetGroup| group_health_of(&found.settings))
            .changed_by("settings"),
        block_list("target_health_state", 0, state)
            .optional()
            .computed()
            .from(|found: &TargetGroup| {
                let value = |name: &str| found.settings.get(&format!("target_health_state.unhealthy.{name}"));
                json!([{
                    "enable_unhealthy_connection_termination": value("connection_termination.enabled"),
                    "unhealthy_draining_interval": value("draining_interval_seconds"),
                }])
            })
            .changed_by("settings"),
    ]
}

/// Only what speaks HTTP has cookies.
fn has_no_cookie(group: &Value, _: &Value, _: &Value) -> bool {
    let protocol = group.get("protocol").and_then(Value::as_str);
    protocol.is_some_and(|protocol| ["GENEVE", "TCP", "TCP_UDP", "TLS", "UDP"].contains(&&**protocol))
}

fn health_check() -> Vec<Field<(), ()>> {
    vec![
        flag("enabled").default(true),
        number("healthy_threshold").default(3),
        number("interval").default(30),
        text("matcher").optional().computed(),
        text("path").optional().computed(),
        text("port").default("traffic-port"),
        text("protocol").default("HTTP"),
        number("timeout").optional().computed(),
        number("unhealthy_threshold").default(3),
    ]
}

fn health_check_of(found: &TargetGroup) -> Json {
    let group = &found.described;
    let matcher = group.matcher().and_then(|matcher| matcher.http_code().or(matcher.grpc_code()));
    json!([{
        "enabled": group.health_check_enabled(),
        "healthy_threshold": group.healthy_threshold_count(),
        "interval": group.health_check_interval_seconds(),
        "matcher": matcher.unwrap_or_default(),
        "path": group.health_check_path().unwrap_or_default(),
        "port": group.health_check_port().unwrap_or_default(),
        "protocol": group.health_check_protocol().map(|protocol| protocol.as_str()).unwrap_or_default(),
        "timeout": group.health_check_timeout_seconds(),
        "unhealthy_threshold": group.unhealthy_threshold_count(),
    }])
}

/// A refresh shows that a group for TLS has a stickiness, of which there is nothing to say.
pub fn with_stickiness(group: Value) -> Value {
    let is = |name: &str, text: &str| group.get(name).and_then(Value::as_str).is_some_and(|value| **value == *text);
    let is_silent = group.get("stickiness").and_then(Value::as_items).is_some_and(<[Value]>::is_empty);
    if !is("protocol", "TLS") || !is_silent {
        return group;
    }
    let silent = Value::object([
        (Text::from("cookie_duration"), Value::from(0)),
        ("cookie_name".into(), Value::text("")),
        ("enabled".into(), Value::bool(false)),
        ("type".into(), Value::text("")),
    ]);
    with_attributes(&group, &[("stickiness", Value::list(silent.type_of(), vec![silent]))])
}

fn stickiness_of(settings: &Pairs) -> Json {
    let text = |name: &str| settings.get(&format!("stickiness.{name}")).cloned().unwrap_or_default();
    if !settings.contains_key("stickiness.type") {
        return json!([]);
    }
    let kind = text("type");
    let (duration, name) = match kind.as_str() {
        "lb_cookie" => (text("lb_cookie.duration_seconds"), String::new()),
        "app_cookie" => (text("app_cookie.duration_seconds"), text("app_cookie.cookie_name")),
        _ => Default::default(),
    };
    json!([{
        "cookie_duration": duration.parse::<i64>().unwrap_or(0),
        "cookie_name": name,
        "enabled": text("enabled") == "true",
        "type": kind,
    }])
}

fn group_health_of(settings: &Pairs) -> Json {
    let value = |name: &str| settings.get(&format!("target_group_health.{name}"));
    json!([{
        "dns_failover": [{
            "minimum_healthy_targets_count": value("dns_failover.minimum_healthy_targets.count"),
            "minimum_healthy_targets_percentage": value("dns_failover.minimum_healthy_targets.percentage"),
        }],
        "unhealthy_state_routing": [{
            "minimum_healthy_targets_count": value("unhealthy_state_routing.minimum_healthy_targets.count"),
            "minimum_healthy_targets_percentage": value("unhealthy_state_routing.minimum_healthy_targets.percentage"),
        }],
    }])
}
