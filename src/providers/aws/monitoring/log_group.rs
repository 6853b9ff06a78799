//! `aws_cloudwatch_log_group` <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, flag, name_prefix_of, number, text};
use crate::value::Value;
use aws_sdk_cloudwatchlogs::operation::create_log_group::builders::CreateLogGroupFluentBuilder as Create;
use aws_sdk_cloudwatchlogs::types::LogGroup as Described;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub struct LogGroup {
    described: Described,
    tags: BTreeMap<String, String>,
}

pub fn log_group() -> Resource<LogGroup, Create> {
    let said =
        |getter: fn(&Described) -> Option<&str>| move |found: &LogGroup| getter(&found.described).map(str::to_owned);
    let begin = |aws: &Aws| aws.logs().create_log_group();
    Resource::new("CloudWatch Logs Log Group", 0, begin, create)
        .fields(vec![
            text("arn").computed().from(|found: &LogGroup| Some(arn_of(&found.described))),
            text("kms_key_id")
                .optional()
                .from(said(Described::kms_key_id))
                .never_null()
                .to(Create::set_kms_key_id)
                .changed_by("key"),
            text("log_group_class")
                .optional()
                .computed()
                .replaces()
                .one_of(&["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"])
                .from(said(|group| Some(group.log_group_class().map_or("", |class| class.as_str()))))
                .enum_to(Create::set_log_group_class),
            text("name")
                .optional()
                .computed()
                .replaces()
                .conflicts(&["name_prefix"])
                .from(said(Described::log_group_name)),
            text("name_prefix")
                .optional()
                .computed()
                .replaces()
                .conflicts(&["name"])
                .from(|found: &LogGroup| Some(name_prefix_of(found.described.log_group_name().unwrap_or_default()))),
            number("retention_in_days")
                .default(0)
                .check(is_retention)
                .from(|found: &LogGroup| found.described.retention_in_days())
                .never_null()
                .changed_by("retention"),
            flag("skip_destroy").default(false),
        ])
        .read_many(1, |found: &LogGroup| found.described.log_group_name().unwrap_or_default().to_owned(), read)
        .tagged(|found| found.tags.clone(), change_tags)
        .change("key", change_key)
        .change_after_create("retention", change_retention)
        .delete(delete)
        .missing(&["ResourceNotFoundException"])
        .retry_create_on(&["OperationAbortedException"])
        .retry_delete_on(&["OperationAbortedException"])
        .recovered_by(find)
}

fn is_retention(value: &Value) -> Result<(), String> {
    const DAYS: [i64; 23] =
        [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];
    match value.as_number().and_then(|number| number.to_i64()) {
        Some(days) if !DAYS.contains(&days) => {
            let allowed = DAYS.map(|days| days.to_string()).join(" ");
            Err(format!("expected retention_in_days to be one of [{allowed}], got {days}"))
        }
        _ => Ok(()),
    }
}

/// Without the `:*` at its end.
fn arn_of(group: &Described) -> String {
    group.arn().unwrap_or_default().trim_end_matches(":*").to_owned()
}

fn name_of(call: &Call) -> String {
    call.name_or_generated("name", "name_prefix", "terraform-")
}

fn sdk_tags(tags: &BTreeMap<String, String>) -> Option<HashMap<String, String>> {
    (!tags.is_empty()).then(|| tags.clone().into_iter().collect())
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let name = name_of(&call);
    let request = request.log_group_name(&name).set_tags(sdk_tags(&call.tags));
    request.send().await.map_err(Failure::of("CloudWatch Logs: CreateLogGroup"))?;
    Ok(name)
}

/// Groups are found by the beginning of their names; the shortest name, the one that is meant, comes first.
async fn describe(aws: &Aws, name: &str) -> Result<Option<Described>, Failure> {
    let request = aws.logs().describe_log_groups().log_group_name_prefix(name).limit(1);
    let answer = request.send().await.map_err(Failure::of("CloudWatch Logs: DescribeLogGroups"))?;
    Ok(answer.log_groups.unwrap_or_default().into_iter().find(|group| group.log_group_name() == Some(name)))
}

async fn read(aws: Arc<Aws>, names: Vec<String>) -> Result<Vec<LogGroup>, Failure> {
    let mut found = Vec::new();
    for name in names {
        let Some(described) = describe(&aws, &name).await? else { continue };
        let request = aws.logs().list_tags_for_resource().resource_arn(arn_of(&described));
        let answer = request.send().await.map_err(Failure::of("CloudWatch Logs: ListTagsForResource"))?;
        found.push(LogGroup { described, tags: answer.tags.unwrap_or_default().into_iter().collect() });
    }
    Ok(found)
}

async fn find(call: Call) -> Result<Option<String>, Failure> {
    let name = name_of(&call);
    Ok(describe(&call.aws, &name).await?.map(|_| name))
}

async fn change_retention(call: Call) -> Result<(), Failure> {
    let logs = call.aws.logs();
    match call.want.integer("retention_in_days").filter(|days| *days != 0) {
        Some(days) => {
            let request = logs.put_retention_policy().log_group_name(&call.id).retention_in_days(days);
            request.send().await.map_err(Failure::of("CloudWatch Logs: PutRetentionPolicy"))?;
        }
        None => {
            let request = logs.delete_retention_policy().log_group_name(&call.id);
            request.send().await.map_err(Failure::of("CloudWatch Logs: DeleteRetentionPolicy"))?;
        }
    }
    Ok(())
}

async fn change_key(call: Call) -> Result<(), Failure> {
    let logs = call.aws.logs();
    match call.want.filled("kms_key_id") {
        Some(key) => {
            let request = logs.associate_kms_key().log_group_name(&call.id).kms_key_id(key);
            request.send().await.map_err(Failure::of("CloudWatch Logs: AssociateKmsKey"))?;
        }
        None => {
            let request = logs.disassociate_kms_key().log_group_name(&call.id);
            request.send().await.map_err(Failure::of("CloudWatch Logs: DisassociateKmsKey"))?;
        }
    }
    Ok(())
}

async fn change_tags(call: Call) -> Result<(), Failure> {
    let arn = call.prior.text("arn").unwrap_or_default();
    let gone = call.gone_tags();
    if !gone.is_empty() {
        let request = call.aws.logs().untag_resource().resource_arn(&arn).set_tag_keys(Some(gone));
        request.send().await.map_err(Failure::of("CloudWatch Logs: UntagResource"))?;
    }
    if !call.tags.is_empty() {
        let request = call.aws.logs().tag_resource().resource_arn(&arn).set_tags(sdk_tags(&call.tags));
        request.send().await.map_err(Failure::of("CloudWatch Logs: TagResource"))?;
    }
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.logs().delete_log_group().log_group_name(&call.id);
    request.send().await.map_err(Failure::of("CloudWatch Logs: DeleteLogGroup"))?;
    Ok(())
}
