//! `aws_sns_topic` <https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html>
//!
//! A topic is its attributes: most are named in the API as here, in camel case.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    Call, Failure, Field, Resource, Want, flag, is_same_json, is_same_policy, name_prefix_of, normal_json, number,
    text, written_policy,
};
use crate::providers::aws::identity::normal_policy;
use crate::value::{Type, Value};
use aws_sdk_sns::operation::create_topic::builders::CreateTopicFluentBuilder as Create;
use aws_sdk_sns::types::Tag;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub struct Topic {
    arn: String,
    attributes: HashMap<String, String>,
    tags: BTreeMap<String, String>,
}

/// Our name and the API's, of attributes that can be set.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("application_failure_feedback_role_arn", "ApplicationFailureFeedbackRoleArn"),
    ("application_success_feedback_role_arn", "ApplicationSuccessFeedbackRoleArn"),
    ("application_success_feedback_sample_rate", "ApplicationSuccessFeedbackSampleRate"),
    ("archive_policy", "ArchivePolicy"),
    ("content_based_deduplication", "ContentBasedDeduplication"),
    ("delivery_policy", "DeliveryPolicy"),
    ("display_name", "DisplayName"),
    ("fifo_throughput_scope", "FifoThroughputScope"),
    ("firehose_failure_feedback_role_arn", "FirehoseFailureFeedbackRoleArn"),
    ("firehose_success_feedback_role_arn", "FirehoseSuccessFeedbackRoleArn"),
    ("firehose_success_feedback_sample_rate", "FirehoseSuccessFeedbackSampleRate"),
    ("http_failure_feedback_role_arn", "HTTPFailureFeedbackRoleArn"),
    ("http_success_feedback_role_arn", "HTTPSuccessFeedbackRoleArn"),
    ("http_success_feedback_sample_rate", "HTTPSuccessFeedbackSampleRate"),
    ("kms_master_key_id", "KmsMasterKeyId"),
    ("lambda_failure_feedback_role_arn", "LambdaFailureFeedbackRoleArn"),
    ("lambda_success_feedback_role_arn", "LambdaSuccessFeedbackRoleArn"),
    ("lambda_success_feedback_sample_rate", "LambdaSuccessFeedbackSampleRate"),
    ("policy", "Policy"),
    ("signature_version", "SignatureVersion"),
    ("sqs_failure_feedback_role_arn", "SQSFailureFeedbackRoleArn"),
    ("sqs_success_feedback_role_arn", "SQSSuccessFeedbackRoleArn"),
    ("sqs_success_feedback_sample_rate", "SQSSuccessFeedbackSampleRate"),
    ("tracing_config", "TracingConfig"),
];

pub fn topic() -> Resource<Topic, Create> {
    Resource::new("SNS Topic", 0, |aws: &Aws| aws.sns().create_topic(), create)
        .fields(fields())
        .read_many(1, |found: &Topic| found.arn.clone(), read)
        .tagged(|found| found.tags.clone(), change_tags)
        .change_after_create("attributes", change_attributes)
        .delete(delete)
        .missing(&["NotFound", "NotFoundException"])
        .reconcile(|object, before| written_policy(object, before, "policy"))
        .recovered_by_token()
}

fn fields() -> Vec<Field<Topic, Create>> {
    let feedback = ["application", "firehose", "http", "lambda", "sqs"];
    let of_name = |suffix: &'static str| {
        let named = ATTRIBUTES.iter().map(|(name, _)| *name);
        named.filter(move |name| feedback.iter().any(|kind| *name == format!("{kind}_{suffix}")))
    };
    let roles = of_name("failure_feedback_role_arn").chain(of_name("success_feedback_role_arn"));
    let rates = of_name("success_feedback_sample_rate");
    let mut fields: Vec<Field<Topic, Create>> = roles.map(|name| set(text(name).optional()).never_null()).collect();
    fields.extend(rates.map(|name| set(number(name).optional().between(0, 100)).never_null()));
    fields.extend([
        set(text("archive_policy").optional().same(is_same_json)).never_null(),
        text("arn").computed().from(|found: &Topic| Some(found.arn.clone())),
        shown(text("beginning_archive_time").computed(), "BeginningArchiveTime").never_null(),
        set(flag("content_based_deduplication").default(false)).never_null(),
        set(text("delivery_policy").optional().same(is_same_json)).never_null(),
        set(text("display_name").optional()).never_null(),
        set(text("fifo_throughput_scope").optional().computed().one_of(&["Topic", "MessageGroup"])).never_null(),
        shown(flag("fifo_topic").default(false).replaces(), "FifoTopic").never_null(),
        set(text("kms_master_key_id").optional()).never_null(),
        text("name")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["name_prefix"])
            .from(|found: &Topic| Some(name_in(&found.arn))),
        text("name_prefix")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["name"])
            .from(|found: &Topic| Some(name_prefix_of(name_in(&found.arn).trim_end_matches(".fifo")))),
        shown(text("owner").computed(), "Owner"),
        text("policy")
            .optional()
            .computed()
            .stored(normal_policy)
            .same(is_same_policy)
            .from(|found: &Topic| found.attributes.get("Policy").map(|policy| normal_json(policy)))
            .changed_by("attributes"),
        set(number("signature_version").optional().computed().between(1, 2)).never_null(),
        set(text("tracing_config").optional().computed().one_of(&["Active", "PassThrough"])).never_null(),
    ]);
    fields
}

