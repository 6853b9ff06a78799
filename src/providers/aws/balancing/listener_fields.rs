//! The attributes of `aws_lb_listener`.

use super::action::json_of;
use super::action_fields::{Owner, action_fields};
use super::attributes::{Setting, read_pair};
use super::listener::Listener;
use crate::providers::aws::engine::{Field, block_list, flag, number, text};
use aws_sdk_elasticloadbalancingv2::operation::create_listener::builders::CreateListenerFluentBuilder as Create;
use aws_sdk_elasticloadbalancingv2::types::MutualAuthenticationAttributes;
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub const SETTINGS: &[Setting] = &[
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

pub fn fields() -> Vec<Field<Listener, Create>> {
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
