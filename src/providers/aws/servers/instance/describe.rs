//! What the API says of servers: instances, their volumes, their CPU credits, and whether they are in a default VPC.

use super::blocks;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::Failure;
use crate::providers::aws::engine::all_of;
use crate::providers::aws::engine::ec2::{arn, filter};
use crate::value::Value;
use aws_sdk_ec2::types::{AttributeBooleanValue, AttributeValue, Instance as Described, InstanceAttributeName, Volume};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub struct Server {
    pub instance: Described,
    pub arn: String,
    pub root_device: Value,
    pub other_devices: Value,
    /// `standard` or `unlimited`, of types that have credits.
    pub credits: Option<String>,
    pub is_in_default_vpc: bool,
    pub close: Option<Close>,
}

/// What the API tells of one server a call.
pub struct Close {
    pub disable_api_stop: bool,
    pub disable_api_termination: bool,
    pub shutdown_behavior: String,
    /// In base 64, as the API has it.
    pub user_data: String,
}

pub async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Server>, Failure> {
    let request = aws.ec2().describe_instances().set_instance_ids(Some(ids));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeInstances").await?;
    let reservations = found.into_iter();
    let found: Vec<Described> =
        reservations.flat_map(|reservation| reservation.instances.unwrap_or_default()).collect();
    let instances: Vec<&Described> = found.iter().collect();
    let (volumes, credits, default_vpcs) =
        futures::try_join!(volumes(&aws, &instances), credits(&aws, &instances), default_vpcs(&aws, &instances))?;
    let assemble = |instance: Described| {
        let id = instance.instance_id().unwrap_or_default().to_owned();
        let (root_device, other_devices) = blocks::devices(&aws, &instance, &volumes);
        Server {
            arn: arn(&aws, &aws.account, "instance", &id),
            root_device,
            other_devices,
            credits: credits.get(&id).cloned(),
            is_in_default_vpc: instance.vpc_id().is_none_or(|vpc| default_vpcs.contains(vpc)),
            close: None,
            instance,
        }
    };
    Ok(found.into_iter().map(assemble).collect())
}

/// Volumes by id.
async fn volumes(aws: &Aws, instances: &[&Described]) -> Result<BTreeMap<String, Volume>, Failure> {
    let devices = instances.iter().flat_map(|instance| instance.block_device_mappings());
    let ids: Vec<String> = devices.filter_map(|device| device.ebs()?.volume_id().map(str::to_owned)).collect();
    let calls = ids.chunks(200).map(|ids| {
        let request = aws.ec2().describe_volumes().filters(filter("volume-id", ids));
        all_of(request.into_paginator().items().send(), "EC2: DescribeVolumes")
    });
    let volumes = futures::future::try_join_all(calls).await?.into_iter().flatten();
    Ok(volumes.filter_map(|volume| Some((volume.volume_id()?.to_owned(), volume))).collect())
}

/// CPU credits of the types that have them.
async fn credits(aws: &Aws, instances: &[&Described]) -> Result<BTreeMap<String, String>, Failure> {
    let is_running = |instance: &&&Described| {
        let state = instance.state().and_then(|state| state.name());
        state.is_some_and(|state| !["terminated", "shutting-down"].contains(&state.as_str()))
    };
    let has_credits = |instance: &&&Described| {
        let kind = instance.instance_type().map(|kind| kind.as_str()).unwrap_or_default();
        ["t2.", "t3.", "t3a.", "t4g."].iter().any(|family| kind.starts_with(family))
    };
    let ids = instances.iter().filter(is_running).filter(has_credits);
    let ids: Vec<String> = ids.filter_map(|instance| instance.instance_id().map(str::to_owned)).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let request = aws.ec2().describe_instance_credit_specifications().set_instance_ids(Some(ids));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeInstanceCreditSpecifications").await?;
    let credits = found.iter();
    Ok(credits.filter_map(|one| Some((one.instance_id()?.to_owned(), one.cpu_credits()?.to_owned()))).collect())
}

async fn default_vpcs(aws: &Aws, instances: &[&Described]) -> Result<BTreeSet<String>, Failure> {
    let vpcs: BTreeSet<&str> = instances.iter().filter_map(|instance| instance.vpc_id()).collect();
    if vpcs.is_empty() {
        return Ok(BTreeSet::new());
    }
    let request = aws.ec2().describe_vpcs().filters(filter("is-default", ["true"]));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeVpcs").await?;
    Ok(found.iter().filter_map(|vpc| vpc.vpc_id().map(str::to_owned)).collect())
}

pub async fn read_closer(aws: Arc<Aws>, server: Server) -> Result<Server, Failure> {
    let id = server.instance.instance_id().unwrap_or_default();
    let ask = |name: InstanceAttributeName| {
        let request = aws.ec2().describe_instance_attribute().instance_id(id).attribute(name);
        async { request.send().await.map_err(Failure::of("EC2: DescribeInstanceAttribute")) }
    };
    let (stop, termination, shutdown, user_data) = futures::try_join!(
        ask(InstanceAttributeName::DisableApiStop),
        ask(InstanceAttributeName::DisableApiTermination),
        ask(InstanceAttributeName::InstanceInitiatedShutdownBehavior),
        ask(InstanceAttributeName::UserData),
    )?;
    let is_on =
        |value: Option<&AttributeBooleanValue>| value.and_then(AttributeBooleanValue::value).unwrap_or_default();
    let said = |value: Option<&AttributeValue>| value.and_then(AttributeValue::value).unwrap_or_default().to_owned();
    let close = Close {
        disable_api_stop: is_on(stop.disable_api_stop()),
        disable_api_termination: is_on(termination.disable_api_termination()),
        shutdown_behavior: said(shutdown.instance_initiated_shutdown_behavior()),
        user_data: said(user_data.user_data()),
    };
    Ok(Server { close: Some(close), ..server })
}
