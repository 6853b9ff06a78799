//! The request that makes a server.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{filter, sdk_tags, tag_specifications};
use crate::providers::aws::engine::{Call, Failure, Want, all_of, tags_of};
use crate::value::Value;
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
        .set_block_device_mappings(devices(&call).await?)
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

fn placement(want: &Want) -> Option<sdk::Placement> {
    let placement = sdk::Placement::builder()
        .set_availability_zone(want.filled("availability_zone"))
        .set_group_name(want.filled("placement_group"))
        .set_partition_number(want.integer("placement_partition_number").filter(|number| *number > 0))
        .set_tenancy(want.filled("tenancy").map(|tenancy| tenancy.as_str().into()))
        .set_host_id(want.filled("host_id"))
        .set_host_resource_group_arn(want.filled("host_resource_group_arn"))
        .build();
    Some(placement).filter(|placement| *placement != sdk::Placement::builder().build())
}

fn cpu_options(want: &Want) -> Option<sdk::CpuOptionsRequest> {
    let options = sdk::CpuOptionsRequest::builder();
    let options = match want.item("cpu_options") {
        Some(block) => options
            .set_core_count(block.integer("core_count"))
            .set_threads_per_core(block.integer("threads_per_core"))
            .set_amd_sev_snp(block.filled("amd_sev_snp").map(|kind| kind.as_str().into())),
        None => options
            .set_core_count(want.integer("cpu_core_count").filter(|count| *count > 0))
            .set_threads_per_core(want.integer("cpu_threads_per_core").filter(|count| *count > 0)),
    };
    Some(options.build()).filter(|options| *options != sdk::CpuOptionsRequest::builder().build())
}

fn metadata_options(block: &Want) -> sdk::InstanceMetadataOptionsRequest {
    let is_on = block.text("http_endpoint").as_deref() != Some("disabled");
    let options = sdk::InstanceMetadataOptionsRequest::builder()
        .set_http_endpoint(block.filled("http_endpoint").map(|state| state.as_str().into()));
    if !is_on {
        return options.build();
    }
    options
        .set_http_protocol_ipv6(block.filled("http_protocol_ipv6").map(|state| state.as_str().into()))
        .set_http_put_response_hop_limit(block.integer("http_put_response_hop_limit").filter(|limit| *limit > 0))
        .set_http_tokens(block.filled("http_tokens").map(|state| state.as_str().into()))
        .set_instance_metadata_tags(block.filled("instance_metadata_tags").map(|state| state.as_str().into()))
        .build()
}

fn market(block: &Want) -> sdk::InstanceMarketOptionsRequest {
    let spot = block.item("spot_options").map(|spot| {
        sdk::SpotMarketOptions::builder()
            .set_instance_interruption_behavior(
                spot.filled("instance_interruption_behavior").map(|behavior| behavior.as_str().into()),
            )
            .set_max_price(spot.filled("max_price"))
            .set_spot_instance_type(spot.filled("spot_instance_type").map(|kind| kind.as_str().into()))
            .build()
    });
    sdk::InstanceMarketOptionsRequest::builder()
        .set_market_type(block.filled("market_type").map(|kind| kind.as_str().into()))
        .set_spot_options(spot)
        .build()
}

pub fn capacity_reservation(block: &Want) -> sdk::CapacityReservationSpecification {
    let target = block.item("capacity_reservation_target").map(|target| {
        sdk::CapacityReservationTarget::builder()
            .set_capacity_reservation_id(target.filled("capacity_reservation_id"))
            .set_capacity_reservation_resource_group_arn(target.filled("capacity_reservation_resource_group_arn"))
            .build()
    });
    let preference = block.filled("capacity_reservation_preference");
    sdk::CapacityReservationSpecification::builder()
        .set_capacity_reservation_preference(preference.map(|preference| preference.as_str().into()))
        .set_capacity_reservation_target(target)
        .build()
}

