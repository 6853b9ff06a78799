//! `aws_launch_template` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplate.html>
//!
//! What servers are launched from is a version of the template; a change of any of it makes a new version. Which version is the default
//! changes when the configuration names one, or says `update_default_version`.

use super::mirror::{computed, required, shown_texts};
use super::requirements;
use super::{maybe, template_blocks as blocks, template_data, template_interfaces};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{arn, change_tags, tag_map, tag_specifications};
use crate::providers::aws::engine::{
    Call, Failure, Field, Resource, Want, block_list, block_set, flag, map_of_text, name_prefix_of, number,
    set_of_text, text,
};
use crate::value::{Text, Value};
use aws_sdk_ec2::operation::create_launch_template::builders::CreateLaunchTemplateFluentBuilder as Create;
use aws_sdk_ec2::types::{LaunchTemplate, LaunchTemplateVersion, ResourceType, ResponseLaunchTemplateData as Data};
use std::sync::Arc;

pub struct Template {
    described: LaunchTemplate,
    latest: LaunchTemplateVersion,
    arn: String,
}

/// A change of one of these is a new version.
const VERSIONED: &[&str] = &[
    "block_device_mappings",
    "capacity_reservation_specification",
    "cpu_options",
    "credit_specification",
    "description",
    "disable_api_stop",
    "disable_api_termination",
    "ebs_optimized",
    "enclave_options",
    "hibernation_options",
    "iam_instance_profile",
    "image_id",
    "instance_initiated_shutdown_behavior",
    "instance_market_options",
    "instance_requirements",
    "instance_type",
    "kernel_id",
    "key_name",
    "license_specification",
    "maintenance_options",
    "metadata_options",
    "monitoring",
    "network_interfaces",
    "placement",
    "private_dns_name_options",
    "ram_disk_id",
    "security_group_names",
    "tag_specifications",
    "user_data",
    "vpc_security_group_ids",
];

pub fn template() -> Resource<Template, Create> {
    let begin = |aws: &Aws| aws.ec2().create_launch_template();
    Resource::new("EC2 Launch Template", 0, begin, create)
        .fields(fields())
        .read_many(200, |found: &Template| found.described.launch_template_id().unwrap_or_default().to_owned(), read)
        .tagged(|found| tag_map(found.described.tags()), change_tags)
        .reconcile(with_unsent_credits)
        .change("version", add_version)
        .change("default", change_default)
        .delete(delete)
        .missing(&["InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.VersionNotFound"])
        .recovered_by(find)
}

/// Credits are not sent for servers that know none, and state keeps what is written.
fn with_unsent_credits(object: Value, before: &Value) -> Value {
    let found = Want(object.clone());
    if template_data::is_burstable(&found) || found.item("credit_specification").is_some() {
        return object;
    }
    let kept = |(name, value): (&Text, &Value)| match &**name {
        "credit_specification" => (name.clone(), before.get(name).unwrap_or(value).clone()),
        _ => (name.clone(), value.clone()),
    };
    Value::object(object.as_entries().into_iter().flat_map(|entries| entries.iter()).map(kept).collect::<Vec<_>>())
}

fn fields() -> Vec<Field<Template, Create>> {
    let mut fields = plain_fields();
    fields.extend(block_fields());
    for field in fields.iter_mut().filter(|field| VERSIONED.contains(&field.declared.name)) {
        field.declared.change = Some("version");
    }
    fields
}

