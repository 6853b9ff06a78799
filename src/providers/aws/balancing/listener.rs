//! `aws_lb_listener` <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Listener.html>

use super::action::{actions_of, json_of, reconcile_actions};
use super::action_fields::{Owner, action_fields};
use super::attributes::{Pairs, Setting, changed, read_pair, wanted};
use super::tags::{ARNS_PER_CALL, change_tags, read_tags, sdk_tags};
use crate::provider::TrafficRole;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Field, Resource, Want, all_of, block_list, flag, number, text};
use aws_sdk_elasticloadbalancingv2::operation::create_listener::builders::CreateListenerFluentBuilder as Create;
use aws_sdk_elasticloadbalancingv2::types::{
    Certificate, Listener as Described, ListenerAttribute, MutualAuthenticationAttributes,
};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct Listener {
    described: Described,
    settings: Pairs,
    tags: BTreeMap<String, String>,
}

#[rustfmt::skip]
const SETTINGS: &[Setting] = &[
    Setting { attribute: "routing_http_request_x_amzn_mtls_clientcert_header_name", key: "routing.http.request.x_amzn_mtls_clientcert.header_name", only: &["HTTPS"] },
    Setting { attribute: "routing_http_request_x_amzn_mtls_clientcert_issuer_header_name", key: "routing.http.request.x_amzn_mtls_clientcert_issuer.header_name", only: &["HTTPS"] },
    Setting { attribute: "routing_http_request_x_amzn_mtls_clientcert_leaf_header_name", key: "routing.http.request.x_amzn_mtls_clientcert_leaf.header_name", only: &["HTTPS"] },
    Setting { attribute: "routing_http_request_x_amzn_mtls_clientcert_serial_number_header_name", key: "routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name", only: &["HTTPS"] },
    Setting { attribute: "routing_http_request_x_amzn_mtls_clientcert_subject_header_name", key: "routing.http.request.x_amzn_mtls_clientcert_subject.header_name", only: &["HTTPS"] },
    Setting { attribute: "routing_http_request_x_amzn_mtls_clientcert_validity_header_name", key: "routing.http.request.x_amzn_mtls_clientcert_validity.header_name", only: &["HTTPS"] },
    Setting { attribute: "routing_http_request_x_amzn_tls_cipher_suite_header_name", key: "routing.http.request.x_amzn_tls_cipher_suite.header_name", only: &["HTTPS"] },
    Setting { attribute: "routing_http_request_x_amzn_tls_version_header_name", key: "routing.http.request.x_amzn_tls_version.header_name", only: &["HTTPS"] },
    Setting { attribute: "routing_http_response_access_control_allow_credentials_header_value", key: "routing.http.response.access_control_allow_credentials.header_value", only: &["HTTP", "HTTPS"] },
    Setting { attribute: "routing_http_response_access_control_allow_headers_header_value", key: "routing.http.response.access_control_allow_headers.header_value", only: &["HTTP", "HTTPS"] },
    Setting { attribute: "routing_http_response_access_control_allow_methods_header_value", key: "routing.http.response.access_control_allow_methods.header_value", only: &["HTTP", "HTTPS"] },
    Setting { attribute: "routing_http_response_access_control_allow_origin_header_value", key: "routing.http.response.access_control_allow_origin.header_value", only: &["HTTP", "HTTPS"] },
    Setting { attribute: "routing_http_response_access_control_expose_headers_header_value", key: "routing.http.response.access_control_expose_headers.header_value", only: &["HTTP", "HTTPS"] },
    Setting { attribute: "routing_http_response_access_control_max_age_header_value", key: "routing.http.response.access_control_max_age.header_value", only: &["HTTP", "HTTPS"] },
    Setting { attribute: "routing_http_response_content_security_policy_header_value", key: "routing.http.response.content_security_policy.header_value", only: &["HTTP", "HTTPS"] },
    Setting { attribute: "routing_http_response_server_enabled", key: "routing.http.response.server.enabled", only: &["HTTP", "HTTPS"] },
    Setting { attribute: "routing_http_response_strict_transport_security_header_value", key: "routing.http.response.strict_transport_security.header_value", only: &["HTTP", "HTTPS"] },
    Setting { attribute: "routing_http_response_x_content_type_options_header_value", key: "routing.http.response.x_content_type_options.header_value", only: &["HTTP", "HTTPS"] },
    Setting { attribute: "routing_http_response_x_frame_options_header_value", key: "routing.http.response.x_frame_options.header_value", only: &["HTTP", "HTTPS"] },
    Setting { attribute: "tcp_idle_timeout_seconds", key: "tcp.idle_timeout.seconds", only: &["TCP"] },
];

