//! What is changed of a server that exists.

use super::describe::Server;
use super::launch;
use super::launch_options::capacity_reservation as reservation_of;
use super::volume_tags;
use super::volumes::root_device;
use crate::providers::aws::engine::{Call, Failure, Resource};
use aws_sdk_ec2::operation::modify_instance_attribute::builders::ModifyInstanceAttributeFluentBuilder as Modify;
use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder as Run;
use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types as sdk;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub fn of(resource: Resource<Server, Run>) -> Resource<Server, Run> {
    resource
        .change("volume_tags", volume_tags::change)
        .change("profile", profile)
        .change_after_create("source_dest_check", |call| {
            modify(call, |request, call| request.source_dest_check(on(call, "source_dest_check")))
        })
        .change("groups", |call| {
            modify(call, |request, call| request.set_groups(Some(call.want.texts("vpc_security_group_ids"))))
        })
        .change("disable_api_stop", |call| {
            modify(call, |request, call| request.disable_api_stop(on(call, "disable_api_stop")))
        })
        .change("disable_api_termination", |call| {
            modify(call, |request, call| request.disable_api_termination(on(call, "disable_api_termination")))
        })
        .change("shutdown_behavior", |call| {
            modify(call, |request, call| {
                let behavior = call.want.text("instance_initiated_shutdown_behavior");
                request.instance_initiated_shutdown_behavior(sdk::AttributeValue::builder().set_value(behavior).build())
            })
        })
        .change("secondary_private_ips", secondary_addresses)
        .change("stopped", stopped)
        .change("monitoring", monitoring)
        .change("credits", credits)
        .change("metadata", metadata)
        .change("maintenance", maintenance)
        .change("capacity_reservation", capacity_reservation)
        .change("private_dns_name_options", private_dns_name_options)
        .change("root_device", root_device)
}

fn on(call: &Call, name: &str) -> sdk::AttributeBooleanValue {
    sdk::AttributeBooleanValue::builder().value(call.want.flag(name).unwrap_or_default()).build()
}

/// The API changes one attribute a call.
async fn modify(call: Call, fill: fn(Modify, &Call) -> Modify) -> Result<(), Failure> {
    let request = call.aws.ec2().modify_instance_attribute().instance_id(&call.id);
    fill(request, &call).send().await.map_err(Failure::of("EC2: ModifyInstanceAttribute"))?;
    Ok(())
}

async fn monitoring(call: Call) -> Result<(), Failure> {
    let ec2 = call.aws.ec2();
    if call.want.flag("monitoring") == Some(true) {
        let request = ec2.monitor_instances().instance_ids(&call.id);
        request.send().await.map_err(Failure::of("EC2: MonitorInstances"))?;
    } else {
        let request = ec2.unmonitor_instances().instance_ids(&call.id);
        request.send().await.map_err(Failure::of("EC2: UnmonitorInstances"))?;
    }
    Ok(())
}

/// Only a server that is stopped takes these.
async fn stopped(call: Call) -> Result<(), Failure> {
    stop(&call).await?;
    if call.want.text("instance_type") != call.prior.text("instance_type") {
        let kind = sdk::AttributeValue::builder().set_value(call.want.text("instance_type")).build();
        let request = call.aws.ec2().modify_instance_attribute().instance_id(&call.id).instance_type(kind);
        request.send().await.map_err(Failure::of("EC2: ModifyInstanceAttribute"))?;
    }
    let is_script_new =
        ["user_data", "user_data_base64"].iter().any(|name| call.want.text(name) != call.prior.text(name));
    if is_script_new {
        let script = launch::encoded_user_data(&call).and_then(|script| STANDARD.decode(script).ok());
        let value = sdk::SecureBlobAttributeValue::builder().value(Blob::new(script.unwrap_or_default())).build();
        let request = call.aws.ec2().modify_instance_attribute().instance_id(&call.id).user_data(value);
        request.send().await.map_err(Failure::of("EC2: ModifyInstanceAttribute"))?;
    }
    let request = call.aws.ec2().start_instances().instance_ids(&call.id);
    request.send().await.map_err(Failure::of("EC2: StartInstances"))?;
    Ok(())
}

async fn stop(call: &Call) -> Result<(), Failure> {
    use aws_sdk_ec2::client::Waiters as _;
    let request = call.aws.ec2().stop_instances().instance_ids(&call.id);
    request.send().await.map_err(Failure::of("EC2: StopInstances"))?;
    let waiter = call.aws.ec2().wait_until_instance_stopped().instance_ids(&call.id);
    let stopped = waiter.wait(std::time::Duration::from_secs(600)).await;
    stopped.map_err(|error| Failure::new("EC2: DescribeInstances", "Timeout", error.to_string()))?;
    Ok(())
}

