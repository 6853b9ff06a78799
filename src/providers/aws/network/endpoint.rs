//! `aws_vpc_endpoint` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html>
//!
//! A gateway's addresses are those of its service's prefix list; where an interface endpoint stands in a subnet, its network
//! interfaces tell. Both are asked for once a read, for all endpoints together.

use super::interface;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{arn, change_tags, filter, tag_map, tag_specifications};
use crate::providers::aws::engine::{
    Call, Failure, Field, Readiness, Resource, Want, all_of, block_list, block_set, flag, is_same_policy, normal_json,
    objects, set_of_text, text, texts, written_policy,
};
use crate::providers::aws::identity::normal_policy;
use crate::schema::Nesting;
use aws_sdk_ec2::operation::create_vpc_endpoint::builders::CreateVpcEndpointFluentBuilder as Create;
use aws_sdk_ec2::types::{
    DnsOptionsSpecification, NetworkInterface, PrefixList, ResourceType, SubnetConfiguration, VpcEndpoint,
};
use serde_json::{Value as Json, json};
use std::sync::Arc;

pub struct Endpoint {
    endpoint: VpcEndpoint,
    arn: String,
    /// Of the service, where it has one.
    prefix_list: Option<PrefixList>,
    interfaces: Vec<NetworkInterface>,
}

pub fn vpc_endpoint() -> Resource<Endpoint, Create> {
    Resource::new("aws_vpc_endpoint", "EC2 VPC Endpoint", 0, |aws| aws.ec2().create_vpc_endpoint(), create)
        .fields(fields())
        .read_many(200, |found: &Endpoint| found.endpoint.vpc_endpoint_id().unwrap_or_default().to_owned(), read)
        .ready(readiness)
        .reconcile(|object, before| written_policy(object, before, "policy"))
        .rest_of_create(accept)
        .change("acceptance", accept)
        .change("endpoint", modify)
        .tagged(|found| tag_map(found.endpoint.tags()), change_tags)
        .delete(delete)
        .missing(&["InvalidVpcEndpoint.NotFound", "InvalidVpcEndpointId.NotFound"])
        .recovered_by_token()
        .timeouts(&[("create", 10), ("delete", 10), ("update", 10)])
}

