//! `aws_instance` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html>
//!
//! A server is described by four calls for as many servers as the API takes. What costs a call for every server (user data,
//! protection flags, the behaviour at shutdown) is asked for where state doesn't have it: after a create, a change, an import.
//! What would stop a server to change it replaces it, unless the request says otherwise.

mod block_fields;
mod blocks;
mod changes;
mod data;
mod describe;
mod fields;
mod launch;
mod launch_options;
mod volume_tags;
mod volumes;

use crate::provider::TrafficRole;
use crate::providers::aws::engine::ec2::{change_tags, tag_map};
use crate::providers::aws::engine::{Resource, ready};
use crate::value::{Text, Type, Value};
use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder as Run;
pub use data::{instance_data, instances_data};
use describe::Server;
use fields::fields;

/// Only one server at a time has such an address or interface.
const EXCLUSIVE: &[&str] = &["ipv6_addresses", "network_interface", "private_ip", "secondary_private_ips"];

pub fn instance() -> Resource<Server, Run> {
    let resource = Resource::new("EC2 Instance", 1, |aws| aws.ec2().run_instances(), launch::run)
        .fields(fields())
        .read_many(200, |found: &Server| found.instance.instance_id().unwrap_or_default().to_owned(), describe::read)
        .read_closer(|prior| prior.0.get("disable_api_stop").is_none_or(Value::is_null), describe::read_closer)
        .ready(|found| {
            let state = found.instance.state().and_then(|state| state.name()).map(|name| name.as_str());
            ready(state, &["running", "stopped"], &["terminated"])
        });
    changes::of(resource)
        .tagged(|found| tag_map(found.instance.tags()), change_tags)
        .delete(changes::terminate)
        .missing(&["InvalidInstanceID.NotFound"])
        .before_create(volumes::with_root_device_name)
        .rest_of_create(volume_tags::of_new_volumes)
        .retry_create_on(&[launch::PROFILE_NOT_READY])
        .reconcile(reconcile)
        .recovered_by(launch::find)
        .traffic(TrafficRole::Server { id: "id", zone: "availability_zone", exclusive: EXCLUSIVE })
        .timeouts(&[("create", 10), ("delete", 20), ("read", 15), ("update", 10)])
}

/// What was not asked for stays as it was; user data in base 64 has no checksum beside it; tags of volumes are kept in one place.
fn reconcile(object: Value, before: &Value) -> Value {
    let known = |name: &str| before.get(name).filter(|value| !value.is_null() && value.is_wholly_known());
    let entries = object.as_entries().into_iter().flat_map(|entries| entries.iter());
    let settled = entries.map(|(name, value)| {
        let value = match &**name {
            "network_interface" => blocks::attached(value, known(name)),
            "user_data" if known("user_data_base64").is_some() => Value::null(Type::String),
            "disable_api_stop" | "disable_api_termination" | "instance_initiated_shutdown_behavior" | "user_data"
                if value.is_null() =>
            {
                known(name).cloned().unwrap_or_else(|| value.clone())
            }
            "credit_specification" if value.as_items().is_none_or(<[Value]>::is_empty) => {
                known(name).cloned().unwrap_or_else(|| value.clone())
            }
            "root_block_device" | "ebs_block_device" if known("volume_tags").is_some() => {
                value.clone().map_children(&mut blocks::without_tags)
            }
            "root_block_device" | "ebs_block_device" => blocks::with_own_tags(value, before.get(name).unwrap_or(value)),
            _ => value.clone(),
        };
        (Text::from(&**name), value)
    });
    Value::object(settled.collect::<Vec<_>>())
}