pub fn listener(name: &'static str) -> Resource<Listener, Create> {
    Resource::new(name, "ELBv2 Listener", 0, |aws| aws.elbv2().create_listener(), create)
        .fields(fields())
        .read_many(
            ARNS_PER_CALL,
            |found: &Listener| found.described.listener_arn().unwrap_or_default().to_owned(),
            read,
        )
        .reconcile(|object, before| reconcile_actions(object, before, "default_action"))
        .change("listener", change_listener)
        .change_after_create("settings", change_settings)
        .tagged(|found| found.tags.clone(), change_tags)
        .delete(delete)
        .recovered_by(find)
        .missing(&["ListenerNotFound"])
        .traffic(TrafficRole::Forward)
        .retry_create_on(&["CertificateNotFound"])
        .timeouts(&[("create", 5), ("update", 5)])
}

fn fields() -> Vec<Field<Listener, Create>> {
    let settings = SETTINGS.iter().map(|setting| {
        let field = match setting.attribute {
            "tcp_idle_timeout_seconds" => number(setting.attribute),
            "routing_http_response_server_enabled" => flag(setting.attribute),
            name => text(name),
        };
        field
            .optional()
            .computed()
            .from(|found: &Listener| read_pair(&found.settings, setting.key))
            .changed_by("settings")
    });
    let own = vec![
        text("alpn_policy")
            .optional()
            .from(|found: &Listener| found.described.alpn_policy().first().cloned())
            .changed_by("listener"),
        text("arn").computed().from(|found: &Listener| found.described.listener_arn.clone()),
        text("certificate_arn")
            .optional()
            .from(|found: &Listener| {
                let default = found.described.certificates().first();
                default.and_then(|certificate| certificate.certificate_arn.clone())
            })
            .changed_by("listener"),
        block_list("default_action", 0, action_fields(Owner::Listener))
            .required()
            .from(|found: &Listener| json_of(found.described.default_actions()))
            .changed_by("listener"),
        text("load_balancer_arn")
            .required()
            .replaces()
            .from(|found: &Listener| found.described.load_balancer_arn.clone())
            .to(Create::set_load_balancer_arn),
        block_list("mutual_authentication", 1, authentication_fields())
            .optional()
            .computed()
            .from(authentication_json)
            .changed_by("listener"),
        number("port")
            .optional()
            .from(|found: &Listener| found.described.port)
            .to(Create::set_port)
            .changed_by("listener"),
        text("protocol")
            .optional()
            .computed()
            .from(|found: &Listener| {
                Some(found.described.protocol().map(|protocol| protocol.as_str().to_owned()).unwrap_or_default())
            })
            .enum_to(Create::set_protocol)
            .changed_by("listener"),
        text("ssl_policy")
            .optional()
            .computed()
            .from(|found: &Listener| Some(found.described.ssl_policy.clone().unwrap_or_default()))
            .to(Create::set_ssl_policy)
            .changed_by("listener"),
    ];
    own.into_iter().chain(settings).collect()
}

fn authentication_fields() -> Vec<Field<(), ()>> {
    vec![
        text("advertise_trust_store_ca_names").optional().computed(),
        flag("ignore_client_certificate_expiry").default(false),
        text("mode").required(),
        text("trust_store_arn").optional(),
    ]
}

fn authentication_json(found: &Listener) -> Json {
    let block = |authentication: &MutualAuthenticationAttributes| {
        let advertised = authentication.advertise_trust_store_ca_names().map(|names| names.as_str());
        json!({
            "advertise_trust_store_ca_names": advertised.unwrap_or_default(),
            "ignore_client_certificate_expiry": authentication.ignore_client_certificate_expiry().unwrap_or_default(),
            "mode": authentication.mode(),
            "trust_store_arn": authentication.trust_store_arn().unwrap_or_default(),
        })
    };
    json!(found.described.mutual_authentication().iter().map(|found| block(found)).collect::<Vec<_>>())
}

fn authentication_of(want: &Want) -> Option<MutualAuthenticationAttributes> {
    let block = want.item("mutual_authentication")?;
    let is_verified = block.text("mode").as_deref() == Some("verify");
    let attributes = MutualAuthenticationAttributes::builder()
        .set_mode(block.text("mode"))
        .set_trust_store_arn(block.filled("trust_store_arn").filter(|_| is_verified))
        .set_ignore_client_certificate_expiry(block.flag("ignore_client_certificate_expiry").filter(|_| is_verified))
        .set_advertise_trust_store_ca_names(
            block.filled("advertise_trust_store_ca_names").filter(|_| is_verified).map(|names| names.as_str().into()),
        );
    Some(attributes.build())
}

