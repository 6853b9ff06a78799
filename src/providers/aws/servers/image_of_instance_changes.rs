//! What is changed of an image, and how it goes with its snapshots.

use crate::providers::aws::engine::{Call, Failure, or_already};
use aws_sdk_ec2::primitives::{DateTime, DateTimeFormat};
use aws_sdk_ec2::types::AttributeValue;

pub async fn deprecate(call: Call) -> Result<(), Failure> {
    let Some(time) = call.want.filled("deprecation_time") else {
        let request = call.aws.ec2().disable_image_deprecation().image_id(&call.id);
        return request.send().await.map_err(Failure::of("EC2: DisableImageDeprecation")).map(drop);
    };
    let time = DateTime::from_str(&time, DateTimeFormat::DateTime)
        .map_err(|error| Failure::new("EC2: EnableImageDeprecation", "", error.to_string()))?;
    let request = call.aws.ec2().enable_image_deprecation().image_id(&call.id).deprecate_at(time);
    request.send().await.map_err(Failure::of("EC2: EnableImageDeprecation")).map(drop)
}

pub async fn describe(call: Call) -> Result<(), Failure> {
    let description = AttributeValue::builder().value(call.want.text("description").unwrap_or_default()).build();
    let request = call.aws.ec2().modify_image_attribute().image_id(&call.id).description(description);
    request.send().await.map_err(Failure::of("EC2: ModifyImageAttribute")).map(drop)
}

pub async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.ec2().deregister_image().image_id(&call.id);
    let answer = request.send().await.map_err(Failure::of("EC2: DeregisterImage"));
    or_already(answer, &["InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"])?;
    for device in call.prior.items("ebs_block_device") {
        let Some(snapshot) = device.filled("snapshot_id") else { continue };
        let request = call.aws.ec2().delete_snapshot().snapshot_id(snapshot);
        or_already(request.send().await.map_err(Failure::of("EC2: DeleteSnapshot")), &["InvalidSnapshot.NotFound"])?;
    }
    Ok(())
}
