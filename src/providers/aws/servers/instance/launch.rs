//! The request that makes a server.

use super::launch_options::{capacity_reservation, cpu_options, market, metadata_options, placement};
use super::volumes::devices;
use crate::providers::aws::engine::ec2::{filter, tag_specifications};
use crate::providers::aws::engine::{Call, Failure, Want, all_of, tags_of};
use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder as Run;
use aws_sdk_ec2::types as sdk;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A profile that was made a moment ago is not visible to EC2 yet.
pub const PROFILE_NOT_READY: &str = "InvalidIamInstanceProfile.NotReady";

pub async fn run(request: Run, call: Call) -> Result<String, Failure> {
    let want = &call.want;
    let request = request
        .client_token(&call.token)
        .min_count(1)
        .max_count(1)
        .set_image_id(want.filled("ami"))
        .set_instance_type(want.filled("instance_type").map(|kind| kind.as_str().into()))
        .set_key_name(want.filled("key_name"))
        .set_user_data(encoded_user_data(&call))
        .set_ebs_optimized(want.flag("ebs_optimized"))
        .set_disable_api_stop(want.flag("disable_api_stop"))
        .set_disable_api_termination(want.flag("disable_api_termination"))
        .set_enable_primary_ipv6(want.flag("enable_primary_ipv6"))
        .set_instance_initiated_shutdown_behavior(
            want.filled("instance_initiated_shutdown_behavior").map(|behavior| behavior.as_str().into()),
        )
        .set_monitoring(
            want.flag("monitoring").map(|on| sdk::RunInstancesMonitoringEnabled::builder().enabled(on).build()),
        )
        .set_hibernation_options(
            want.flag("hibernation").map(|on| sdk::HibernationOptionsRequest::builder().configured(on).build()),
        )
        .set_iam_instance_profile(
            want.filled("iam_instance_profile")
                .map(|name| sdk::IamInstanceProfileSpecification::builder().name(name).build()),
        )
        .set_placement(placement(want))
        .set_cpu_options(cpu_options(want))
        .set_credit_specification(
            want.item("credit_specification")
                .and_then(|block| block.filled("cpu_credits"))
                .map(|credits| sdk::CreditSpecificationRequest::builder().cpu_credits(credits).build()),
        )
        .set_enclave_options(
            want.item("enclave_options")
                .map(|block| sdk::EnclaveOptionsRequest::builder().set_enabled(block.flag("enabled")).build()),
        )
        .set_maintenance_options(want.item("maintenance_options").map(|block| {
            let recovery = block.filled("auto_recovery").map(|recovery| recovery.as_str().into());
            sdk::InstanceMaintenanceOptionsRequest::builder().set_auto_recovery(recovery).build()
        }))
        .set_metadata_options(want.item("metadata_options").map(|block| metadata_options(&block)))
        .set_private_dns_name_options(want.item("private_dns_name_options").map(|block| {
            sdk::PrivateDnsNameOptionsRequest::builder()
                .set_hostname_type(block.filled("hostname_type").map(|kind| kind.as_str().into()))
                .set_enable_resource_name_dns_a_record(block.flag("enable_resource_name_dns_a_record"))
                .set_enable_resource_name_dns_aaaa_record(block.flag("enable_resource_name_dns_aaaa_record"))
                .build()
        }))
        .set_launch_template(want.item("launch_template").map(|block| {
            let (id, name) = (block.filled("id"), block.filled("name"));
            sdk::LaunchTemplateSpecification::builder()
                .set_launch_template_name(name.filter(|_| id.is_none()))
                .set_launch_template_id(id)
                .set_version(block.filled("version"))
                .build()
        }))
        .set_instance_market_options(want.item("instance_market_options").map(|block| market(&block)))
        .set_capacity_reservation_specification(
            want.item("capacity_reservation_specification").map(|block| capacity_reservation(&block)),
        )
        .set_block_device_mappings(devices(&call))
        .set_tag_specifications(Some(tags(&call)).filter(|tags| !tags.is_empty()));
    let request = networked(request, want);
    let answer = request.send().await.map_err(Failure::of("EC2: RunInstances")).map_err(|mut failure| {
        let is_about_profile = failure.code == "InvalidParameterValue"
            && (failure.message.contains("Invalid IAM Instance Profile")
                || failure.message.contains("has no associated IAM Roles"));
        if is_about_profile {
            failure.code = PROFILE_NOT_READY.into();
        }
        failure
    })?;
    Ok(answer.instances().first().and_then(|instance| instance.instance_id()).unwrap_or_default().to_owned())
}

