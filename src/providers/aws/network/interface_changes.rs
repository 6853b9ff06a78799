//! What is changed of a network interface, apart from its addresses.

use crate::providers::aws::engine::{Call, Failure, or_already};
use aws_sdk_ec2::types::{AttributeBooleanValue, AttributeValue};

pub async fn attach(call: Call) -> Result<(), Failure> {
    detach(&call).await?;
    let Some(wanted) = call.want.item("attachment") else { return Ok(()) };
    let request = call
        .aws
        .ec2()
        .attach_network_interface()
        .network_interface_id(&call.id)
        .set_device_index(wanted.integer("device_index"))
        .set_instance_id(wanted.filled("instance"));
    request.send().await.map_err(Failure::of("EC2: AttachNetworkInterface"))?;
    Ok(())
}

async fn detach(call: &Call) -> Result<(), Failure> {
    let attachment = call.prior.item("attachment").and_then(|former| former.filled("attachment_id"));
    let Some(attachment) = attachment else { return Ok(()) };
    let request = call.aws.ec2().detach_network_interface().attachment_id(attachment).force(true);
    let answer = request.send().await.map_err(Failure::of("EC2: DetachNetworkInterface"));
    // The first interface of a server goes with the server alone.
    or_already(answer, &["InvalidAttachmentID.NotFound", "OperationNotPermitted"])
}

pub async fn change_source_check(call: Call) -> Result<(), Failure> {
    let is_on = AttributeBooleanValue::builder().set_value(call.want.flag("source_dest_check")).build();
    let request = call.aws.ec2().modify_network_interface_attribute().network_interface_id(&call.id);
    let answer = request.source_dest_check(is_on).send().await;
    answer.map_err(Failure::of("EC2: ModifyNetworkInterfaceAttribute")).map(drop)
}

pub async fn change_groups(call: Call) -> Result<(), Failure> {
    let request = call.aws.ec2().modify_network_interface_attribute().network_interface_id(&call.id);
    let answer = request.set_groups(Some(call.want.texts("security_groups"))).send().await;
    answer.map_err(Failure::of("EC2: ModifyNetworkInterfaceAttribute")).map(drop)
}

pub async fn change_description(call: Call) -> Result<(), Failure> {
    let description = call.want.text("description").unwrap_or_default();
    let request = call.aws.ec2().modify_network_interface_attribute().network_interface_id(&call.id);
    let answer = request.description(AttributeValue::builder().value(description).build()).send().await;
    answer.map_err(Failure::of("EC2: ModifyNetworkInterfaceAttribute")).map(drop)
}

pub async fn delete(call: Call) -> Result<(), Failure> {
    detach(&call).await?;
    let request = call.aws.ec2().delete_network_interface().network_interface_id(&call.id);
    request.send().await.map_err(Failure::of("EC2: DeleteNetworkInterface"))?;
    Ok(())
}
