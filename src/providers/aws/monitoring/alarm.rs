//! `aws_cloudwatch_metric_alarm` <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>

use super::alarm_fields::fields;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource};
use aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder as Put;
use aws_sdk_cloudwatch::types::{MetricAlarm, Tag};
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct Alarm {
    pub described: MetricAlarm,
    pub tags: BTreeMap<String, String>,
}

pub fn alarm() -> Resource<Alarm, Put> {
    let begin = |aws: &Aws| aws.cloudwatch().put_metric_alarm();
    Resource::new("CloudWatch Metric Alarm", 1, begin, put)
        .fields(fields())
        .read_many(100, |found: &Alarm| found.described.alarm_name().unwrap_or_default().to_owned(), read)
        .tagged(|found| found.tags.clone(), change_tags)
        .delete(delete)
        .missing(&["ResourceNotFound"])
        .recovered_by_token()
}

/// Tags are taken with the first put only.
async fn put(request: Put, call: Call) -> Result<String, Failure> {
    let tags = Some(sdk_tags(&call.tags)).filter(|tags| call.id.is_empty() && !tags.is_empty());
    request.set_tags(tags).send().await.map_err(Failure::of("CloudWatch: PutMetricAlarm"))?;
    Ok(call.want.text("alarm_name").unwrap_or_default())
}

fn sdk_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

async fn read(aws: Arc<Aws>, names: Vec<String>) -> Result<Vec<Alarm>, Failure> {
    let request = aws.cloudwatch().describe_alarms().set_alarm_names(Some(names));
    let answer = request.send().await.map_err(Failure::of("CloudWatch: DescribeAlarms"))?;
    let with_tags = |described: MetricAlarm| async {
        let arn = described.alarm_arn().unwrap_or_default();
        let request = aws.cloudwatch().list_tags_for_resource().resource_arn(arn);
        let answer = request.send().await.map_err(Failure::of("CloudWatch: ListTagsForResource"))?;
        let pair = |tag: &Tag| (tag.key().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned());
        Ok(Alarm { tags: answer.tags().iter().map(pair).collect(), described })
    };
    futures::future::try_join_all(answer.metric_alarms.unwrap_or_default().into_iter().map(with_tags)).await
}

async fn change_tags(call: Call) -> Result<(), Failure> {
    let arn = call.prior.text("arn").unwrap_or_default();
    let gone = call.gone_tags();
    let cloudwatch = call.aws.cloudwatch();
    if !gone.is_empty() {
        let request = cloudwatch.untag_resource().resource_arn(&arn).set_tag_keys(Some(gone));
        request.send().await.map_err(Failure::of("CloudWatch: UntagResource"))?;
    }
    if !call.tags.is_empty() {
        let request = cloudwatch.tag_resource().resource_arn(&arn).set_tags(Some(sdk_tags(&call.tags)));
        request.send().await.map_err(Failure::of("CloudWatch: TagResource"))?;
    }
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.cloudwatch().delete_alarms().alarm_names(&call.id);
    request.send().await.map_err(Failure::of("CloudWatch: DeleteAlarms"))?;
    Ok(())
}
