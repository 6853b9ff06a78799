//! `aws_ssm_parameter`, resource and data source <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Parameter.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, flag, number, text};
use crate::value::{Text, Type, Value};
use aws_sdk_ssm::operation::put_parameter::builders::PutParameterFluentBuilder as Create;
use aws_sdk_ssm::types::{
    Parameter as Described, ParameterMetadata, ParameterStringFilter, ResourceTypeForTagging, Tag,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// As many names as GetParameters takes.
const NAMES_PER_CALL: usize = 10;

pub struct Parameter {
    parameter: Described,
    /// What only DescribeParameters tells.
    metadata: Option<ParameterMetadata>,
    tags: BTreeMap<String, String>,
}

pub fn ssm_parameter() -> Resource<Parameter, Create> {
    Resource::new("SSM Parameter", 0, |aws| aws.ssm().put_parameter(), create)
        .fields(vec![
            text("allowed_pattern")
                .optional()
                .from(|found: &Parameter| found.metadata.as_ref()?.allowed_pattern.clone())
                .never_null()
                .to(Create::set_allowed_pattern)
                .changed_by("put"),
            text("arn").optional().computed().from(|found: &Parameter| found.parameter.arn.clone()),
            text("data_type")
                .optional()
                .computed()
                .replaces()
                .from(|found: &Parameter| found.parameter.data_type.clone())
                .to(Create::set_data_type),
            text("description")
                .optional()
                .from(|found: &Parameter| found.metadata.as_ref()?.description.clone())
                .never_null()
                .to(Create::set_description)
                .changed_by("put"),
            flag("has_value_wo").computed().follows(&["value_wo_version"]),
            text("insecure_value")
                .optional()
                .computed()
                .follows(&["value"])
                .exactly_one(&["value", "value_wo"])
                .to(Create::set_value)
                .changed_by("put"),
            text("key_id")
                .optional()
                .computed()
                .from(|found: &Parameter| found.metadata.as_ref()?.key_id.clone())
                .never_null()
                .to(Create::set_key_id)
                .changed_by("put"),
            text("name")
                .required()
                .replaces()
                .from(|found: &Parameter| found.parameter.name.clone())
                .to(Create::set_name),
            flag("overwrite").optional(),
            text("tier")
                .optional()
                .computed()
                .same(|_, new| new.as_str().is_some_and(|tier| tier.as_ref() == "Intelligent-Tiering"))
                .from(|found: &Parameter| found.metadata.as_ref()?.tier.as_ref().map(|tier| tier.as_str().to_owned()))
                .enum_to(Create::set_tier)
                .changed_by("put"),
            text("type")
                .required()
                .from(|found: &Parameter| found.parameter.r#type.as_ref().map(|kind| kind.as_str().to_owned()))
                .enum_to(Create::set_type)
                .changed_by("put"),
            text("value")
                .optional()
                .computed()
                .sensitive()
                .follows(&["insecure_value"])
                .exactly_one(&["insecure_value", "value_wo"])
                .from(|found: &Parameter| found.parameter.value.clone())
                .to(Create::set_value)
                .changed_by("put"),
            text("value_wo").optional().sensitive().write_only().exactly_one(&["insecure_value", "value"]),
            number("value_wo_version").optional().changed_by("put"),
            number("version").computed().follows(&["value"]).from(|found: &Parameter| Some(found.parameter.version)),
        ])
        .read_many(NAMES_PER_CALL, |found: &Parameter| found.parameter.name().unwrap_or_default().to_owned(), read)
        .tagged(|found| found.tags.clone(), change_tags)
        .reconcile(in_its_place)
        .rest_of_create(tag_overwritten)
        .change("put", put)
        .delete(delete)
        .missing(&["ParameterNotFound"])
        .recovered_by(|call: Call| async move { Ok(call.want.text("name")) })
}

/// A value that was written as `insecure_value`, or not to be kept at all, is not shown as `value`.
fn in_its_place(object: Value, before: &Value) -> Value {
    let is_write_only = before.get("value_wo_version").is_some_and(|version| !version.is_null());
    let is_insecure = before.get("insecure_value").and_then(Value::as_str).is_some();
    let value = object.get("value").cloned().unwrap_or_else(|| Value::null(Type::String));
    let entries = object.as_entries().into_iter().flat_map(|entries| entries.iter());
    let place = |name: &Text, old: &Value| match &**name {
        "has_value_wo" if is_write_only => Value::bool(true),
        "value" if is_write_only || is_insecure => Value::null(Type::String),
        "insecure_value" if is_insecure && !is_write_only => value.clone(),
        "insecure_value" => Value::null(Type::String),
        _ => old.clone(),
    };
    Value::object(entries.map(|(name, old)| (name.clone(), place(name, old))).collect::<Vec<_>>())
}

fn sdk_tags(tags: &BTreeMap<String, String>) -> Result<Vec<Tag>, Failure> {
    let built = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    built.collect::<Result<_, _>>().map_err(|error| Failure::new("SSM: AddTagsToResource", "", error.to_string()))
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let overwrites = call.want.flag("overwrite").unwrap_or_default();
    let request = match call.configuration.text("value_wo") {
        Some(value) => request.value(value),
        None => request,
    };
    // The API takes tags only where it does not overwrite.
    let tags = sdk_tags(&call.tags)?;
    let with_tags = (!overwrites && !tags.is_empty()).then_some(tags);
    let request = request.overwrite(overwrites).set_tags(with_tags);
    request.send().await.map_err(Failure::of("SSM: PutParameter"))?;
    Ok(call.want.text("name").unwrap_or_default())
}

async fn tag_overwritten(call: Call) -> Result<(), Failure> {
    let tags = sdk_tags(&call.tags)?;
    if !call.want.flag("overwrite").unwrap_or_default() || tags.is_empty() {
        return Ok(());
    }
    let request = call.aws.ssm().add_tags_to_resource().resource_type(ResourceTypeForTagging::Parameter);
    let request = request.resource_id(&call.id).set_tags(Some(tags));
    request.send().await.map_err(Failure::of("SSM: AddTagsToResource"))?;
    Ok(())
}

async fn put(call: Call) -> Result<(), Failure> {
    let want = &call.want;
    let value = want.filled("value").or(want.filled("insecure_value")).or(call.configuration.text("value_wo"));
    let is_secure = want.text("type").as_deref() == Some("SecureString");
    let request = call
        .aws
        .ssm()
        .put_parameter()
        .name(&call.id)
        .overwrite(true)
        .set_value(value)
        .set_type(want.text("type").map(|kind| kind.as_str().into()))
        .set_tier(call.changed().text("tier").map(|tier| tier.as_str().into()))
        .set_description(call.changed().text("description"))
        .set_allowed_pattern(want.filled("allowed_pattern"))
        .set_data_type(want.filled("data_type"))
        .set_key_id(want.filled("key_id").filter(|_| is_secure));
    request.send().await.map_err(Failure::of("SSM: PutParameter"))?;
    Ok(())
}

async fn read(aws: Arc<Aws>, names: Vec<String>) -> Result<Vec<Parameter>, Failure> {
    let values = aws.ssm().get_parameters().set_names(Some(names.clone())).with_decryption(true).send();
    let filter = ParameterStringFilter::builder().key("Name").option("Equals").set_values(Some(names)).build();
    let filter = filter.map_err(|error| Failure::new("SSM: DescribeParameters", "", error.to_string()))?;
    let pages = aws.ssm().describe_parameters().parameter_filters(filter).into_paginator().send();
    let pages = pages.collect::<Result<Vec<_>, _>>().await.map_err(Failure::of("SSM: DescribeParameters"))?;
    let metadata: Vec<ParameterMetadata> =
        pages.into_iter().flat_map(|page| page.parameters.unwrap_or_default()).collect();
    let answer = values.await.map_err(Failure::of("SSM: GetParameters"))?;
    let mut found = Vec::new();
    for parameter in answer.parameters.unwrap_or_default() {
        let request = aws.ssm().list_tags_for_resource().resource_type(ResourceTypeForTagging::Parameter);
        let request = request.resource_id(parameter.name().unwrap_or_default());
        let tags = request.send().await.map_err(Failure::of("SSM: ListTagsForResource"))?;
        let tags = tags.tag_list().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
        let metadata = metadata.iter().find(|metadata| metadata.name() == parameter.name()).cloned();
        found.push(Parameter { parameter, metadata, tags });
    }
    Ok(found)
}

async fn change_tags(call: Call) -> Result<(), Failure> {
    let gone = call.gone_tags();
    let ssm = call.aws.ssm();
    if !gone.is_empty() {
        let request = ssm.remove_tags_from_resource().resource_type(ResourceTypeForTagging::Parameter);
        let request = request.resource_id(&call.id).set_tag_keys(Some(gone));
        request.send().await.map_err(Failure::of("SSM: RemoveTagsFromResource"))?;
    }
    if !call.tags.is_empty() {
        let request = ssm.add_tags_to_resource().resource_type(ResourceTypeForTagging::Parameter);
        let request = request.resource_id(&call.id).set_tags(Some(sdk_tags(&call.tags)?));
        request.send().await.map_err(Failure::of("SSM: AddTagsToResource"))?;
    }
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    call.aws.ssm().delete_parameter().name(&call.id).send().await.map_err(Failure::of("SSM: DeleteParameter"))?;
    Ok(())
}