fn fields() -> Vec<Field<Endpoint, Create>> {
    let entry = vec![text("dns_name"), text("hosted_zone_id")];
    let options = vec![
        text("dns_record_ip_type").optional().computed(),
        flag("private_dns_only_for_inbound_resolver_endpoint").optional(),
    ];
    let subnet = vec![text("ipv4").optional(), text("ipv6").optional(), text("subnet_id").optional()];
    vec![
        text("arn").computed().from(|found: &Endpoint| Some(found.arn.clone())),
        flag("auto_accept").optional().changed_by("acceptance"),
        texts("cidr_blocks")
            .computed()
            .from(|found: &Endpoint| json!(found.prefix_list.as_ref().map(|list| list.cidrs()).unwrap_or_default())),
        objects("dns_entry", Nesting::List, entry).computed().from(dns_entries),
        block_list("dns_options", 1, options).optional().computed().from(dns_options).changed_by("endpoint"),
        shown("ip_address_type", |endpoint| endpoint.ip_address_type().map(|kind| kind.as_str()))
            .optional()
            .enum_to(Create::set_ip_address_type)
            .changed_by("endpoint"),
        set("network_interface_ids", |endpoint| endpoint.network_interface_ids().to_vec()),
        shown("owner_id", VpcEndpoint::owner_id),
        text("policy")
            .optional()
            .computed()
            .stored(normal_policy)
            .same(is_same_policy)
            .from(|found: &Endpoint| Some(normal_json(found.endpoint.policy_document().unwrap_or_default())))
            .to(Create::set_policy_document)
            .changed_by("endpoint"),
        text("prefix_list_id")
            .computed()
            .from(|found: &Endpoint| found.prefix_list.as_ref()?.prefix_list_id().map(str::to_owned)),
        flag("private_dns_enabled")
            .optional()
            .computed()
            .from(|found: &Endpoint| found.endpoint.private_dns_enabled())
            .to(Create::set_private_dns_enabled)
            .changed_by("endpoint"),
        flag("requester_managed").computed().from(|found: &Endpoint| found.endpoint.requester_managed()),
        text("resource_configuration_arn")
            .optional()
            .replaces()
            .from(|found: &Endpoint| Some(found.endpoint.resource_configuration_arn().unwrap_or_default().to_owned()))
            .to(Create::set_resource_configuration_arn),
        set("route_table_ids", |endpoint| endpoint.route_table_ids().to_vec())
            .optional()
            .to(Create::set_route_table_ids)
            .changed_by("endpoint"),
        set("security_group_ids", |endpoint| {
            endpoint.groups().iter().filter_map(|group| group.group_id.clone()).collect()
        })
        .optional()
        .to(Create::set_security_group_ids)
        .changed_by("endpoint"),
        text("service_name")
            .optional()
            .replaces()
            .from(|found: &Endpoint| Some(found.endpoint.service_name().unwrap_or_default().to_owned()))
            .to(Create::set_service_name),
        text("service_network_arn")
            .optional()
            .replaces()
            .from(|found: &Endpoint| Some(found.endpoint.service_network_arn().unwrap_or_default().to_owned()))
            .to(Create::set_service_network_arn),
        shown("service_region", VpcEndpoint::service_region).optional().replaces().to(Create::set_service_region),
        shown("state", |endpoint| endpoint.state().map(|state| state.as_str())),
        block_set("subnet_configuration", subnet)
            .optional()
            .computed()
            .from(subnet_configurations)
            .changed_by("endpoint"),
        set("subnet_ids", |endpoint| endpoint.subnet_ids().to_vec())
            .optional()
            .to(Create::set_subnet_ids)
            .changed_by("endpoint"),
        text("vpc_endpoint_type")
            .default("Gateway")
            .replaces()
            .one_of(&["GatewayLoadBalancer", "Gateway", "Interface", "Resource", "ServiceNetwork"])
            .from(|found: &Endpoint| found.endpoint.vpc_endpoint_type().map(|kind| kind.as_str().to_owned()))
            .enum_to(Create::set_vpc_endpoint_type),
        text("vpc_id")
            .required()
            .replaces()
            .from(|found: &Endpoint| found.endpoint.vpc_id().map(str::to_owned))
            .to(Create::set_vpc_id),
    ]
}

/// A text of the endpoint, empty where the API says nothing.
fn shown(name: &'static str, get: fn(&VpcEndpoint) -> Option<&str>) -> Field<Endpoint, Create> {
    text(name).computed().from(move |found: &Endpoint| Some(get(&found.endpoint).unwrap_or_default().to_owned()))
}

fn set(name: &'static str, get: fn(&VpcEndpoint) -> Vec<String>) -> Field<Endpoint, Create> {
    set_of_text(name).computed().from(move |found: &Endpoint| json!(get(&found.endpoint)))
}

fn dns_entries(found: &Endpoint) -> Json {
    let entries = found.endpoint.dns_entries().iter();
    entries.map(|entry| json!({ "dns_name": entry.dns_name(), "hosted_zone_id": entry.hosted_zone_id() })).collect()
}

fn dns_options(found: &Endpoint) -> Json {
    let options = found.endpoint.dns_options().into_iter();
    let block = options.map(|options| {
        json!({
            "dns_record_ip_type": options.dns_record_ip_type().map_or("", |kind| kind.as_str()),
            "private_dns_only_for_inbound_resolver_endpoint":
                options.private_dns_only_for_inbound_resolver_endpoint().unwrap_or_default(),
        })
    });
    block.collect()
}

