//! Actions of listeners and rules, to and from the SDK
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html>.

use crate::providers::aws::engine::{Want, tags_of};
use crate::value::{Text, Value};
use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, AuthenticateCognitoActionConfig, AuthenticateOidcActionConfig, FixedResponseActionConfig,
    ForwardActionConfig, RedirectActionConfig, TargetGroupStickinessConfig, TargetGroupTuple,
};
use serde_json::{Value as Json, json};
use std::collections::HashMap;

/// The blocks as the API takes them; what gives no order has its place in the list.
pub fn actions_of(want: &Want, block: &str) -> Vec<Action> {
    let blocks = want.items(block);
    blocks.iter().zip(1..).map(|(block, place)| action_of(block, place)).collect()
}

fn action_of(block: &Want, place: i32) -> Action {
    let action = Action::builder()
        .r#type(ActionTypeEnum::from(block.text("type").unwrap_or_default().as_str()))
        .order(block.positive("order").unwrap_or(place))
        .set_authenticate_cognito_config(block.item("authenticate_cognito").map(|cognito| cognito_of(&cognito)))
        .set_authenticate_oidc_config(block.item("authenticate_oidc").map(|oidc| oidc_of(&oidc)))
        .set_fixed_response_config(block.item("fixed_response").map(|response| {
            FixedResponseActionConfig::builder()
                .set_content_type(response.text("content_type"))
                .set_message_body(response.text("message_body"))
                .set_status_code(response.filled("status_code"))
                .build()
        }))
        .set_redirect_config(block.item("redirect").map(|redirect| {
            RedirectActionConfig::builder()
                .set_host(redirect.text("host"))
                .set_path(redirect.text("path"))
                .set_port(redirect.text("port"))
                .set_protocol(redirect.text("protocol"))
                .set_query(redirect.text("query"))
                .set_status_code(redirect.text("status_code").map(|code| code.as_str().into()))
                .build()
        }));
    match block.item("forward") {
        Some(forward) => action.forward_config(forward_of(&forward)),
        None => action.set_target_group_arn(block.filled("target_group_arn")),
    }
    .build()
}

fn forward_of(forward: &Want) -> ForwardActionConfig {
    let group = |group: Want| {
        TargetGroupTuple::builder().set_target_group_arn(group.text("arn")).set_weight(group.integer("weight")).build()
    };
    let stickiness = forward.item("stickiness").map(|stickiness| {
        TargetGroupStickinessConfig::builder()
            .set_enabled(stickiness.flag("enabled"))
            .set_duration_seconds(stickiness.integer("duration"))
            .build()
    });
    ForwardActionConfig::builder()
        .set_target_groups(Some(forward.items("target_group").into_iter().map(group).collect()))
        .set_target_group_stickiness_config(stickiness)
        .build()
}

fn extra_parameters(block: &Want) -> Option<HashMap<String, String>> {
    let parameters = block.value("authentication_request_extra_params").map(tags_of)?;
    (!parameters.is_empty()).then(|| parameters.into_iter().collect())
}

fn cognito_of(block: &Want) -> AuthenticateCognitoActionConfig {
    AuthenticateCognitoActionConfig::builder()
        .set_authentication_request_extra_params(extra_parameters(block))
        .set_on_unauthenticated_request(block.filled("on_unauthenticated_request").map(|what| what.as_str().into()))
        .set_scope(block.filled("scope"))
        .set_session_cookie_name(block.filled("session_cookie_name"))
        .set_session_timeout(block.number("session_timeout"))
        .set_user_pool_arn(block.text("user_pool_arn"))
        .set_user_pool_client_id(block.text("user_pool_client_id"))
        .set_user_pool_domain(block.text("user_pool_domain"))
        .build()
}

fn oidc_of(block: &Want) -> AuthenticateOidcActionConfig {
    AuthenticateOidcActionConfig::builder()
        .set_authentication_request_extra_params(extra_parameters(block))
        .set_authorization_endpoint(block.text("authorization_endpoint"))
        .set_client_id(block.text("client_id"))
        .set_client_secret(block.text("client_secret"))
        .set_issuer(block.text("issuer"))
        .set_on_unauthenticated_request(block.filled("on_unauthenticated_request").map(|what| what.as_str().into()))
        .set_scope(block.filled("scope"))
        .set_session_cookie_name(block.filled("session_cookie_name"))
        .set_session_timeout(block.number("session_timeout"))
        .set_token_endpoint(block.text("token_endpoint"))
        .set_user_info_endpoint(block.text("user_info_endpoint"))
        .build()
}

/// What the API says, in the order in which it acts.
pub fn json_of(actions: &[Action]) -> Json {
    let mut actions: Vec<&Action> = actions.iter().collect();
    actions.sort_by_key(|action| action.order());
    json!(actions.into_iter().map(action_json).collect::<Vec<_>>())
}

