//! Tags of a server's volumes: `volume_tags` are those of all, the tags of a block those of one.

use crate::providers::aws::engine::ec2::sdk_tags;
use crate::providers::aws::engine::{Call, Failure, Patience, Seen, Want, tags_of};
use crate::value::Value;
use aws_sdk_ec2::types as sdk;

/// The request that makes a server tags all of its volumes alike; what single ones have besides follows when they are there.
pub async fn of_new_volumes(call: Call) -> Result<(), Failure> {
    let has_tags = |block: &Want| block.value("tags").is_some_and(|tags| !tags_of(tags).is_empty());
    let root = call.want.item("root_block_device").filter(has_tags);
    let others: Vec<Want> = call.want.items("ebs_block_device").into_iter().filter(has_tags).collect();
    if root.is_none() && others.is_empty() {
        return Ok(());
    }
    let patience = Patience::minutes(10).until_cancelled(&call.cancellation);
    let server = patience.until("attaching volumes", || with_volumes(&call, root.is_some(), others.len())).await?;
    for device in server.block_device_mappings() {
        let is_root = device.device_name() == server.root_device_name();
        let is_this = |block: &&Want| block.text("device_name").as_deref() == device.device_name();
        let block = if is_root { root.as_ref() } else { others.iter().find(is_this) };
        if let (Some(block), Some(volume)) = (block, device.ebs().and_then(|ebs| ebs.volume_id())) {
            tag_volume(&call, volume, block.value("tags"), None).await?;
        }
    }
    Ok(())
}

/// The new server, when it shows as many volumes as it has tags for.
async fn with_volumes(call: &Call, has_root: bool, others: usize) -> Result<Seen<sdk::Instance>, Failure> {
    const OPERATION: &str = "EC2: DescribeInstances";
    let answer = call.aws.ec2().describe_instances().instance_ids(&call.id).send().await;
    let answer = match answer.map_err(Failure::of(OPERATION)) {
        Err(failure) if failure.code == "InvalidInstanceID.NotFound" => return Ok(Seen::NotYet(failure.code)),
        answer => answer?,
    };
    let mut servers = answer.reservations.unwrap_or_default().into_iter().filter_map(|found| found.instances).flatten();
    let server = servers.next().ok_or_else(|| Failure::new(OPERATION, "", "the new server is gone"))?;
    let state = server.state().and_then(|state| state.name()).map(|state| state.as_str()).unwrap_or_default();
    let count = server.block_device_mappings().iter().filter(|device| device.ebs().is_some()).count();
    Ok(match count >= usize::from(has_root) + others || state != "pending" {
        true => Seen::Done(server),
        false => Seen::NotYet(state.to_owned()),
    })
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

/// Tags of all volumes by `volume_tags`, or of each by its block.
pub async fn change(call: Call) -> Result<(), Failure> {
    let blocks = |from: &Want| from.items("ebs_block_device");
    let is_common = call.want.value("volume_tags").is_some() || call.prior.value("volume_tags").is_some();
    if is_common {
        for device in blocks(&call.prior).into_iter().chain(call.prior.item("root_block_device")) {
            let volume = device.text("volume_id").unwrap_or_default();
            tag_volume(&call, &volume, call.want.value("volume_tags"), call.prior.value("volume_tags")).await?;
        }
        return Ok(());
    }
    for device in blocks(&call.prior) {
        let (volume, name) = (device.text("volume_id").unwrap_or_default(), device.text("device_name"));
        if let Some(wanted) = blocks(&call.want).iter().find(|wanted| wanted.text("device_name") == name) {
            tag_volume(&call, &volume, wanted.value("tags"), device.value("tags")).await?;
        }
    }
    Ok(())
}
