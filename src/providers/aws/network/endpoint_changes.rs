//! What is changed of an endpoint.

use super::endpoint::read;
use crate::providers::aws::engine::{Call, Failure, Want};
use aws_sdk_ec2::types::{DnsOptionsSpecification, SubnetConfiguration};

pub fn options_of(want: &Want) -> Option<DnsOptionsSpecification> {
    let block = want.item("dns_options")?;
    let is_private = want.flag("private_dns_enabled") == Some(true);
    let only_inbound = block.flag("private_dns_only_for_inbound_resolver_endpoint").filter(|_| is_private);
    let options = DnsOptionsSpecification::builder()
        .set_dns_record_ip_type(block.filled("dns_record_ip_type").map(|kind| kind.as_str().into()))
        .set_private_dns_only_for_inbound_resolver_endpoint(only_inbound);
    Some(options.build())
}

pub fn subnet(block: &Want) -> SubnetConfiguration {
    SubnetConfiguration::builder()
        .set_ipv4(block.filled("ipv4"))
        .set_ipv6(block.filled("ipv6"))
        .set_subnet_id(block.filled("subnet_id"))
        .build()
}

/// A service may want each connection accepted; where it is our own, we may do it.
pub async fn accept(call: Call) -> Result<(), Failure> {
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

pub async fn modify(call: Call) -> Result<(), Failure> {
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

pub async fn delete(call: Call) -> Result<(), Failure> {
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