/// User data in base 64; what already is stays.
pub fn encoded_user_data(call: &Call) -> Option<String> {
    let plain = call.configuration.filled("user_data").map(|script| match STANDARD.decode(&script) {
        Ok(_) => script,
        Err(_) => STANDARD.encode(script),
    });
    plain.or_else(|| call.want.filled("user_data_base64"))
}

/// Addresses and groups go to the server, or to its first interface where that has to be described.
fn networked(request: Run, want: &Want) -> Run {
    let attached = want.items("network_interface");
    let groups = Some(want.texts("vpc_security_group_ids")).filter(|groups| !groups.is_empty());
    if !attached.is_empty() {
        let interfaces = attached.iter().map(|block| {
            sdk::InstanceNetworkInterfaceSpecification::builder()
                .set_device_index(block.integer("device_index"))
                .set_network_card_index(block.positive("network_card_index"))
                .set_network_interface_id(block.filled("network_interface_id"))
                .set_delete_on_termination(block.flag("delete_on_termination"))
                .build()
        });
        return request.set_network_interfaces(Some(interfaces.collect()));
    }
    let ipv6: Vec<sdk::InstanceIpv6Address> = want
        .texts("ipv6_addresses")
        .into_iter()
        .map(|address| sdk::InstanceIpv6Address::builder().ipv6_address(address).build())
        .collect();
    let secondary = want.texts("secondary_private_ips");
    let public = want.flag("associate_public_ip_address");
    let names = Some(want.texts("security_groups")).filter(|names| !names.is_empty());
    let ipv6_count = want.positive("ipv6_address_count");
    if want.filled("subnet_id").is_none() || public.is_none() && secondary.is_empty() {
        return request
            .set_subnet_id(want.filled("subnet_id"))
            .set_private_ip_address(want.filled("private_ip"))
            .set_security_group_ids(groups)
            .set_security_groups(names)
            .set_ipv6_address_count(ipv6_count)
            .set_ipv6_addresses(Some(ipv6).filter(|addresses| !addresses.is_empty()));
    }
    let addresses = secondary.into_iter().map(|address| {
        sdk::PrivateIpAddressSpecification::builder().private_ip_address(address).primary(false).build()
    });
    let addresses: Vec<sdk::PrivateIpAddressSpecification> = addresses.collect();
    let interface = sdk::InstanceNetworkInterfaceSpecification::builder()
        .device_index(0)
        .set_subnet_id(want.filled("subnet_id"))
        .set_associate_public_ip_address(public)
        .set_private_ip_address(want.filled("private_ip"))
        .set_private_ip_addresses(Some(addresses).filter(|addresses| !addresses.is_empty()))
        .set_groups(groups)
        .set_ipv6_address_count(ipv6_count)
        .set_ipv6_addresses(Some(ipv6).filter(|addresses| !addresses.is_empty()));
    request.network_interfaces(interface.build())
}

/// Tags of the server, and those that all of its volumes have.
fn tags(call: &Call) -> Vec<sdk::TagSpecification> {
    let mut specifications = tag_specifications(sdk::ResourceType::Instance, &call.tags).unwrap_or_default();
    let mut on_volumes = call.aws.tags.defaults.clone();
    on_volumes.extend(call.want.value("volume_tags").map(tags_of).unwrap_or_default());
    specifications.extend(tag_specifications(sdk::ResourceType::Volume, &on_volumes).unwrap_or_default());
    specifications
}

/// The server that a former try made. Told by its token on this side, because not every endpoint filters by it.
pub async fn find(call: Call) -> Result<Option<String>, Failure> {
    let alive = filter("instance-state-name", ["pending", "running", "shutting-down", "stopping", "stopped"]);
    let image = call.want.filled("ami").map(|image| filter("image-id", [image]));
    let request = call.aws.ec2().describe_instances().filters(alive);
    let request = image.into_iter().fold(request, |request, image| request.filters(image));
    let reservations = all_of(request.into_paginator().items().send(), "EC2: DescribeInstances").await?;
    let mut instances = reservations.iter().flat_map(|reservation| reservation.instances());
    let made = instances.find(|instance| instance.client_token() == Some(&call.token));
    Ok(made.and_then(|instance| instance.instance_id()).map(str::to_owned))
}
