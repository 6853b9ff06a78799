//! The blocks that say what a listener or a rule does with a request.

use crate::providers::aws::engine::{Field, block_list, block_set, flag, map_of_text, number, text};

/// Listeners and rules differ in what the API fills in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Listener,
    Rule,
}

pub fn action_fields(owner: Owner) -> Vec<Field<(), ()>> {
    vec![
        number("order").optional().computed(),
        text("target_group_arn").optional(),
        text("type").required(),
        block_list("authenticate_cognito", 1, cognito_fields(owner)).optional(),
        block_list("authenticate_oidc", 1, oidc_fields(owner)).optional(),
        block_list("fixed_response", 1, fixed_response_fields()).optional(),
        block_list("forward", 1, forward_fields()).optional(),
        block_list("redirect", 1, redirect_fields()).optional(),
    ]
}

/// Session settings: what the API decides for a listener is shown, for a rule it has a default here.
fn session_fields(owner: Owner) -> Vec<Field<(), ()>> {
    let mut fields = vec![
        map_of_text("authentication_request_extra_params").optional(),
        text("on_unauthenticated_request").optional().computed(),
    ];
    fields.extend(match owner {
        Owner::Listener => [
            text("scope").optional().computed(),
            text("session_cookie_name").optional().computed(),
            number("session_timeout").optional().computed(),
        ],
        Owner::Rule => [
            text("scope").default("openid"),
            text("session_cookie_name").default("AWSELBAuthSessionCookie"),
            number("session_timeout").default(604_800),
        ],
    });
    fields
}

fn cognito_fields(owner: Owner) -> Vec<Field<(), ()>> {
    let mut fields = session_fields(owner);
    fields.extend(["user_pool_arn", "user_pool_client_id", "user_pool_domain"].map(|name| text(name).required()));
    fields
}

fn oidc_fields(owner: Owner) -> Vec<Field<(), ()>> {
    let mut fields = session_fields(owner);
    let names = ["authorization_endpoint", "client_id", "issuer", "token_endpoint", "user_info_endpoint"];
    fields.extend(names.map(|name| text(name).required()));
    fields.push(text("client_secret").required().sensitive());
    fields
}

fn fixed_response_fields() -> Vec<Field<(), ()>> {
    vec![text("content_type").required(), text("message_body").optional(), text("status_code").optional().computed()]
}

fn forward_fields() -> Vec<Field<(), ()>> {
    let stickiness = vec![number("duration").required(), flag("enabled").default(false)];
    let groups = vec![text("arn").required(), number("weight").default(1)];
    vec![
        block_list("stickiness", 1, stickiness).optional().kept_if_omitted(),
        block_set("target_group", groups).required().at_most(5),
    ]
}

fn redirect_fields() -> Vec<Field<(), ()>> {
    vec![
        text("host").default("#{host}"),
        text("path").default("/#{path}"),
        text("port").default("#{port}"),
        text("protocol").default("#{protocol}"),
        text("query").default("#{query}"),
        text("status_code").required(),
    ]
}
