//! `aws_iam_role` <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html>

use super::policy_json::{decoded, normal_policy, version_first};
use super::role_changes::{change_boundary, change_role, change_tags, change_trust, delete};
use super::role_policies::{attached, change_attached, change_written, written_texts};
use super::tags::{sdk_tags, tag_map};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    Call, Failure, Resource, block_set, flag, is_same_policy, name_prefix_of, number, set_of_text, shown_time, text,
    written_policy,
};
use crate::value::{Text, Type, Value};
use aws_sdk_iam::operation::create_role::builders::CreateRoleFluentBuilder as Create;
use aws_sdk_iam::types::Role as Described;
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct Role {
    pub described: Described,
    /// What costs calls of its own; nothing where it was not asked for.
    pub policies: Option<(Vec<String>, BTreeMap<String, String>)>,
}

/// IAM does not know yet whom the role is to trust.
const PRINCIPAL_NOT_READY: &str = "PrincipalNotReady";

pub fn role() -> Resource<Role, Create> {
    let inline_policy =
        vec![text("name").optional(), text("policy").optional().stored(version_first).same(is_same_policy)];
    let described = |getter: fn(&Described) -> Option<String>| move |found: &Role| getter(&found.described);
    Resource::new("IAM Role", 0, |aws: &Aws| aws.iam().create_role(), create)
        .fields(vec![
            text("arn").computed().from(described(|role| Some(role.arn.clone()))),
            text("assume_role_policy")
                .required()
                .stored(normal_policy)
                .same(is_same_policy)
                .from(described(|role| role.assume_role_policy_document().map(decoded)))
                .to(Create::set_assume_role_policy_document)
                .changed_by("trust"),
            text("create_date").computed().from(described(|role| shown_time(&role.create_date))),
            text("description")
                .optional()
                .from(described(|role| role.description.clone()))
                .never_null()
                .to(Create::set_description)
                .changed_by("role"),
            flag("force_detach_policies").default(false),
            block_set("inline_policy", inline_policy).optional().computed().from(inline_policies).changed_by("written"),
            set_of_text("managed_policy_arns")
                .optional()
                .computed()
                .deprecated()
                .from(|found: &Role| {
                    found.policies.as_ref().map_or(Value::null(Type::Dynamic), |(arns, _)| texts(arns))
                })
                .changed_by("attached"),
            number("max_session_duration")
                .default(3600)
                .from(|found: &Role| found.described.max_session_duration())
                .to(Create::set_max_session_duration)
                .changed_by("role"),
            text("name")
                .optional()
                .computed()
                .replaces()
                .conflicts(&["name_prefix"])
                .from(described(|role| Some(role.role_name.clone()))),
            text("name_prefix")
                .optional()
                .computed()
                .replaces()
                .conflicts(&["name"])
                .from(described(|role| Some(name_prefix_of(&role.role_name)))),
            text("path").default("/").replaces().from(described(|role| Some(role.path.clone()))).to(Create::set_path),
            text("permissions_boundary")
                .optional()
                .from(described(|role| role.permissions_boundary()?.permissions_boundary_arn().map(str::to_owned)))
                .never_null()
                .to(Create::set_permissions_boundary)
                .changed_by("boundary"),
            text("unique_id").computed().from(described(|role| Some(role.role_id.clone()))),
        ])
        .read_many(1, |found: &Role| found.described.role_name.clone(), read)
        .read_closer(|_| true, read_policies)
        .tagged(|found| tag_map(found.described.tags()), change_tags)
        .change("trust", change_trust)
        .change("role", change_role)
        .change("boundary", change_boundary)
        .change_after_create("attached", change_attached)
        .change_after_create("written", change_written)
        .delete(delete)
        .missing(&["NoSuchEntity"])
        .retry_create_on(&[PRINCIPAL_NOT_READY])
        .retry_delete_on(&["DeleteConflict"])
        .reconcile(reconcile)
        .recovered_by(find)
}

fn texts(texts: &[String]) -> Value {
    Value::set(Type::String, texts.iter().map(|text| Value::text(text)).collect())
}

fn inline_policies(found: &Role) -> Value {
    let Some((_, policies)) = &found.policies else { return Value::null(Type::Dynamic) };
    let block = |(name, policy): (&String, &String)| {
        Value::object([(Text::from("name"), Value::text(name)), ("policy".into(), Value::text(policy))])
    };
    Value::tuple(policies.iter().map(block).collect())
}

/// What was not asked for stays; policies keep the text they were written in.
fn reconcile(object: Value, before: &Value) -> Value {
    let known = |name: &str| before.get(name).filter(|value| !value.is_null() && value.is_wholly_known());
    let object = written_policy(object, before, "assume_role_policy");
    let entries = object.as_entries().into_iter().flat_map(|entries| entries.iter());
    let settled = entries.map(|(name, value)| {
        let own = match &**name {
            "inline_policy" => known(name).filter(|own| value.is_null() || has_same_policies(own, value)),
            "managed_policy_arns" => known(name).filter(|_| value.is_null()),
            _ => None,
        };
        (Text::from(&**name), own.unwrap_or(value).clone())
    });
    Value::object(settled.collect::<Vec<_>>())
}

fn has_same_policies(own: &Value, found: &Value) -> bool {
    let (own, found) = (own.as_items().unwrap_or_default(), found.as_items().unwrap_or_default());
    let is_among = |one: &Value| {
        let same = |name: &str, other: &Value| one.get(name) == other.get(name);
        found.iter().any(|other| {
            same("name", other)
                && matches!((one.get("policy"), other.get("policy")), (Some(one), Some(other)) if is_same_policy(one, other))
        })
    };
    own.len() == found.len() && own.iter().all(is_among)
}

fn name_of(call: &Call) -> String {
    call.name_or_generated("name", "name_prefix", "terraform-")
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let request = request.role_name(name_of(&call)).set_tags(sdk_tags(&call.tags));
    let answer = request.send().await.map_err(Failure::of("IAM: CreateRole")).map_err(|mut failure| {
        if failure.code == "MalformedPolicyDocument" && failure.message.contains("Invalid principal") {
            failure.code = PRINCIPAL_NOT_READY.into();
        }
        failure
    })?;
    Ok(answer.role.map(|role| role.role_name).unwrap_or_default())
}

async fn read(aws: Arc<Aws>, names: Vec<String>) -> Result<Vec<Role>, Failure> {
    let mut found = Vec::new();
    for name in names {
        let answer = aws.iam().get_role().role_name(name).send().await.map_err(Failure::of("IAM: GetRole"))?;
        found.extend(answer.role.map(|described| Role { described, policies: None }));
    }
    Ok(found)
}

async fn read_policies(aws: Arc<Aws>, role: Role) -> Result<Role, Failure> {
    let name = &role.described.role_name;
    let policies = futures::future::try_join(attached(&aws, name), written_texts(&aws, name)).await?;
    Ok(Role { policies: Some(policies), ..role })
}

async fn find(call: Call) -> Result<Option<String>, Failure> {
    match read(call.aws.clone(), vec![name_of(&call)]).await {
        Ok(found) => Ok(found.into_iter().next().map(|role| role.described.role_name)),
        Err(failure) if failure.is_any(&["NoSuchEntity"]) => Ok(None),
        Err(failure) => Err(failure),
    }
}