/// An attribute that can be set, and is read under its API name.
fn set(field: Field<Topic, Create>) -> Field<Topic, Create> {
    let name = field.declared.name;
    let in_api = ATTRIBUTES.iter().find(|(own, _)| *own == name).map_or("", |(_, in_api)| in_api);
    shown(field, in_api).changed_by("attributes")
}

/// Attributes are texts in the API, whatever they say.
fn shown(field: Field<Topic, Create>, in_api: &'static str) -> Field<Topic, Create> {
    field.from(move |found: &Topic| match found.attributes.get(in_api) {
        Some(text) => Value::text(text),
        None => Value::null(Type::String),
    })
}

fn name_in(arn: &str) -> String {
    arn.rsplit(':').next().unwrap_or_default().to_owned()
}

fn sdk_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect()
}

/// To create a topic that is there gives that one.
async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let is_fifo = call.want.flag("fifo_topic").unwrap_or_default();
    let name = call.name_or_generated("name", "name_prefix", "terraform-");
    let name = if is_fifo && !name.ends_with(".fifo") { format!("{name}.fifo") } else { name };
    let tags = Some(sdk_tags(&call.tags)).filter(|tags| !tags.is_empty());
    let attributes = is_fifo.then(|| HashMap::from([("FifoTopic".to_owned(), "true".to_owned())]));
    let request = request.name(name).set_tags(tags).set_attributes(attributes);
    let answer = request.send().await.map_err(Failure::of("SNS: CreateTopic"))?;
    Ok(answer.topic_arn.unwrap_or_default())
}

async fn read(aws: Arc<Aws>, arns: Vec<String>) -> Result<Vec<Topic>, Failure> {
    let mut found = Vec::new();
    for arn in arns {
        let request = aws.sns().get_topic_attributes().topic_arn(&arn);
        let attributes = request.send().await.map_err(Failure::of("SNS: GetTopicAttributes"))?.attributes;
        let request = aws.sns().list_tags_for_resource().resource_arn(&arn);
        let answer = request.send().await.map_err(Failure::of("SNS: ListTagsForResource"))?;
        let tags = answer.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
        found.push(Topic { arn, attributes: attributes.unwrap_or_default(), tags });
    }
    Ok(found)
}

/// One call for each attribute that differs.
async fn change_attributes(call: Call) -> Result<(), Failure> {
    for (in_api, text) in to_be_set(&call.prior, &call.changed()) {
        let request = call.aws.sns().set_topic_attributes().topic_arn(&call.id).attribute_name(in_api);
        request.attribute_value(text).send().await.map_err(Failure::of("SNS: SetTopicAttributes"))?;
    }
    Ok(())
}

/// By their names in the API. What says nothing, as before, is left alone: the API refuses some even empty.
fn to_be_set(prior: &Want, changed: &Want) -> Vec<(&'static str, String)> {
    let set = ATTRIBUTES.iter().filter_map(|(name, in_api)| {
        let value = changed.0.get(name).filter(|value| value.is_known())?;
        if value.is_zero() && prior.0.get(name).is_none_or(Value::is_zero) {
            return None;
        }
        let text = crate::value::convert(value, &Type::String).ok();
        Some((*in_api, text.as_ref().and_then(Value::as_str).map(ToString::to_string).unwrap_or_default()))
    });
    set.collect()
}

async fn change_tags(call: Call) -> Result<(), Failure> {
    let gone = call.gone_tags();
    if !gone.is_empty() {
        let request = call.aws.sns().untag_resource().resource_arn(&call.id).set_tag_keys(Some(gone));
        request.send().await.map_err(Failure::of("SNS: UntagResource"))?;
    }
    if !call.tags.is_empty() {
        let request = call.aws.sns().tag_resource().resource_arn(&call.id).set_tags(Some(sdk_tags(&call.tags)));
        request.send().await.map_err(Failure::of("SNS: TagResource"))?;
    }
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    call.aws.sns().delete_topic().topic_arn(&call.id).send().await.map_err(Failure::of("SNS: DeleteTopic"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::to_be_set;
    use crate::providers::aws::engine::Want;
    use crate::value::{Text, Type, Value};

    #[test]
    fn what_says_nothing_is_not_set() {
        let topic = |name: &str, policy: Value, archive: Value| {
            let attributes =
                [("display_name", Value::text(name)), ("delivery_policy", policy), ("archive_policy", archive)];
            Want(Value::object(attributes.map(|(name, value)| (Text::from(name), value))))
        };
        let found = topic("", Value::text("{}"), Value::text(""));
        let wanted = topic("Fleet", Value::null(Type::String), Value::null(Type::String));
        let (name, policy) = (("DisplayName", "Fleet".to_owned()), ("DeliveryPolicy", String::new()));
        let mut set = to_be_set(&found, &wanted);
        set.sort();
        assert_eq!(set, [policy, name]);
    }
}