fn certificates_of(want: &Want) -> Option<Vec<Certificate>> {
    let arn = want.filled("certificate_arn")?;
    Some(vec![Certificate::builder().certificate_arn(arn).build()])
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let request = request
        .set_alpn_policy(call.want.filled("alpn_policy").map(|policy| vec![policy]))
        .set_certificates(certificates_of(&call.want))
        .set_default_actions(Some(actions_of(&call.want, "default_action")))
        .set_mutual_authentication(authentication_of(&call.want))
        .set_tags(sdk_tags(&call.tags));
    let answer = request.send().await.map_err(Failure::of("Elastic Load Balancing v2: CreateListener"))?;
    Ok(answer.listeners().first().and_then(Described::listener_arn).unwrap_or_default().to_owned())
}

async fn read(aws: Arc<Aws>, arns: Vec<String>) -> Result<Vec<Listener>, Failure> {
    let request = aws.elbv2().describe_listeners().set_listener_arns(Some(arns));
    let found = all_of(request.into_paginator().items().send(), "Elastic Load Balancing v2: DescribeListeners").await?;
    let arns: Vec<String> = found.iter().filter_map(|found| found.listener_arn.clone()).collect();
    let (mut tags, settings) = futures::try_join!(
        read_tags(&aws, &arns),
        futures::future::try_join_all(arns.iter().map(|arn| read_settings(&aws, arn))),
    )?;
    let whole = |(described, settings): (Described, Pairs)| Listener {
        tags: tags.remove(described.listener_arn().unwrap_or_default()).unwrap_or_default(),
        described,
        settings,
    };
    Ok(found.into_iter().zip(settings).map(whole).collect())
}

async fn read_settings(aws: &Aws, arn: &str) -> Result<Pairs, Failure> {
    let request = aws.elbv2().describe_listener_attributes().listener_arn(arn);
    let answer = request.send().await.map_err(Failure::of("Elastic Load Balancing v2: DescribeListenerAttributes"))?;
    let pairs = answer.attributes.unwrap_or_default().into_iter();
    Ok(pairs.filter_map(|pair| Some((pair.key?, pair.value?))).collect())
}

async fn change_settings(call: Call) -> Result<(), Failure> {
    let protocol = call.want.text("protocol").unwrap_or_default();
    let changed = changed(&wanted(SETTINGS, &protocol, &call.prior), wanted(SETTINGS, &protocol, &call.want));
    if changed.is_empty() {
        return Ok(());
    }
    let attributes = changed.into_iter().map(|(key, value)| ListenerAttribute::builder().key(key).value(value).build());
    let request =
        call.aws.elbv2().modify_listener_attributes().listener_arn(&call.id).set_attributes(Some(attributes.collect()));
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: ModifyListenerAttributes"))?;
    Ok(())
}

async fn change_listener(call: Call) -> Result<(), Failure> {
    let want = &call.want;
    let request = call
        .aws
        .elbv2()
        .modify_listener()
        .listener_arn(&call.id)
        .set_alpn_policy(want.filled("alpn_policy").map(|policy| vec![policy]))
        .set_certificates(certificates_of(want))
        .set_default_actions(Some(actions_of(want, "default_action")))
        .set_mutual_authentication(authentication_of(want))
        .set_port(want.integer("port").filter(|port| *port > 0))
        .set_protocol(want.filled("protocol").map(|protocol| protocol.as_str().into()))
        .set_ssl_policy(
            want.filled("ssl_policy").filter(|_| matches!(want.text("protocol").as_deref(), Some("HTTPS" | "TLS"))),
        );
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: ModifyListener"))?;
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.elbv2().delete_listener().listener_arn(&call.id);
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: DeleteListener"))?;
    Ok(())
}

/// A load balancer listens at a port once.
async fn find(call: Call) -> Result<Option<String>, Failure> {
    let balancer = call.want.text("load_balancer_arn").unwrap_or_default();
    let mut pages = call.aws.elbv2().describe_listeners().load_balancer_arn(balancer).into_paginator().items().send();
    while let Some(listener) = pages.next().await {
        let listener = listener.map_err(Failure::of("Elastic Load Balancing v2: DescribeListeners"))?;
        if listener.port() == call.want.integer("port") {
            return Ok(listener.listener_arn);
        }
    }
    Ok(None)
}
