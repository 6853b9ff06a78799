//! The attributes of `aws_lb`.

use super::attributes::{Pairs, Setting, read_pair};
use super::load_balancer::LoadBalancer;
use super::load_balancer_zones::{changes_kept_mappings, gives_up_subnets, mapping_fields, mappings_of};
use crate::providers::aws::engine::{Field, block_list, block_set, flag, name_prefix_of, number, set_of_text, text};
use crate::value::Value;
use aws_sdk_elasticloadbalancingv2::operation::create_load_balancer::builders::CreateLoadBalancerFluentBuilder as Create;
use aws_sdk_elasticloadbalancingv2::types::{IpamPools, LoadBalancer as Described, LoadBalancerSchemeEnum};
use serde_json::{Value as Json, json};

/// The two kinds with settings of their own; the third is `gateway`.
const APPLICATION: &[&str] = &["application"];

#[rustfmt::skip]
pub const SETTINGS: &[Setting] = &[
    Setting { attribute: "client_keep_alive", key: "client_keep_alive.seconds", only: APPLICATION },
    Setting { attribute: "desync_mitigation_mode", key: "routing.http.desync_mitigation_mode", only: APPLICATION },
    Setting { attribute: "dns_record_client_routing_policy", key: "dns_record.client_routing_policy", only: &["network"] },
    Setting { attribute: "drop_invalid_header_fields", key: "routing.http.drop_invalid_header_fields.enabled", only: APPLICATION },
    Setting { attribute: "enable_cross_zone_load_balancing", key: "load_balancing.cross_zone.enabled", only: &["network", "gateway"] },
    Setting { attribute: "enable_deletion_protection", key: "deletion_protection.enabled", only: &[] },
    Setting { attribute: "enable_http2", key: "routing.http2.enabled", only: APPLICATION },
    Setting { attribute: "enable_tls_version_and_cipher_suite_headers", key: "routing.http.x_amzn_tls_version_and_cipher_suite.enabled", only: APPLICATION },
    Setting { attribute: "enable_waf_fail_open", key: "waf.fail_open.enabled", only: APPLICATION },
    Setting { attribute: "enable_xff_client_port", key: "routing.http.xff_client_port.enabled", only: APPLICATION },
    Setting { attribute: "enable_zonal_shift", key: "zonal_shift.config.enabled", only: &["application", "network"] },
    Setting { attribute: "idle_timeout", key: "idle_timeout.timeout_seconds", only: APPLICATION },
    Setting { attribute: "preserve_host_header", key: "routing.http.preserve_host_header.enabled", only: APPLICATION },
    Setting { attribute: "xff_header_processing_mode", key: "routing.http.xff_header_processing.mode", only: APPLICATION },
];

pub fn fields() -> Vec<Field<LoadBalancer, Create>> {
    all_fields().into_iter().map(only_where_it_counts).collect()
}

/// Settings of other types of load balancer say nothing.
fn only_where_it_counts(field: Field<LoadBalancer, Create>) -> Field<LoadBalancer, Create> {
    let setting = SETTINGS.iter().find(|setting| setting.attribute == field.declared.name && !setting.only.is_empty());
    match setting {
        Some(setting) => field.only_when("load_balancer_type", setting.only),
        None => field,
    }
}

