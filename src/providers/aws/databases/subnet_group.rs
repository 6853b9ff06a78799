//! `aws_db_subnet_group` <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSubnetGroup.html>

use super::tags::{change_tags, read_tags, sdk_tags};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, name_prefix_of, set_of_text, text};
use crate::value::Value;
use aws_sdk_rds::operation::create_db_subnet_group::builders::CreateDBSubnetGroupFluentBuilder as Create;
use aws_sdk_rds::types::{DbSubnetGroup as Described, Subnet};
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct SubnetGroup {
    group: Described,
    tags: BTreeMap<String, String>,
}

pub fn db_subnet_group() -> Resource<SubnetGroup, Create> {
    Resource::new("RDS DB Subnet Group", 0, |aws| aws.rds().create_db_subnet_group(), create)
        .fields(vec![
            text("arn").computed().from(|found: &SubnetGroup| found.group.db_subnet_group_arn.clone()),
            text("description")
                .default("Managed by Terraform")
                .from(|found: &SubnetGroup| found.group.db_subnet_group_description.clone())
                .to(Create::set_db_subnet_group_description)
                .changed_by("modify"),
            text("name")
                .optional()
                .computed()
                .replaces()
                .conflicts(&["name_prefix"])
                .check(|name| check_name("name", name))
                .from(|found: &SubnetGroup| found.group.db_subnet_group_name.clone()),
            text("name_prefix")
                .optional()
                .computed()
                .replaces()
                .conflicts(&["name"])
                .check(|prefix| check_name("name_prefix", prefix))
                .from(|found: &SubnetGroup| {
                    Some(name_prefix_of(found.group.db_subnet_group_name().unwrap_or_default()))
                }),
            set_of_text("subnet_ids")
                .required()
                .from(|found: &SubnetGroup| subnets_of(&found.group))
                .to(Create::set_subnet_ids)
                .changed_by("modify"),
            set_of_text("supported_network_types")
                .computed()
                .from(|found: &SubnetGroup| super::texts(found.group.supported_network_types())),
            text("vpc_id").computed().from(|found: &SubnetGroup| found.group.vpc_id.clone()),
        ])
        .read_many(1, |found: &SubnetGroup| found.group.db_subnet_group_name().unwrap_or_default().to_owned(), read)
        .tagged(|found| found.tags.clone(), change_tags)
        .change("modify", modify)
        .delete(delete)
        .missing(&["DBSubnetGroupNotFoundFault"])
        .retry_delete_on(&["InvalidDBSubnetGroupStateFault"])
        .recovered_by(|call: Call| async move { Ok(Some(name_of(&call))) })
}

/// RDS keeps names in small letters: a name with others would never be found again.
fn check_name(attribute: &str, name: &Value) -> Result<(), String> {
    let is_allowed = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '-' | '_' | '.' | ' ');
    let name = name.as_str().map(|name| &**name).unwrap_or_default();
    if !name.chars().all(is_allowed) {
        let allowed = "only lowercase alphanumeric characters, hyphens, underscores, periods, and spaces allowed";
        return Err(format!("{allowed} in {attribute:?}"));
    }
    if name.eq_ignore_ascii_case("default") {
        return Err(format!("{attribute:?} is not allowed as \"Default\""));
    }
    Ok(())
}

fn subnets_of(group: &Described) -> Value {
    let ids: Vec<String> = group.subnets().iter().filter_map(Subnet::subnet_identifier).map(str::to_owned).collect();
    super::texts(&ids)
}

fn name_of(call: &Call) -> String {
    call.name_or_generated("name", "name_prefix", "terraform-").to_lowercase()
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let name = name_of(&call);
    let request = request.db_subnet_group_name(&name).set_tags(sdk_tags(&call.tags));
    request.send().await.map_err(Failure::of("RDS: CreateDBSubnetGroup"))?;
    Ok(name)
}

async fn read(aws: Arc<Aws>, names: Vec<String>) -> Result<Vec<SubnetGroup>, Failure> {
    let mut found = Vec::new();
    for name in names {
        let request = aws.rds().describe_db_subnet_groups().db_subnet_group_name(name);
        let answer = request.send().await.map_err(Failure::of("RDS: DescribeDBSubnetGroups"))?;
        for group in answer.db_subnet_groups.unwrap_or_default() {
            let tags = read_tags(&aws, group.db_subnet_group_arn().unwrap_or_default()).await?;
            found.push(SubnetGroup { group, tags });
        }
    }
    Ok(found)
}

async fn modify(call: Call) -> Result<(), Failure> {
    let request = call
        .aws
        .rds()
        .modify_db_subnet_group()
        .db_subnet_group_name(&call.id)
        .set_db_subnet_group_description(call.changed().text("description"))
        .set_subnet_ids(Some(call.want.texts("subnet_ids")));
    request.send().await.map_err(Failure::of("RDS: ModifyDBSubnetGroup"))?;
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.rds().delete_db_subnet_group().db_subnet_group_name(&call.id);
    request.send().await.map_err(Failure::of("RDS: DeleteDBSubnetGroup"))?;
    Ok(())
}
