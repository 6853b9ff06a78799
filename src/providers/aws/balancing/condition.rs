//! Conditions of listener rules
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html>.

use crate::providers::aws::engine::{Field, Want, block_list, block_set, set_of_text, text};
use aws_sdk_elasticloadbalancingv2::types::{
    HostHeaderConditionConfig, HttpHeaderConditionConfig, HttpRequestMethodConditionConfig, PathPatternConditionConfig,
    QueryStringConditionConfig, QueryStringKeyValuePair, RuleCondition, SourceIpConditionConfig,
};
use serde_json::{Value as Json, json};

pub fn condition_fields() -> Vec<Field<(), ()>> {
    let values = |name| block_list(name, 1, vec![set_of_text("values").required()]).optional();
    vec![
        values("host_header"),
        block_list("http_header", 1, vec![text("http_header_name").required(), set_of_text("values").required()])
            .optional(),
        values("http_request_method"),
        values("path_pattern"),
        block_set("query_string", vec![text("key").optional(), text("value").required()]).optional(),
        values("source_ip"),
    ]
}

/// One condition for each kind of block that a `condition` has.
pub fn conditions_of(want: &Want) -> Vec<RuleCondition> {
    want.items("condition").iter().flat_map(of_block).collect()
}

fn of_block(block: &Want) -> Vec<RuleCondition> {
    let values = |name: &str| block.item(name).map(|inner| inner.texts("values"));
    let condition = |field: &str| RuleCondition::builder().field(field);
    let mut conditions = Vec::new();
    if let Some(values) = values("host_header") {
        let config = HostHeaderConditionConfig::builder().set_values(Some(values)).build();
        conditions.push(condition("host-header").host_header_config(config).build());
    }
    if let Some(header) = block.item("http_header") {
        let config = HttpHeaderConditionConfig::builder()
            .set_http_header_name(header.text("http_header_name"))
            .set_values(Some(header.texts("values")))
            .build();
        conditions.push(condition("http-header").http_header_config(config).build());
    }
    if let Some(values) = values("http_request_method") {
        let config = HttpRequestMethodConditionConfig::builder().set_values(Some(values)).build();
        conditions.push(condition("http-request-method").http_request_method_config(config).build());
    }
    if let Some(values) = values("path_pattern") {
        let config = PathPatternConditionConfig::builder().set_values(Some(values)).build();
        conditions.push(condition("path-pattern").path_pattern_config(config).build());
    }
    let pairs: Vec<QueryStringKeyValuePair> = block
        .items("query_string")
        .iter()
        .map(|pair| {
            QueryStringKeyValuePair::builder().set_key(pair.filled("key")).set_value(pair.text("value")).build()
        })
        .collect();
    if !pairs.is_empty() {
        let config = QueryStringConditionConfig::builder().set_values(Some(pairs)).build();
        conditions.push(condition("query-string").query_string_config(config).build());
    }
    if let Some(values) = values("source_ip") {
        let config = SourceIpConditionConfig::builder().set_values(Some(values)).build();
        conditions.push(condition("source-ip").source_ip_config(config).build());
    }
    conditions
}

pub fn json_of(conditions: &[RuleCondition]) -> Json {
    json!(conditions.iter().map(condition_json).collect::<Vec<_>>())
}

fn condition_json(condition: &RuleCondition) -> Json {
    // Older rules have their values beside the configuration of the kind, not in it.
    let values = |own: Option<&[String]>| json!([{ "values": own.unwrap_or(condition.values()) }]);
    match condition.field().unwrap_or_default() {
        "host-header" => json!({ "host_header": values(condition.host_header_config().map(|config| config.values())) }),
        "http-header" => json!({ "http_header": condition.http_header_config().iter().map(|config| json!({
            "http_header_name": config.http_header_name(),
            "values": config.values(),
        })).collect::<Vec<_>>() }),
        "http-request-method" => {
            json!({ "http_request_method": values(condition.http_request_method_config().map(|config| config.values())) })
        }
        "path-pattern" => {
            json!({ "path_pattern": values(condition.path_pattern_config().map(|config| config.values())) })
        }
        "query-string" => {
            let pairs = condition.query_string_config().map(|config| config.values()).unwrap_or_default();
            let pair = |pair: &QueryStringKeyValuePair| json!({ "key": pair.key().unwrap_or_default(), "value": pair.value().unwrap_or_default() });
            json!({ "query_string": pairs.iter().map(pair).collect::<Vec<_>>() })
        }
        "source-ip" => json!({ "source_ip": values(condition.source_ip_config().map(|config| config.values())) }),
        _ => json!({}),
    }
}
