//! `data "aws_iam_role"`

use super::policy_json::decoded;
use super::tags::tag_map;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Failure, Lookup, Want, map_of_text, number, objects, shown_time, text};
use crate::schema::Nesting;
use crate::value::{Text, Type, Value};
use aws_sdk_iam::types::Role;
use std::sync::Arc;

pub fn role_data() -> Lookup {
    let last_used = vec![text("last_used_date").computed(), text("region").computed()];
    let fields = vec![
        text("arn").computed().from(|role: &Role| Some(role.arn.clone())),
        text("assume_role_policy").computed().from(|role: &Role| role.assume_role_policy_document().map(decoded)),
        text("create_date").computed().from(|role: &Role| shown_time(&role.create_date)),
        text("description").computed().from(Role::description).never_null(),
        text("id").optional().computed().from(|role: &Role| Some(role.role_name.clone())),
        number("max_session_duration").computed().from(Role::max_session_duration),
        text("name").required(),
        text("path").computed().from(|role: &Role| Some(role.path.clone())),
        text("permissions_boundary")
            .computed()
            .from(|role: &Role| role.permissions_boundary()?.permissions_boundary_arn().map(str::to_owned))
            .never_null(),
        objects("role_last_used", Nesting::List, last_used).computed().from(last_use),
        map_of_text("tags").optional().computed().from(|role: &Role| {
            let tags = tag_map(role.tags());
            Value::map(Type::String, tags.iter().map(|(key, value)| (Text::from(key.as_str()), Value::text(value))))
        }),
        text("unique_id").computed().from(|role: &Role| Some(role.role_id.clone())),
    ];
    Lookup::new("IAM Role", fields, find)
}

fn last_use(role: &Role) -> Value {
    let block = |used: &aws_sdk_iam::types::RoleLastUsed| {
        let date = used.last_used_date().and_then(shown_time);
        Value::object([
            (Text::from("last_used_date"), Value::text(&date.unwrap_or_default())),
            ("region".into(), Value::text(used.region().unwrap_or_default())),
        ])
    };
    Value::tuple(role.role_last_used().map(block).into_iter().collect())
}

async fn find(aws: Arc<Aws>, want: Want) -> Result<Role, Failure> {
    let name = want.text("name").unwrap_or_default();
    let answer = aws.iam().get_role().role_name(&name).send().await.map_err(Failure::of("IAM: GetRole"))?;
    answer.role.ok_or_else(|| Failure::new("IAM: GetRole", "NoSuchEntity", format!("there is no role {name:?}")))
}