fn subnet_configurations(found: &Endpoint) -> Json {
    let block = |interface: &NetworkInterface| {
        json!({
            "ipv4": interface.private_ip_address().unwrap_or_default(),
            "ipv6": interface.ipv6_addresses().first().and_then(|one| one.ipv6_address()).unwrap_or_default(),
            "subnet_id": interface.subnet_id().unwrap_or_default(),
        })
    };
    found.interfaces.iter().map(block).collect()
}

/// The API has its states in small letters, its documentation in capitals.
fn readiness(found: &Endpoint) -> Readiness {
    let state = found.endpoint.state().map_or("", |state| state.as_str()).to_lowercase();
    match state.as_str() {
        "deleted" => Readiness::Gone,
        "pending" | "deleting" => Readiness::Waiting(state),
        _ => Readiness::Ready,
    }
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let subnets: Vec<SubnetConfiguration> = call.want.items("subnet_configuration").iter().map(subnet).collect();
    let request = request
        .client_token(&call.token)
        .set_dns_options(options_of(&call.want))
        .set_subnet_configurations(Some(subnets).filter(|subnets| !subnets.is_empty()))
        .set_tag_specifications(tag_specifications(ResourceType::VpcEndpoint, &call.tags));
    let answer = request.send().await.map_err(Failure::of("EC2: CreateVpcEndpoint"))?;
    Ok(answer.vpc_endpoint.and_then(|endpoint| endpoint.vpc_endpoint_id).unwrap_or_default())
}

fn options_of(want: &Want) -> Option<DnsOptionsSpecification> {
    let block = want.item("dns_options")?;
    let is_private = want.flag("private_dns_enabled") == Some(true);
    let only_inbound = block.flag("private_dns_only_for_inbound_resolver_endpoint").filter(|_| is_private);
    let options = DnsOptionsSpecification::builder()
        .set_dns_record_ip_type(block.filled("dns_record_ip_type").map(|kind| kind.as_str().into()))
        .set_private_dns_only_for_inbound_resolver_endpoint(only_inbound);
    Some(options.build())
}

