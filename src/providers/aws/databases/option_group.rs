//! `aws_db_option_group` <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_OptionGroup.html>

use super::option::{as_configured, configuration_of, option_fields, option_of};
use super::tags::{change_tags, read_tags, sdk_tags};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Field, Resource, Want, block_set, flag, name_prefix_of, text};
use aws_sdk_rds::operation::create_option_group::builders::CreateOptionGroupFluentBuilder as Create;
use aws_sdk_rds::types::{OptionConfiguration, OptionGroup};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct Group {
    pub group: OptionGroup,
    pub tags: BTreeMap<String, String>,
}

pub fn option_group() -> Resource<Group, Create> {
    let begin = |aws: &Aws| aws.rds().create_option_group();
    Resource::new("RDS DB Option Group", 0, begin, create)
        .fields(fields())
        .read_many(1, |found: &Group| found.group.option_group_name().unwrap_or_default().to_owned(), read)
        .tagged(|found| found.tags.clone(), change_tags)
        .change_after_create("options", change_options)
        .delete(delete)
        .missing(&["OptionGroupNotFoundFault"])
        .retry_delete_on(&["InvalidOptionGroupStateFault"])
        .reconcile(as_configured)
        .recovered_by(find)
        .timeouts(&[("delete", 15)])
}

fn fields() -> Vec<Field<Group, Create>> {
    vec![
        text("arn").computed().from(|found: &Group| found.group.option_group_arn.clone()),
        text("engine_name")
            .required()
            .replaces()
            .from(|found: &Group| found.group.engine_name.clone())
            .to(Create::set_engine_name),
        text("major_engine_version")
            .required()
            .replaces()
            .from(|found: &Group| found.group.major_engine_version.clone())
            .to(Create::set_major_engine_version),
        text("name")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["name_prefix"])
            .from(|found: &Group| found.group.option_group_name.clone()),
        text("name_prefix")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["name"])
            .from(|found: &Group| Some(name_prefix_of(found.group.option_group_name().unwrap_or_default()))),
        block_set("option", option_fields())
            .optional()
            .from(|found: &Group| found.group.options().iter().map(option_of).collect::<Json>())
            .changed_by("options"),
        text("option_group_description")
            .default("Managed by Terraform")
            .replaces()
            .from(|found: &Group| found.group.option_group_description.clone())
            .to(Create::set_option_group_description),
        flag("skip_destroy").default(false),
    ]
}

fn name_of(call: &Call) -> String {
    call.name_or_generated("name", "name_prefix", "terraform-").to_lowercase()
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let name = name_of(&call);
    let request = request.option_group_name(&name).set_tags(sdk_tags(&call.tags));
    request.send().await.map_err(Failure::of("RDS: CreateOptionGroup"))?;
    Ok(name)
}

async fn read(aws: Arc<Aws>, names: Vec<String>) -> Result<Vec<Group>, Failure> {
    let mut found = Vec::new();
    for name in names {
        let request = aws.rds().describe_option_groups().option_group_name(name);
        let answer = request.send().await.map_err(Failure::of("RDS: DescribeOptionGroups"))?;
        for group in answer.option_groups_list.unwrap_or_default() {
            let tags = read_tags(&aws, group.option_group_arn().unwrap_or_default()).await?;
            found.push(Group { group, tags });
        }
    }
    Ok(found)
}

async fn find(call: Call) -> Result<Option<String>, Failure> {
    let name = name_of(&call);
    match read(call.aws.clone(), vec![name.clone()]).await {
        Ok(found) => Ok(found.first().map(|_| name)),
        Err(failure) if failure.is_any(&["OptionGroupNotFoundFault"]) => Ok(None),
        Err(failure) => Err(failure),
    }
}

async fn change_options(call: Call) -> Result<(), Failure> {
    let (former, wanted) = (call.prior.items("option"), call.want.items("option"));
    let name = |option: &Want| option.text("option_name").unwrap_or_default();
    let gone: Vec<String> =
        former.iter().map(name).filter(|old| !wanted.iter().any(|option| name(option) == *old)).collect();
    let changed: Vec<OptionConfiguration> =
        wanted.iter().filter(|option| !former.iter().any(|old| old.0 == option.0)).map(configuration_of).collect();
    let request = call
        .aws
        .rds()
        .modify_option_group()
        .option_group_name(&call.id)
        .apply_immediately(true)
        .set_options_to_include((!changed.is_empty()).then_some(changed))
        .set_options_to_remove((!gone.is_empty()).then_some(gone));
    request.send().await.map(drop).map_err(Failure::of("RDS: ModifyOptionGroup"))
}

async fn delete(call: Call) -> Result<(), Failure> {
    let sent = call.aws.rds().delete_option_group().option_group_name(&call.id).send().await;
    sent.map(drop).map_err(Failure::of("RDS: DeleteOptionGroup"))
}
