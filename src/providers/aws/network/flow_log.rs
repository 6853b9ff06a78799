//! `aws_flow_log` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_FlowLog.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{arn, change_tags, tag_map, tag_specifications};
use crate::providers::aws::engine::{Call, Failure, Field, Resource, Tagging, all_of, block_list, flag, number, text};
use crate::value::Value;
use aws_sdk_ec2::operation::create_flow_logs::builders::CreateFlowLogsFluentBuilder as Create;
use aws_sdk_ec2::types::{DestinationOptionsRequest, FlowLog as Described, FlowLogsResourceType, ResourceType};
use serde_json::json;
use std::sync::Arc;

pub struct FlowLog {
    log: Described,
    arn: String,
}

/// What can be watched: the attribute that names it, how its ids begin, and what the API calls it.
const WATCHED: [(&str, &str, FlowLogsResourceType); 5] = [
    ("eni_id", "eni-", FlowLogsResourceType::NetworkInterface),
    ("subnet_id", "subnet-", FlowLogsResourceType::Subnet),
    ("transit_gateway_attachment_id", "tgw-attach-", FlowLogsResourceType::TransitGatewayAttachment),
    ("transit_gateway_id", "tgw-", FlowLogsResourceType::TransitGateway),
    ("vpc_id", "vpc-", FlowLogsResourceType::Vpc),
];

pub fn flow_log() -> Resource<FlowLog, Create> {
    Resource::new("EC2 Flow Log", 0, |aws| aws.ec2().create_flow_logs(), create)
        .fields(fields())
        .read_many(200, |found: &FlowLog| found.log.flow_log_id().unwrap_or_default().to_owned(), read)
        .tagged(|found| tag_map(found.log.tags()), change_tags)
        .delete(delete)
        .missing(&["InvalidFlowLogId.NotFound"])
        .retry_create_on(&["InvalidParameter.LogDestinationPermission"])
        .recovered_by_tag(Tagging::Ec2)
}

fn fields() -> Vec<Field<FlowLog, Create>> {
    let mut fields = vec![
        text("arn").computed().from(|found: &FlowLog| Some(found.arn.clone())),
        text("deliver_cross_account_role")
            .optional()
            .replaces()
            .from(told(Described::deliver_cross_account_role))
            .to(Create::set_deliver_cross_account_role),
        block_list("destination_options", 1, options())
            .optional()
            .replaces()
            .from(read_options)
            .to(|request: Create, value: &Value| send_options(request, value)),
        text("iam_role_arn")
            .optional()
            .replaces()
            .from(told(Described::deliver_logs_permission_arn))
            .to(Create::set_deliver_logs_permission_arn),
        text("log_destination")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["log_group_name"])
            .from(told(Described::log_destination))
            .to(Create::set_log_destination),
        text("log_destination_type")
            .default("cloud-watch-logs")
            .replaces()
            .from(|found: &FlowLog| found.log.log_destination_type().map(|kind| kind.as_str().to_owned()))
            .enum_to(Create::set_log_destination_type),
        text("log_format")
            .optional()
            .computed()
            .replaces()
            .from(told(Described::log_format))
            .to(Create::set_log_format),
        text("log_group_name")
            .optional()
            .computed()
            .deprecated()
            .replaces()
            .conflicts(&["log_destination"])
            .from(told(Described::log_group_name))
            .to(Create::set_log_group_name),
        number("max_aggregation_interval")
            .default(600)
            .replaces()
            .check(check_interval)
            .from(|found: &FlowLog| found.log.max_aggregation_interval())
            .to(Create::set_max_aggregation_interval),
        text("traffic_type")
            .optional()
            .replaces()
            .from(|found: &FlowLog| {
                Some(found.log.traffic_type().map(|kind| kind.as_str()).unwrap_or_default().to_owned())
            })
            .enum_to(Create::set_traffic_type),
    ];
    let names: Vec<&'static str> = WATCHED.iter().map(|(name, ..)| *name).collect();
    for (name, prefix, kind) in WATCHED {
        let others: Vec<&'static str> = names.iter().copied().filter(|other| *other != name).collect();
        let watched: Field<FlowLog, Create> = text(name).optional().replaces().exactly_one(&others);
        let watched = watched.from(move |found: &FlowLog| {
            let id = found.log.resource_id().unwrap_or_default();
            let is_this = id.starts_with(prefix) && (name != "transit_gateway_id" || !id.starts_with("tgw-attach-"));
            is_this.then(|| id.to_owned())
        });
        fields.push(watched.to(move |request: Create, value: &Value| match value.as_str() {
            Some(id) => request.resource_type(kind.clone()).resource_ids(id.to_string()),
            None => request,
        }));
    }
    fields
}

fn told(get: fn(&Described) -> Option<&str>) -> impl Fn(&FlowLog) -> Option<String> {
    move |found| Some(get(&found.log).unwrap_or_default().to_owned())
}

fn check_interval(value: &Value) -> Result<(), String> {
    let seconds = value.as_number().and_then(|number| number.to_i64()).unwrap_or_default();
    [60, 600].contains(&seconds).then_some(()).ok_or_else(|| format!("expected one of [60 600], got {seconds}"))
}

fn options() -> Vec<Field<(), ()>> {
    vec![
        text("file_format").default("plain-text").replaces(),
        flag("hive_compatible_partitions").default(false).replaces(),
        flag("per_hour_partition").default(false).replaces(),
    ]
}

fn read_options(found: &FlowLog) -> serde_json::Value {
    let Some(options) = found.log.destination_options() else { return json!([]) };
    json!([{
        "file_format": options.file_format().map(|format| format.as_str()),
        "hive_compatible_partitions": options.hive_compatible_partitions(),
        "per_hour_partition": options.per_hour_partition(),
    }])
}

fn send_options(request: Create, value: &Value) -> Create {
    let Some(options) = value.as_items().and_then(<[Value]>::first) else { return request };
    let flag = |name: &str| options.get(name).and_then(Value::as_bool);
    let format = options.get("file_format").and_then(Value::as_str).map(|format| (&**format).into());
    let options = DestinationOptionsRequest::builder()
        .set_file_format(format)
        .set_hive_compatible_partitions(flag("hive_compatible_partitions"))
        .set_per_hour_partition(flag("per_hour_partition"));
    request.destination_options(options.build())
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let tags = tag_specifications(ResourceType::VpcFlowLog, &call.tags);
    let request = request.client_token(&call.token).set_tag_specifications(tags);
    let answer = request.send().await.map_err(Failure::of("EC2: CreateFlowLogs"))?;
    // The call takes many resources and answers for each: a refusal comes in an answer that says 200.
    if let Some(error) = answer.unsuccessful().first().and_then(|one| one.error()) {
        return Err(Failure::new(
            "EC2: CreateFlowLogs",
            error.code().unwrap_or_default(),
            error.message().unwrap_or_default(),
        ));
    }
    Ok(answer.flow_log_ids.unwrap_or_default().into_iter().next().unwrap_or_default())
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<FlowLog>, Failure> {
    let request = aws.ec2().describe_flow_logs().set_flow_log_ids(Some(ids));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeFlowLogs").await?;
    let assemble = |log: Described| FlowLog {
        arn: arn(&aws, &aws.account, "vpc-flow-log", log.flow_log_id().unwrap_or_default()),
        log,
    };
    Ok(found.into_iter().map(assemble).collect())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.ec2().delete_flow_logs().flow_log_ids(&call.id);
    request.send().await.map_err(Failure::of("EC2: DeleteFlowLogs"))?;
    Ok(())
}