fn all_fields() -> Vec<Field<LoadBalancer, Create>> {
    let setting = |name: &'static str| {
        let key = SETTINGS.iter().find(|setting| setting.attribute == name).map_or("", |setting| setting.key);
        move |found: &LoadBalancer| read_pair(&found.settings, key)
    };
    let logs = |prefix: &'static str| move |found: &LoadBalancer| logs_of(&found.settings, prefix);
    let log_fields = || vec![text("bucket").required(), flag("enabled").default(false), text("prefix").optional()];
    vec![
        block_list("access_logs", 1, log_fields())
            .optional()
            .kept_if_omitted()
            .from(logs("access_logs"))
            .changed_by("settings"),
        text("arn").computed().from(|found: &LoadBalancer| found.described.load_balancer_arn.clone()),
        text("arn_suffix").computed().from(|found: &LoadBalancer| {
            found
                .described
                .load_balancer_arn()
                .and_then(|arn| arn.split_once(":loadbalancer/"))
                .map(|(_, suffix)| suffix.to_owned())
        }),
        number("client_keep_alive").default(3600).from(setting("client_keep_alive")).changed_by("settings"),
        block_list("connection_logs", 1, log_fields())
            .optional()
            .kept_if_omitted()
            .from(|found: &LoadBalancer| match kind_of(&found.described).as_str() {
                "application" => logs_of(&found.settings, "connection_logs"),
                _ => json!([]),
            })
            .changed_by("settings"),
        text("customer_owned_ipv4_pool")
            .optional()
            .replaces()
            .from(|found: &LoadBalancer| Some(found.described.customer_owned_ipv4_pool.clone().unwrap_or_default()))
            .to(Create::set_customer_owned_ipv4_pool),
        text("desync_mitigation_mode")
            .default("defensive")
            .from(setting("desync_mitigation_mode"))
            .changed_by("settings"),
        text("dns_name").computed().from(|found: &LoadBalancer| found.described.dns_name.clone()),
        text("dns_record_client_routing_policy")
            .default("any_availability_zone")
            .from(setting("dns_record_client_routing_policy"))
            .changed_by("settings"),
        flag("drop_invalid_header_fields")
            .default(false)
            .from(setting("drop_invalid_header_fields"))
            .changed_by("settings"),
        flag("enable_cross_zone_load_balancing")
            .default(false)
            .from(setting("enable_cross_zone_load_balancing"))
            .changed_by("settings"),
        flag("enable_deletion_protection")
            .default(false)
            .from(setting("enable_deletion_protection"))
            .changed_by("settings"),
        flag("enable_http2").default(true).from(setting("enable_http2")).changed_by("settings"),
        flag("enable_tls_version_and_cipher_suite_headers")
            .default(false)
            .from(setting("enable_tls_version_and_cipher_suite_headers"))
            .changed_by("settings"),
        flag("enable_waf_fail_open").default(false).from(setting("enable_waf_fail_open")).changed_by("settings"),
        flag("enable_xff_client_port").default(false).from(setting("enable_xff_client_port")).changed_by("settings"),
        flag("enable_zonal_shift").default(false).from(setting("enable_zonal_shift")).changed_by("settings"),
        text("enforce_security_group_inbound_rules_on_private_link_traffic")
            .optional()
            .computed()
            .from(|found: &LoadBalancer| {
                let rules = &found.described.enforce_security_group_inbound_rules_on_private_link_traffic;
                Some(rules.clone().unwrap_or_default())
            })
            .changed_by("security_groups"),
        number("idle_timeout").default(60).from(setting("idle_timeout")).changed_by("settings"),
        flag("internal")
            .optional()
            .computed()
            .replaces()
            .from(|found: &LoadBalancer| Some(found.described.scheme() == Some(&LoadBalancerSchemeEnum::Internal))),
        text("ip_address_type")
            .optional()
            .computed()
            .from(|found: &LoadBalancer| found.described.ip_address_type().map(|kind| kind.as_str().to_owned()))
            .enum_to(Create::set_ip_address_type)
            .changed_by("ip_address_type"),
        block_list("ipam_pools", 1, vec![text("ipv4_ipam_pool_id").required()])
            .optional()
            .from(|found: &LoadBalancer| match found.described.ipam_pools().and_then(IpamPools::ipv4_ipam_pool_id) {
                Some(id) => json!([{ "ipv4_ipam_pool_id": id }]),
                None => json!([]),
            })
            .changed_by("ip_address_type"),
        text("load_balancer_type")
            .default("application")
            .replaces()
            .from(|found: &LoadBalancer| Some(kind_of(&found.described)))
            .enum_to(Create::set_type),
        block_list("minimum_load_balancer_capacity", 1, vec![number("capacity_units").required()])
            .optional()
            .from(|found: &LoadBalancer| match found.capacity_units {
                Some(units) => json!([{ "capacity_units": units }]),
                None => json!([]),
            })
            .changed_by("capacity"),
        text("name")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["name_prefix"])
            .from(|found: &LoadBalancer| found.described.load_balancer_name.clone()),
        text("name_prefix").optional().computed().replaces().conflicts(&["name"]).from(|found: &LoadBalancer| {
            Some(name_prefix_of(found.described.load_balancer_name().unwrap_or_default()))
        }),
        flag("preserve_host_header").default(false).from(setting("preserve_host_header")).changed_by("settings"),
        set_of_text("security_groups")
            .optional()
            .computed()
            // A balancer that was made without groups can never have any.
            .replaces_if(|old, new| has_items(old) != has_items(new))
            .from(|found: &LoadBalancer| json!(found.described.security_groups()))
            .to(Create::set_security_groups)
            .changed_by("security_groups"),
        block_set("subnet_mapping", mapping_fields())
            .optional()
            .computed()
            .exactly_one(&["subnets"])
            .follows(&["subnets"])
            .replaces_where(changes_kept_mappings)
            .from(mappings_of)
            .changed_by("subnets"),
        set_of_text("subnets")
            .optional()
            .computed()
            .exactly_one(&["subnet_mapping"])
            .follows(&["subnet_mapping"])
            .replaces_where(gives_up_subnets)
            .from(|found: &LoadBalancer| {
                json!(found.described.availability_zones().iter().map(|zone| zone.subnet_id()).collect::<Vec<_>>())
            })
            .changed_by("subnets"),
        text("vpc_id").computed().from(|found: &LoadBalancer| found.described.vpc_id.clone()),
        text("xff_header_processing_mode")
            .default("append")
            .from(setting("xff_header_processing_mode"))
            .changed_by("settings"),
        text("zone_id").computed().from(|found: &LoadBalancer| found.described.canonical_hosted_zone_id.clone()),
    ]
}

fn kind_of(found: &Described) -> String {
    found.r#type().map(|kind| kind.as_str().to_owned()).unwrap_or_default()
}

fn logs_of(settings: &Pairs, prefix: &str) -> Json {
    let said = |name: &str| settings.get(&format!("{prefix}.s3.{name}"));
    let is_on = said("enabled").map(|flag| flag == "true");
    json!([{ "bucket": said("bucket"), "enabled": is_on, "prefix": said("prefix") }])
}

fn has_items(value: &Value) -> bool {
    !value.is_known() || value.as_items().is_some_and(|items| !items.is_empty())
}
