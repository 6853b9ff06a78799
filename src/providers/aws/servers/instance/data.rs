//! `data "aws_instance"`: a server by id, tags or filters, with what the resource shows of it; and `data "aws_instances"`, the ids and
//! addresses of all that match.

use super::describe::{self, Server};
use super::fields::{fields, primary};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{arn, filter, filter_blocks, filters_of};
use crate::providers::aws::engine::{
    Failure, Field, Lookup, Want, all_of, flag, map_of_text, number, objects, only_one, set_of_text, show, shown_time,
    tags_of, text, texts,
};
use crate::schema::Nesting;
use crate::value::{Type, Value};
use aws_sdk_ec2::types::{Filter, Instance};
use serde_json::json;
use std::sync::Arc;

/// What is not as the resource shows it: what only it has, and what has other types here.
const OTHERWISE: &[&str] = &[
    "arn",
    "capacity_reservation_specification",
    "cpu_core_count",
    "cpu_options",
    "cpu_threads_per_core",
    "enable_primary_ipv6",
    "ebs_block_device",
    "ephemeral_block_device",
    "get_password_data",
    "hibernation",
    "host_resource_group_arn",
    "instance_initiated_shutdown_behavior",
    "instance_lifecycle",
    "instance_market_options",
    "ipv6_address_count",
    "launch_template",
    "network_interface",
    "password_data",
    "primary_network_interface_id",
    "root_block_device",
    "spot_instance_request_id",
    "user_data_base64",
    "user_data_replace_on_change",
    "volume_tags",
];

pub struct Shown {
    server: Server,
    arn: String,
    tags: Value,
    /// In base 64, where it is asked for.
    user_data: Option<String>,
    /// Encrypted, where it is asked for.
    password: Option<String>,
}

pub fn instance_data() -> Lookup {
    let as_resource = fields().into_iter().filter(|field| !OTHERWISE.contains(&field.declared.name)).map(|field| {
        let field = field.found(|shown: &Shown| &shown.server);
        // Addresses are a set here.
        if field.declared.name == "ipv6_addresses" { field.shown_as(Type::set(Type::String)) } else { field }
    });
    let fields = as_resource.chain(own_fields()).collect();
    Lookup::new("EC2 Instance", fields, find).timeouts(&["read"])
}

fn own_fields() -> Vec<Field<Shown, ()>> {
    let ephemeral = vec![text("device_name"), flag("no_device"), text("virtual_name")];
    vec![
        text("arn").computed().from(|shown: &Shown| Some(shown.arn.clone())),
        devices("ebs_block_device", vec![text("snapshot_id")], |server| &server.other_devices),
        objects("ephemeral_block_device", Nesting::List, ephemeral).computed().from(|_: &Shown| json!([])),
        filter_blocks(),
        flag("get_password_data").default(false),
        flag("get_user_data").default(false),
        text("host_resource_group_arn").computed().from(|shown: &Shown| {
            let placement = shown.server.instance.placement();
            Some(placement.and_then(|place| place.host_resource_group_arn()).unwrap_or_default().to_owned())
        }),
        text("id").optional().computed().from(|shown: &Shown| shown.server.instance.instance_id.clone()),
        text("instance_id").optional(),
        map_of_text("instance_tags").optional().computed(),
        text("launch_time").computed().from(|shown: &Shown| shown_time(shown.server.instance.launch_time()?)),
        text("network_interface_id").computed().from(|shown: &Shown| {
            let interface = primary(&shown.server).and_then(|interface| interface.network_interface_id());
            Some(interface.unwrap_or_default().to_owned())
        }),
        text("password_data").computed().from(|shown: &Shown| shown.password.clone()),
        map_of_text("tags").optional().computed().from(|shown: &Shown| shown.tags.clone()),
        devices("root_block_device", vec![], |server| &server.root_device),
        text("user_data_base64").computed().from(|shown: &Shown| shown.user_data.clone()),
    ]
}