fn subnet(block: &Want) -> SubnetConfiguration {
    SubnetConfiguration::builder()
        .set_ipv4(block.filled("ipv4"))
        .set_ipv6(block.filled("ipv6"))
        .set_subnet_id(block.filled("subnet_id"))
        .build()
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Endpoint>, Failure> {
    let request = aws.ec2().describe_vpc_endpoints().set_vpc_endpoint_ids(Some(ids));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeVpcEndpoints").await?;
    let (prefix_lists, interfaces) = futures::try_join!(prefix_lists(&aws, &found), interfaces(&aws, &found))?;
    let assemble = |endpoint: VpcEndpoint| {
        let (owner, id) = (endpoint.owner_id().unwrap_or_default(), endpoint.vpc_endpoint_id().unwrap_or_default());
        let is_its = |list: &&PrefixList| list.prefix_list_name() == endpoint.service_name();
        let is_in = |interface: &&NetworkInterface| {
            let id = interface.network_interface_id().unwrap_or_default();
            endpoint.network_interface_ids().iter().any(|its| its == id)
        };
        Endpoint {
            arn: arn(&aws, owner, "vpc-endpoint", id),
            prefix_list: prefix_lists.iter().find(is_its).cloned(),
            interfaces: interfaces.iter().filter(is_in).cloned().collect(),
            endpoint,
        }
    };
    Ok(found.into_iter().map(assemble).collect())
}

async fn prefix_lists(aws: &Aws, endpoints: &[VpcEndpoint]) -> Result<Vec<PrefixList>, Failure> {
    let mut services: Vec<&str> = endpoints.iter().filter_map(VpcEndpoint::service_name).collect();
    services.sort_unstable();
    services.dedup();
    if services.is_empty() {
        return Ok(Vec::new());
    }
    let request = aws.ec2().describe_prefix_lists().filters(filter("prefix-list-name", services));
    all_of(request.into_paginator().items().send(), "EC2: DescribePrefixLists").await
}

async fn interfaces(aws: &Arc<Aws>, endpoints: &[VpcEndpoint]) -> Result<Vec<NetworkInterface>, Failure> {
    let ids: Vec<String> = endpoints.iter().flat_map(VpcEndpoint::network_interface_ids).cloned().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = interface::read(aws.clone(), ids).await?;
    Ok(found.into_iter().map(|found| found.interface).collect())
}

/// A service may want each connection accepted; where it is our own, we may do it.
async fn accept(call: Call) -> Result<(), Failure> {
    let found = read(call.aws.clone(), vec![call.id.clone()]).await?;
    let Some(endpoint) = found.first().map(|found| &found.endpoint) else { return Ok(()) };
    let state = endpoint.state().map_or("", |state| state.as_str());
    if call.want.flag("auto_accept") != Some(true) || !state.eq_ignore_ascii_case("pendingAcceptance") {
        return Ok(());
    }
    let request = call
        .aws
        .ec2()
        .describe_vpc_endpoint_services()
        .set_service_names(Some(endpoint.service_name().map(str::to_owned).into_iter().collect()));
    let answer = request.send().await.map_err(Failure::of("EC2: DescribeVpcEndpointServices"))?;
    let service = answer.service_details().first().and_then(|service| service.service_id()).map(str::to_owned);
    let request = call.aws.ec2().accept_vpc_endpoint_connections().set_service_id(service).vpc_endpoint_ids(&call.id);
    request.send().await.map_err(Failure::of("EC2: AcceptVpcEndpointConnections"))?;
    Ok(())
}

async fn modify(call: Call) -> Result<(), Failure> {
    let changed = call.changed();
    let lists = ["route_table_ids", "security_group_ids", "subnet_ids"].map(|name| call.gone_and_new(name));
    let [tables, groups, subnets] = lists.map(|(gone, new)| {
        let some = |ids: Vec<String>| Some(ids).filter(|ids| !ids.is_empty());
        (some(gone), some(new))
    });
    let policy = changed.value("policy").map(|policy| policy.as_str().map(ToString::to_string).unwrap_or_default());
    let places: Vec<SubnetConfiguration> = changed.items("subnet_configuration").iter().map(subnet).collect();
    let request = call
        .aws
        .ec2()
        .modify_vpc_endpoint()
        .vpc_endpoint_id(&call.id)
        .set_dns_options(changed.item("dns_options").and_then(|_| options_of(&call.want)))
        .set_ip_address_type(changed.filled("ip_address_type").map(|kind| kind.as_str().into()))
        .set_reset_policy(policy.as_ref().filter(|policy| policy.is_empty()).map(|_| true))
        .set_policy_document(policy.filter(|policy| !policy.is_empty()))
        .set_private_dns_enabled(changed.flag("private_dns_enabled"))
        .set_remove_route_table_ids(tables.0)
        .set_add_route_table_ids(tables.1)
        .set_remove_security_group_ids(groups.0)
        .set_add_security_group_ids(groups.1)
        .set_remove_subnet_ids(subnets.0)
        .set_add_subnet_ids(subnets.1)
        .set_subnet_configurations(Some(places).filter(|places| !places.is_empty()));
    request.send().await.map_err(Failure::of("EC2: ModifyVpcEndpoint"))?;
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.ec2().delete_vpc_endpoints().vpc_endpoint_ids(&call.id);
    let answer = request.send().await.map_err(Failure::of("EC2: DeleteVpcEndpoints"))?;
    match answer.unsuccessful().first().and_then(|item| item.error()) {
        Some(error) => {
            let (code, message) = (error.code().unwrap_or_default(), error.message().unwrap_or_default());
            Err(Failure::new("EC2: DeleteVpcEndpoints", code, message))
        }
        None => Ok(()),
    }
}