fn plain_fields() -> Vec<Field<Template, Create>> {
    // The real provider expects a new version of new tags, and none of a new description.
    let marked: Vec<&str> = VERSIONED.iter().copied().filter(|name| *name != "description").chain(["tags"]).collect();
    let said = |name: &'static str, getter: fn(&Data) -> Option<&str>| {
        text(name).optional().from(of_data(move |data| getter(data).map(str::to_owned))).never_null()
    };
    let yes = |name: &'static str, getter: fn(&Data) -> Option<bool>| {
        flag(name).optional().from(of_data(getter)).never_null()
    };
    let texts = |name: &'static str, getter: fn(&Data) -> &[String]| {
        set_of_text(name).optional().from(of_data(move |data| shown_texts(getter(data))))
    };
    vec![
        text("arn").computed().from(|found: &Template| Some(found.arn.clone())),
        number("default_version")
            .optional()
            .computed()
            .conflicts(&["update_default_version"])
            .follows(&["update_default_version"])
            .follows_while("update_default_version", &marked)
            .from(|found: &Template| found.described.default_version_number())
            .changed_by("default"),
        text("description")
            .optional()
            .from(|found: &Template| found.latest.version_description().map(str::to_owned))
            .never_null(),
        yes("disable_api_stop", Data::disable_api_stop),
        yes("disable_api_termination", Data::disable_api_termination),
        text("ebs_optimized")
            .optional()
            .one_of(&["", "true", "false", "0", "1"])
            .from(of_data(|data| data.ebs_optimized().map(|optimized| optimized.to_string())))
            .never_null(),
        said("image_id", Data::image_id),
        said("instance_initiated_shutdown_behavior", |data| {
            data.instance_initiated_shutdown_behavior().map(|behaviour| behaviour.as_str())
        })
        .one_of(&["stop", "terminate"]),
        said("instance_type", |data| data.instance_type().map(|kind| kind.as_str()))
            .conflicts(&["instance_requirements"]),
        said("kernel_id", Data::kernel_id),
        said("key_name", Data::key_name),
        number("latest_version")
            .computed()
            .follows(&marked)
            .from(|found: &Template| found.described.latest_version_number()),
        text("name")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["name_prefix"])
            .from(|found: &Template| found.described.launch_template_name().map(str::to_owned)),
        text("name_prefix")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["name"])
            .from(|found: &Template| Some(name_prefix_of(found.described.launch_template_name().unwrap_or_default()))),
        said("ram_disk_id", Data::ram_disk_id),
        texts("security_group_names", Data::security_groups).conflicts(&["vpc_security_group_ids"]),
        flag("update_default_version").optional().changed_by("default"),
        said("user_data", Data::user_data),
        texts("vpc_security_group_ids", Data::security_group_ids).conflicts(&["security_group_names"]),
    ]
}

fn block_fields() -> Vec<Field<Template, Create>> {
    let many = |values: Vec<Value>| Value::tuple(values);
    let kind = || vec![text("type").required()];
    vec![
        block_list("block_device_mappings", 0, template_data::device_fields()).optional().from(of_data(move |data| {
            many(data.block_device_mappings().iter().map(blocks::block_device::value).collect())
        })),
        template_data::one("capacity_reservation_specification", blocks::capacity_reservation_specification::fields())
            .from(of_data(|data| {
                maybe(data.capacity_reservation_specification().map(blocks::capacity_reservation_specification::value))
            })),
        template_data::one("cpu_options", blocks::cpu_options::fields())
            .from(of_data(|data| maybe(data.cpu_options().map(blocks::cpu_options::value)))),
        template_data::one("credit_specification", vec![text("cpu_credits").optional()])
            .from(of_data(|data| maybe(data.credit_specification().map(template_data::credits_value)))),
        block_list("elastic_gpu_specifications", 0, kind()).optional().check(no_longer_offered),
        block_list("elastic_inference_accelerator", 1, kind()).optional().check(no_longer_offered),
        template_data::one("enclave_options", blocks::enclave_options::fields())
            .from(of_data(|data| maybe(data.enclave_options().map(blocks::enclave_options::value)))),
        template_data::one("hibernation_options", required(blocks::hibernation_options::fields()))
            .from(of_data(|data| maybe(data.hibernation_options().map(blocks::hibernation_options::value)))),
        template_data::one("iam_instance_profile", blocks::iam_instance_profile::fields())
            .from(of_data(|data| maybe(data.iam_instance_profile().map(blocks::iam_instance_profile::value)))),
        template_data::one("instance_market_options", template_data::market_fields())
            .from(of_data(|data| maybe(data.instance_market_options().map(template_data::market_value)))),
        template_data::one("instance_requirements", requirements::template_fields())
            .conflicts(&["instance_type"])
            .from(of_data(|data| maybe(data.instance_requirements().map(requirements::of_template::value)))),
        block_set("license_specification", required(blocks::license::fields())).optional().from(of_data(move |data| {
            many(data.license_specifications().iter().map(blocks::license::value).collect())
        })),
        template_data::one("maintenance_options", blocks::maintenance_options::fields())
            .from(of_data(|data| maybe(data.maintenance_options().map(blocks::maintenance_options::value)))),
        template_data::one("metadata_options", computed(blocks::metadata_options::fields()))
            .computed()
            .from(of_data(|data| maybe(data.metadata_options().map(blocks::metadata_options::value)))),
        template_data::one("monitoring", blocks::monitoring::fields())
            .from(of_data(|data| maybe(data.monitoring().map(blocks::monitoring::value)))),
        block_list("network_interfaces", 0, template_interfaces::fields()).optional().from(of_data(move |data| {
            many(data.network_interfaces().iter().map(template_interfaces::value).collect())
        })),
        template_data::one("placement", blocks::placement::fields())
            .from(of_data(|data| maybe(data.placement().map(blocks::placement::value)))),
        template_data::one("private_dns_name_options", blocks::private_dns_name_options::fields())
            .from(of_data(|data| maybe(data.private_dns_name_options().map(blocks::private_dns_name_options::value)))),
        block_list("tag_specifications", 0, vec![text("resource_type").optional(), map_of_text("tags").optional()])
            .optional()
            .from(of_data(move |data| many(data.tag_specifications().iter().map(template_data::tags_value).collect()))),
    ]
}