/// A server's devices: as the resource has them, with all tags as `tags`.
fn devices(name: &'static str, more: Vec<Field<(), ()>>, part: fn(&Server) -> &Value) -> Field<Shown, ()> {
    let texts = ["device_name", "kms_key_id", "volume_id", "volume_type"].map(text);
    let numbers = ["iops", "throughput", "volume_size"].map(number);
    let flags = ["delete_on_termination", "encrypted"].map(flag);
    let parts = texts.into_iter().chain(numbers).chain(flags).chain([map_of_text("tags")]).chain(more).collect();
    objects(name, Nesting::Set, parts).computed().from(move |shown: &Shown| {
        let device = |device: &Value| {
            let entries = device.as_entries().into_iter().flat_map(|entries| entries.iter());
            let all = entries.map(|(name, value)| {
                let tags = device.get("tags_all").filter(|_| &**name == "tags");
                (name.clone(), tags.unwrap_or(value).clone())
            });
            Value::object(all.collect::<Vec<_>>())
        };
        Value::tuple(part(&shown.server).as_items().unwrap_or_default().iter().map(device).collect())
    })
}

async fn find(aws: Arc<Aws>, want: Want) -> Result<Shown, Failure> {
    let ids = want.filled("instance_id").map(|id| vec![id]);
    let found = matching(&aws, ids, filters(&want)).await?;
    let id = only_one(found, "Instance")?.instance_id.unwrap_or_default();
    let server = only_one(describe::read(aws.clone(), vec![id.clone()]).await?, "Instance")?;
    let found = show(&aws, vec![describe::read_closer(aws.clone(), server).await?], |server| server.instance.tags())?;
    let user_data = found.object.close.as_ref().map(|close| close.user_data.clone());
    let password = match want.flag("get_password_data") {
        Some(true) => {
            let request = aws.ec2().get_password_data().instance_id(&id);
            request.send().await.map_err(Failure::of("EC2: GetPasswordData"))?.password_data
        }
        _ => None,
    };
    Ok(Shown {
        arn: arn(&aws, &aws.account, "instance", &id),
        user_data: user_data.filter(|_| want.flag("get_user_data") == Some(true)),
        password: password.map(|password| password.trim().to_owned()),
        tags: found.tags,
        server: found.object,
    })
}

pub struct Several {
    region: String,
    instances: Vec<Instance>,
}

pub fn instances_data() -> Lookup {
    let addresses = |name: &'static str, get: fn(&Instance) -> Vec<&str>| {
        texts(name).computed().from(move |found: &Several| {
            json!(found.instances.iter().flat_map(get).filter(|text| !text.is_empty()).collect::<Vec<_>>())
        })
    };
    let fields = vec![
        filter_blocks(),
        text("id").optional().computed().from(|found: &Several| Some(found.region.clone())),
        addresses("ids", |instance| instance.instance_id().into_iter().collect()),
        set_of_text("instance_state_names").optional(),
        map_of_text("instance_tags").optional().computed(),
        addresses("ipv6_addresses", |instance| instance.ipv6_address().into_iter().collect()),
        addresses("private_ips", |instance| instance.private_ip_address().into_iter().collect()),
        addresses("public_ips", |instance| instance.public_ip_address().into_iter().collect()),
    ];
    Lookup::new("EC2 Instances", fields, find_all).timeouts(&["read"])
}

async fn find_all(aws: Arc<Aws>, want: Want) -> Result<Several, Failure> {
    let named = want.texts("instance_state_names");
    let states = if named.is_empty() { vec!["running".to_owned()] } else { named };
    let all = filters(&want).into_iter().chain([filter("instance-state-name", states)]).collect();
    Ok(Several { instances: matching(&aws, None, all).await?, region: aws.region.clone() })
}

/// `filter` blocks and `instance_tags`.
fn filters(want: &Want) -> Vec<Filter> {
    let tags = want.value("instance_tags").map(tags_of).unwrap_or_default();
    let of_tags = tags.iter().map(|(key, value)| filter(&format!("tag:{key}"), [value]));
    filters_of(&want.without("tags")).into_iter().chain(of_tags).collect()
}

async fn matching(aws: &Aws, ids: Option<Vec<String>>, filters: Vec<Filter>) -> Result<Vec<Instance>, Failure> {
    let filters = Some(filters).filter(|filters| !filters.is_empty());
    let request = aws.ec2().describe_instances().set_instance_ids(ids).set_filters(filters);
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeInstances").await?;
    Ok(found.into_iter().flat_map(|reservation| reservation.instances.unwrap_or_default()).collect())
}