/// Addresses and groups go to the server, or to its first interface where that has to be described.
fn networked(request: Run, want: &Want) -> Run {
    let attached = want.items("network_interface");
    let groups = Some(want.texts("vpc_security_group_ids")).filter(|groups| !groups.is_empty());
    if !attached.is_empty() {
        let interfaces = attached.iter().map(|block| {
            sdk::InstanceNetworkInterfaceSpecification::builder()
                .set_device_index(block.integer("device_index"))
                .set_network_card_index(block.integer("network_card_index").filter(|index| *index > 0))
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
    let ipv6_count = want.integer("ipv6_address_count").filter(|count| *count > 0);
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

async fn devices(call: &Call) -> Result<Option<Vec<sdk::BlockDeviceMapping>>, Failure> {
    let mut devices = Vec::new();
    if let Some(root) = call.want.item("root_block_device") {
        let name = root_device_name(&call.aws, &call.want.text("ami").unwrap_or_default()).await?;
        devices.push(sdk::BlockDeviceMapping::builder().device_name(name).ebs(ebs(&root)).build());
    }
    for block in call.want.items("ebs_block_device") {
        let device = sdk::BlockDeviceMapping::builder().set_device_name(block.filled("device_name")).ebs(ebs(&block));
        devices.push(device.build());
    }
    for block in call.want.items("ephemeral_block_device") {
        let none = (block.flag("no_device") == Some(true)).then(String::new);
        let device = sdk::BlockDeviceMapping::builder().set_device_name(block.filled("device_name"));
        devices.push(device.set_virtual_name(block.filled("virtual_name")).set_no_device(none).build());
    }
    Ok(Some(devices).filter(|devices| !devices.is_empty()))
}

fn ebs(block: &Want) -> sdk::EbsBlockDevice {
    sdk::EbsBlockDevice::builder()
        .set_delete_on_termination(block.flag("delete_on_termination"))
        .set_encrypted(block.flag("encrypted").filter(|encrypted| *encrypted))
        .set_iops(block.integer("iops").filter(|iops| *iops > 0))
        .set_throughput(block.integer("throughput").filter(|throughput| *throughput > 0))
        .set_kms_key_id(block.filled("kms_key_id"))
        .set_snapshot_id(block.filled("snapshot_id"))
        .set_volume_size(block.integer("volume_size").filter(|size| *size > 0))
        .set_volume_type(block.filled("volume_type").map(|kind| kind.as_str().into()))
        .build()
}

async fn root_device_name(aws: &Aws, image: &str) -> Result<String, Failure> {
    let answer = aws.ec2().describe_images().image_ids(image).send().await;
    let answer = answer.map_err(Failure::of("EC2: DescribeImages"))?;
    let image = answer.images().first();
    Ok(image.and_then(|image| image.root_device_name()).unwrap_or("/dev/sda1").to_owned())
}

/// Tags of the server, and of its volumes: `volume_tags`, or those of the blocks over the provider's defaults.
fn tags(call: &Call) -> Vec<sdk::TagSpecification> {
    let mut specifications = tag_specifications(sdk::ResourceType::Instance, &call.tags).unwrap_or_default();
    let mut on_volumes = call.aws.tags.defaults.clone();
    on_volumes.extend(call.want.value("volume_tags").map(tags_of).unwrap_or_default());
    for block in call.want.items("ebs_block_device").into_iter().chain(call.want.item("root_block_device")) {
        on_volumes.extend(block.value("tags").map(tags_of).unwrap_or_default());
    }
    specifications.extend(tag_specifications(sdk::ResourceType::Volume, &on_volumes).unwrap_or_default());
    specifications
}

/// Brings the tags of volumes to what is wanted.
pub async fn tag_volume(
    call: &Call,
    volume: &str,
    wanted: Option<&Value>,
    former: Option<&Value>,
) -> Result<(), Failure> {
    let (wanted, former) = (wanted.map(tags_of).unwrap_or_default(), former.map(tags_of).unwrap_or_default());
    let gone = former.keys().filter(|key| !wanted.contains_key(*key) && !call.aws.tags.defaults.contains_key(*key));
    let gone: Vec<sdk::Tag> = gone.map(|key| sdk::Tag::builder().key(key).build()).collect();
    let ec2 = call.aws.ec2();
    if !gone.is_empty() {
        let request = ec2.delete_tags().resources(volume).set_tags(Some(gone));
        request.send().await.map_err(Failure::of("EC2: DeleteTags"))?;
    }
    if !wanted.is_empty() && wanted != former {
        let request = ec2.create_tags().resources(volume).set_tags(Some(sdk_tags(&wanted)));
        request.send().await.map_err(Failure::of("EC2: CreateTags"))?;
    }
    Ok(())
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