fn action_json(action: &Action) -> Json {
    let block = |json: Option<Json>| json!(json.into_iter().collect::<Vec<_>>());
    json!({
        "type": action.r#type().map(|kind| kind.as_str()),
        "order": action.order(),
        "target_group_arn": action.target_group_arn().unwrap_or_default(),
        "forward": block(action.forward_config().map(forward_json)),
        "authenticate_cognito": block(action.authenticate_cognito_config().map(|cognito| json!({
            "authentication_request_extra_params": cognito.authentication_request_extra_params(),
            "on_unauthenticated_request": cognito.on_unauthenticated_request().map(|what| what.as_str()),
            "scope": cognito.scope(),
            "session_cookie_name": cognito.session_cookie_name(),
            "session_timeout": cognito.session_timeout(),
            "user_pool_arn": cognito.user_pool_arn(),
            "user_pool_client_id": cognito.user_pool_client_id(),
            "user_pool_domain": cognito.user_pool_domain(),
        }))),
        "authenticate_oidc": block(action.authenticate_oidc_config().map(|oidc| json!({
            "authentication_request_extra_params": oidc.authentication_request_extra_params(),
            "authorization_endpoint": oidc.authorization_endpoint(),
            "client_id": oidc.client_id(),
            "issuer": oidc.issuer(),
            "on_unauthenticated_request":
                oidc.on_unauthenticated_request().map(|what| what.as_str()).unwrap_or_default(),
            "scope": oidc.scope().unwrap_or_default(),
            "session_cookie_name": oidc.session_cookie_name().unwrap_or_default(),
            "session_timeout": oidc.session_timeout().unwrap_or_default(),
            "token_endpoint": oidc.token_endpoint(),
            "user_info_endpoint": oidc.user_info_endpoint(),
        }))),
        "fixed_response": block(action.fixed_response_config().map(|response| json!({
            "content_type": response.content_type().unwrap_or_default(),
            "message_body": response.message_body().unwrap_or_default(),
            "status_code": response.status_code().unwrap_or_default(),
        }))),
        "redirect": block(action.redirect_config().map(|redirect| json!({
            "host": redirect.host(),
            "path": redirect.path(),
            "port": redirect.port(),
            "protocol": redirect.protocol(),
            "query": redirect.query(),
            "status_code": redirect.status_code().map(|code| code.as_str()),
        }))),
    })
}

fn forward_json(forward: &ForwardActionConfig) -> Json {
    let groups: Vec<Json> = forward
        .target_groups()
        .iter()
        .map(|group| json!({ "arn": group.target_group_arn(), "weight": group.weight() }))
        .collect();
    let stickiness: Vec<Json> = forward
        .target_group_stickiness_config()
        .iter()
        .map(|stickiness| {
            json!({ "enabled": stickiness.enabled(), "duration": stickiness.duration_seconds().unwrap_or_default() })
        })
        .collect();
    json!({ "target_group": groups, "stickiness": stickiness })
}

/// The API says where to forward in two ways at once, and never tells a client secret: what was written decides, and stays.
pub fn reconcile_actions(object: Value, before: &Value, block: &str) -> Value {
    let former = before.get(block).and_then(Value::as_items).unwrap_or_default();
    let items = object.get(block).and_then(Value::as_items).unwrap_or_default();
    let reconciled: Vec<Value> = items
        .iter()
        .enumerate()
        .map(|(index, action)| match former.get(index) {
            Some(former) => reconcile_action(action, former),
            None => action.clone(),
        })
        .collect();
    let Some(of) = object.get(block).map(Value::type_of) else { return object };
    let element = of.element().cloned().unwrap_or(crate::value::Type::Dynamic);
    with(
        &object,
        |name, value| if name == block { Value::list(element.clone(), reconciled.clone()) } else { value.clone() },
    )
}

fn reconcile_action(action: &Value, former: &Value) -> Value {
    let has_forward =
        |action: &Value| action.get("forward").and_then(Value::as_items).is_some_and(|blocks| !blocks.is_empty());
    let secret = former
        .get("authenticate_oidc")
        .and_then(Value::as_items)
        .and_then(|blocks| blocks.first()?.get("client_secret").cloned());
    with(action, |name, value| match name {
        "target_group_arn" if has_forward(former) => Value::text(""),
        "forward" if !has_forward(former) => former.get("forward").unwrap_or(value).clone(),
        "authenticate_oidc" => value.clone().map_children(&mut |oidc| {
            with(&oidc, |name, value| match (name, &secret) {
                ("client_secret", Some(secret)) => secret.clone(),
                _ => value.clone(),
            })
        }),
        _ => value.clone(),
    })
}

/// An object with its attributes changed.
fn with(object: &Value, change: impl Fn(&str, &Value) -> Value) -> Value {
    let entries = object.as_entries().into_iter().flat_map(|entries| entries.iter());
    Value::object(entries.map(|(name, value)| (Text::clone(name), change(name, value))).collect::<Vec<_>>())
}