async fn profile(call: Call) -> Result<(), Failure> {
    let ec2 = call.aws.ec2();
    let request = ec2
        .describe_iam_instance_profile_associations()
        .filters(crate::providers::aws::engine::ec2::filter("instance-id", [call.id.clone()]));
    let answer = request.send().await.map_err(Failure::of("EC2: DescribeIamInstanceProfileAssociations"))?;
    let association =
        answer.iam_instance_profile_associations().iter().find_map(|one| one.association_id().map(str::to_owned));
    let specification = |name: String| sdk::IamInstanceProfileSpecification::builder().name(name).build();
    match (association, call.want.filled("iam_instance_profile")) {
        (Some(association), Some(name)) => {
            let request = ec2.replace_iam_instance_profile_association().association_id(association);
            let request = request.iam_instance_profile(specification(name));
            request.send().await.map_err(Failure::of("EC2: ReplaceIamInstanceProfileAssociation"))?;
        }
        (Some(association), None) => {
            let request = ec2.disassociate_iam_instance_profile().association_id(association);
            request.send().await.map_err(Failure::of("EC2: DisassociateIamInstanceProfile"))?;
        }
        (None, Some(name)) => {
            let request = ec2.associate_iam_instance_profile().instance_id(&call.id);
            let request = request.iam_instance_profile(specification(name));
            request.send().await.map_err(Failure::of("EC2: AssociateIamInstanceProfile"))?;
        }
        (None, None) => {}
    }
    Ok(())
}

async fn secondary_addresses(call: Call) -> Result<(), Failure> {
    let interface = call.prior.text("primary_network_interface_id").unwrap_or_default();
    let (gone, new) = call.gone_and_new("secondary_private_ips");
    let ec2 = call.aws.ec2();
    if !gone.is_empty() {
        let request = ec2.unassign_private_ip_addresses().network_interface_id(&interface);
        let request = request.set_private_ip_addresses(Some(gone));
        request.send().await.map_err(Failure::of("EC2: UnassignPrivateIpAddresses"))?;
    }
    if !new.is_empty() {
        let request = ec2.assign_private_ip_addresses().network_interface_id(&interface);
        let request = request.set_private_ip_addresses(Some(new));
        request.send().await.map_err(Failure::of("EC2: AssignPrivateIpAddresses"))?;
    }
    Ok(())
}

async fn credits(call: Call) -> Result<(), Failure> {
    let credits = call.want.item("credit_specification").and_then(|block| block.filled("cpu_credits"));
    let one = sdk::InstanceCreditSpecificationRequest::builder().instance_id(&call.id).set_cpu_credits(credits);
    let request = call.aws.ec2().modify_instance_credit_specification().instance_credit_specifications(one.build());
    request.send().await.map_err(Failure::of("EC2: ModifyInstanceCreditSpecification"))?;
    Ok(())
}

async fn metadata(call: Call) -> Result<(), Failure> {
    let Some(block) = call.want.item("metadata_options") else { return Ok(()) };
    let is_on = block.text("http_endpoint").as_deref() != Some("disabled");
    let request = call
        .aws
        .ec2()
        .modify_instance_metadata_options()
        .instance_id(&call.id)
        .set_http_endpoint(block.filled("http_endpoint").map(|state| state.as_str().into()));
    let request = match is_on {
        false => request,
        true => request
            .set_http_protocol_ipv6(block.filled("http_protocol_ipv6").map(|state| state.as_str().into()))
            .set_http_put_response_hop_limit(block.positive("http_put_response_hop_limit"))
            .set_http_tokens(block.filled("http_tokens").map(|state| state.as_str().into()))
            .set_instance_metadata_tags(block.filled("instance_metadata_tags").map(|state| state.as_str().into())),
    };
    request.send().await.map_err(Failure::of("EC2: ModifyInstanceMetadataOptions"))?;
    Ok(())
}

async fn maintenance(call: Call) -> Result<(), Failure> {
    let recovery = call.want.item("maintenance_options").and_then(|block| block.filled("auto_recovery"));
    let request = call.aws.ec2().modify_instance_maintenance_options().instance_id(&call.id);
    let request = request.set_auto_recovery(recovery.map(|recovery| recovery.as_str().into()));
    request.send().await.map_err(Failure::of("EC2: ModifyInstanceMaintenanceOptions"))?;
    Ok(())
}

async fn capacity_reservation(call: Call) -> Result<(), Failure> {
    let Some(block) = call.want.item("capacity_reservation_specification") else { return Ok(()) };
    let request = call.aws.ec2().modify_instance_capacity_reservation_attributes().instance_id(&call.id);
    let request = request.capacity_reservation_specification(reservation_of(&block));
    request.send().await.map_err(Failure::of("EC2: ModifyInstanceCapacityReservationAttributes"))?;
    Ok(())
}

async fn private_dns_name_options(call: Call) -> Result<(), Failure> {
    let Some(block) = call.want.item("private_dns_name_options") else { return Ok(()) };
    let request = call
        .aws
        .ec2()
        .modify_private_dns_name_options()
        .instance_id(&call.id)
        .set_enable_resource_name_dns_a_record(block.flag("enable_resource_name_dns_a_record"))
        .set_enable_resource_name_dns_aaaa_record(block.flag("enable_resource_name_dns_aaaa_record"));
    request.send().await.map_err(Failure::of("EC2: ModifyPrivateDnsNameOptions"))?;
    Ok(())
}

pub async fn terminate(call: Call) -> Result<(), Failure> {
    let request = call.aws.ec2().terminate_instances().instance_ids(&call.id);
    request.send().await.map_err(Failure::of("EC2: TerminateInstances"))?;
    Ok(())
}
