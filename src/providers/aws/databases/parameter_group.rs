//! `aws_db_parameter_group` <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBParameterGroup.html>
//!
//! State holds the parameters that somebody set, not the hundreds that have their defaults.

use super::tags::{change_tags, read_tags, sdk_tags};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, Want, all_of, block_set, flag, name_prefix_of, text};
use crate::value::{Type, Value};
use aws_sdk_rds::operation::create_db_parameter_group::builders::CreateDBParameterGroupFluentBuilder as Create;
use aws_sdk_rds::types::{DbParameterGroup as Described, Parameter};
use std::collections::BTreeMap;
use std::sync::Arc;

/// As many as one call takes.
const PARAMETERS_PER_CALL: usize = 20;

pub struct ParameterGroup {
    group: Described,
    parameters: Vec<Parameter>,
    tags: BTreeMap<String, String>,
}

pub fn db_parameter_group() -> Resource<ParameterGroup, Create> {
    let begin = |aws: &Aws| aws.rds().create_db_parameter_group();
    Resource::new("RDS DB Parameter Group", 0, begin, create)
        .fields(vec![
            text("arn").computed().from(|found: &ParameterGroup| found.group.db_parameter_group_arn.clone()),
            text("description")
                .default("Managed by Terraform")
                .replaces()
                .from(|found: &ParameterGroup| found.group.description.clone())
                .to(Create::set_description),
            text("family")
                .required()
                .replaces()
                .from(|found: &ParameterGroup| found.group.db_parameter_group_family.clone())
                .to(Create::set_db_parameter_group_family),
            text("name")
                .optional()
                .computed()
                .replaces()
                .conflicts(&["name_prefix"])
                .from(|found: &ParameterGroup| found.group.db_parameter_group_name.clone()),
            text("name_prefix").optional().computed().replaces().conflicts(&["name"]).from(|found: &ParameterGroup| {
                Some(name_prefix_of(found.group.db_parameter_group_name().unwrap_or_default()))
            }),
            flag("skip_destroy").default(false),
            block_set(
                "parameter",
                vec![text("apply_method").default("immediate"), text("name").required(), text("value").required()],
            )
            .optional()
            .from(|found: &ParameterGroup| parameters_of(found))
            .changed_by("parameters"),
        ])
        .read_many(1, |found: &ParameterGroup| found.group.db_parameter_group_name().unwrap_or_default().into(), read)
        .tagged(|found| found.tags.clone(), change_tags)
        .change_after_create("parameters", change_parameters)
        .delete(delete)
        .missing(&["DBParameterGroupNotFound", "DBParameterGroupNotFoundFault"])
        .retry_delete_on(&["InvalidDBParameterGroupState", "InvalidDBParameterGroupStateFault"])
        .recovered_by(|call: Call| async move { Ok(Some(name_of(&call))) })
}

fn name_of(call: &Call) -> String {
    call.name_or_generated("name", "name_prefix", "terraform-").to_lowercase()
}

fn parameters_of(found: &ParameterGroup) -> Value {
    let of = Type::object(["apply_method", "name", "value"].map(|name| (name.into(), Type::String)));
    let one = |parameter: &Parameter| {
        Value::object([
            (
                "apply_method".into(),
                Value::text(parameter.apply_method().map_or("immediate", |method| method.as_str())),
            ),
            ("name".into(), Value::text(&parameter.parameter_name().unwrap_or_default().to_lowercase())),
            ("value".into(), Value::text(parameter.parameter_value().unwrap_or_default())),
        ])
    };
    Value::set(of, found.parameters.iter().filter(|parameter| parameter.parameter_value().is_some()).map(one).collect())
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let name = name_of(&call);
    let request = request.db_parameter_group_name(&name).set_tags(sdk_tags(&call.tags));
    request.send().await.map_err(Failure::of("RDS: CreateDBParameterGroup"))?;
    Ok(name)
}

async fn read(aws: Arc<Aws>, names: Vec<String>) -> Result<Vec<ParameterGroup>, Failure> {
    let mut found = Vec::new();
    for name in names {
        let request = aws.rds().describe_db_parameter_groups().db_parameter_group_name(&name);
        let answer = request.send().await.map_err(Failure::of("RDS: DescribeDBParameterGroups"))?;
        for group in answer.db_parameter_groups.unwrap_or_default() {
            let pages = aws.rds().describe_db_parameters().db_parameter_group_name(&name).source("user");
            let pages = pages.into_paginator().items().send();
            let parameters = all_of(pages, "RDS: DescribeDBParameters").await?;
            let tags = read_tags(&aws, group.db_parameter_group_arn().unwrap_or_default()).await?;
            found.push(ParameterGroup { group, parameters, tags });
        }
    }
    Ok(found)
}

/// Those left out go back to their defaults, those that are new or different are set.
async fn change_parameters(call: Call) -> Result<(), Failure> {
    let (former, wanted) = (call.prior.items("parameter"), call.want.items("parameter"));
    let is_kept = |one: &Want| wanted.iter().any(|other| other.text("name") == one.text("name"));
    let gone: Vec<Parameter> = former.iter().filter(|one| !is_kept(one)).map(parameter_of).collect();
    let set: Vec<Parameter> =
        wanted.iter().filter(|one| !former.iter().any(|other| other.0 == one.0)).map(parameter_of).collect();
    let rds = call.aws.rds();
    for chunk in gone.chunks(PARAMETERS_PER_CALL) {
        let request = rds.reset_db_parameter_group().db_parameter_group_name(&call.id);
        let request = request.reset_all_parameters(false).set_parameters(Some(chunk.to_vec()));
        request.send().await.map_err(Failure::of("RDS: ResetDBParameterGroup"))?;
    }
    for chunk in set.chunks(PARAMETERS_PER_CALL) {
        let request = rds.modify_db_parameter_group().db_parameter_group_name(&call.id);
        let request = request.set_parameters(Some(chunk.to_vec()));
        request.send().await.map_err(Failure::of("RDS: ModifyDBParameterGroup"))?;
    }
    Ok(())
}

fn parameter_of(block: &Want) -> Parameter {
    let method = block.text("apply_method").map(|method| method.as_str().into());
    let name = block.text("name").unwrap_or_default().to_lowercase();
    Parameter::builder().parameter_name(name).set_parameter_value(block.text("value")).set_apply_method(method).build()
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.rds().delete_db_parameter_group().db_parameter_group_name(&call.id);
    request.send().await.map_err(Failure::of("RDS: DeleteDBParameterGroup"))?;
    Ok(())
}