/// A getter over what the latest version holds.
fn of_data<R: 'static>(
    getter: impl Fn(&Data) -> R + Send + Sync + 'static,
) -> impl Fn(&Template) -> R + Send + Sync + 'static {
    move |found| match found.latest.launch_template_data() {
        Some(data) => getter(data),
        None => getter(&Data::builder().build()),
    }
}

/// For `Field::check`: Elastic Graphics ended in January 2024, Elastic Inference in April 2024.
fn no_longer_offered(value: &Value) -> Result<(), String> {
    let is_said = value.as_items().is_some_and(|items| !items.is_empty());
    if is_said { Err("AWS no longer offers it".into()) } else { Ok(()) }
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let request = request
        .launch_template_name(name_of(&call))
        .client_token(&call.token)
        .set_version_description(call.want.filled("description"))
        .launch_template_data(template_data::request(&call.want))
        .set_tag_specifications(tag_specifications(ResourceType::LaunchTemplate, &call.tags));
    let answer = request.send().await.map_err(Failure::of("EC2: CreateLaunchTemplate"))?;
    Ok(answer.launch_template.and_then(|template| template.launch_template_id).unwrap_or_default())
}

fn name_of(call: &Call) -> String {
    call.name_or_generated("name", "name_prefix", "terraform-")
}

/// Names are unique within account and region.
async fn find(call: Call) -> Result<Option<String>, Failure> {
    let request = call.aws.ec2().describe_launch_templates().launch_template_names(name_of(&call));
    match request.send().await.map_err(Failure::of("EC2: DescribeLaunchTemplates")) {
        Ok(answer) => {
            Ok(answer.launch_templates().first().and_then(|found| found.launch_template_id()).map(str::to_owned))
        }
        Err(failure) if failure.is_any(&["InvalidLaunchTemplateName.NotFoundException"]) => Ok(None),
        Err(failure) => Err(failure),
    }
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Template>, Failure> {
    let request = aws.ec2().describe_launch_templates().set_launch_template_ids(Some(ids));
    let answer = request.send().await.map_err(Failure::of("EC2: DescribeLaunchTemplates"))?;
    let with_latest = |described: LaunchTemplate| async {
        let id = described.launch_template_id().unwrap_or_default().to_owned();
        let request = aws.ec2().describe_launch_template_versions().launch_template_id(&id).versions("$Latest");
        let answer = request.send().await.map_err(Failure::of("EC2: DescribeLaunchTemplateVersions"))?;
        let arn = arn(&aws, &aws.account, "launch-template", &id);
        let latest = answer.launch_template_versions.and_then(|versions| versions.into_iter().next());
        Ok(latest.map(|latest| Template { described, latest, arn }))
    };
    let found = futures::future::try_join_all(answer.launch_templates.unwrap_or_default().into_iter().map(with_latest));
    Ok(found.await?.into_iter().flatten().collect())
}

async fn add_version(call: Call) -> Result<(), Failure> {
    let request =
        call.aws.ec2().create_launch_template_version().launch_template_id(&call.id).client_token(&call.token);
    let request = request
        .set_version_description(call.want.filled("description"))
        .launch_template_data(template_data::request(&call.want));
    let answer = request.send().await.map_err(Failure::of("EC2: CreateLaunchTemplateVersion"))?;
    let number = answer.launch_template_version().and_then(LaunchTemplateVersion::version_number);
    match number.filter(|_| call.want.flag("update_default_version").unwrap_or_default()) {
        Some(number) => set_default(&call, number).await,
        None => Ok(()),
    }
}

/// The version that the configuration names, or the latest one.
async fn change_default(call: Call) -> Result<(), Failure> {
    let is_latest = call.want.flag("update_default_version").unwrap_or_default();
    match call.want.number("default_version").or(call.prior.number("latest_version").filter(|_| is_latest)) {
        Some(number) if call.prior.number("default_version") != Some(number) => set_default(&call, number).await,
        _ => Ok(()),
    }
}

async fn set_default(call: &Call, number: i64) -> Result<(), Failure> {
    let request = call.aws.ec2().modify_launch_template().launch_template_id(&call.id);
    request.default_version(number.to_string()).send().await.map_err(Failure::of("EC2: ModifyLaunchTemplate"))?;
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.ec2().delete_launch_template().launch_template_id(&call.id);
    request.send().await.map_err(Failure::of("EC2: DeleteLaunchTemplate"))?;
    Ok(())
}
