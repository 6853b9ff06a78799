//! The plain attributes of a server.

use super::block_fields;
use super::describe::Server;
use crate::providers::aws::engine::{Field, flag, map_of_text, number, set_of_text, text, texts};
use crate::value::{Type, Value};
use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder as Run;
use aws_sdk_ec2::types::{Instance as Described, InstanceNetworkInterface};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// A server that is there must be stopped for these, and gets another public address when it is started.
const STOPS: &[&str] = &["instance_type", "user_data", "user_data_base64"];

pub fn fields() -> Vec<Field<Server, Run>> {
    let mut fields = own_fields();
    fields.extend(placement_fields());
    fields.extend(address_fields());
    fields.extend(block_fields::fields());
    fields
}

/// A text of the server, empty where the API says nothing.
fn shown<C>(name: &'static str, get: fn(&Described) -> Option<&str>) -> Field<Server, C> {
    text(name).computed().from(move |found: &Server| Some(get(&found.instance).unwrap_or_default().to_owned()))
}

fn own_fields() -> Vec<Field<Server, Run>> {
    vec![
        shown("ami", Described::image_id).optional().replaces().at_least_one(&["launch_template"]),
        text("arn").computed().from(|found: &Server| Some(found.arn.clone())),
        flag("disable_api_stop")
            .optional()
            .computed()
            .from(|found: &Server| found.close.as_ref().map(|close| close.disable_api_stop))
            .changed_by("disable_api_stop"),
        flag("disable_api_termination")
            .optional()
            .computed()
            .from(|found: &Server| found.close.as_ref().map(|close| close.disable_api_termination))
            .changed_by("disable_api_termination"),
        flag("ebs_optimized")
            .optional()
            .computed()
            .replaces()
            .from(|found: &Server| Some(found.instance.ebs_optimized().unwrap_or_default())),
        flag("get_password_data").default(false),
        flag("hibernation").optional().replaces().from(|found: &Server| {
            Some(found.instance.hibernation_options().and_then(|options| options.configured()).unwrap_or_default())
        }),
        shown("iam_instance_profile", |instance| {
            instance.iam_instance_profile().and_then(|profile| profile.arn()?.rsplit('/').next())
        })
        .optional()
        .changed_by("profile"),
        text("instance_initiated_shutdown_behavior")
            .optional()
            .computed()
            .from(|found: &Server| found.close.as_ref().map(|close| close.shutdown_behavior.clone()))
            .changed_by("shutdown_behavior"),
        shown("instance_lifecycle", |instance| instance.instance_lifecycle().map(|kind| kind.as_str())),
        shown("instance_state", |instance| instance.state().and_then(|state| state.name()).map(|name| name.as_str())),
        shown("instance_type", |instance| instance.instance_type().map(|kind| kind.as_str()))
            .optional()
            .at_least_one(&["launch_template"])
            .replaces_server()
            .changed_by("stopped"),
        shown("key_name", Described::key_name).optional().replaces(),
        flag("monitoring")
            .optional()
            .computed()
            .from(|found: &Server| {
                let state = found.instance.monitoring().and_then(|monitoring| monitoring.state());
                Some(state.is_some_and(|state| ["enabled", "pending"].contains(&state.as_str())))
            })
            .changed_by("monitoring"),
        shown("outpost_arn", Described::outpost_arn),
        text("password_data").computed().from(|_: &Server| Some(String::new())),
        shown("spot_instance_request_id", Described::spot_instance_request_id),
        text("user_data")
            .optional()
            .computed()
            .conflicts(&["user_data_base64"])
            .stored(|script| script.as_str().map_or(script.clone(), |script| Value::text(&checksum(script))))
            .same(|old, new| matches!((old.as_str(), new.as_str()), (Some(old), Some(new)) if *checksum(old) == **new))
            .replaces_server()
            .replaces_when("user_data_replace_on_change")
            .from(|found: &Server| {
                let script = found.close.as_ref().map(|close| &close.user_data).filter(|script| !script.is_empty());
                script.map(|script| checksum(script))
            })
            .changed_by("stopped"),
        text("user_data_base64")
            .optional()
            .computed()
            .conflicts(&["user_data"])
            .replaces_server()
            .replaces_when("user_data_replace_on_change")
            .changed_by("stopped"),
        flag("user_data_replace_on_change").default(false),
        map_of_text("volume_tags").optional().changed_by("volume_tags"),
    ]
}

fn placement_fields() -> Vec<Field<Server, Run>> {
    vec![
        shown("availability_zone", |instance| instance.placement()?.availability_zone()).optional().replaces(),
        number("cpu_core_count")
            .optional()
            .computed()
            .deprecated()
            .replaces()
            .conflicts(&["cpu_options"])
            .from(|found: &Server| found.instance.cpu_options().and_then(|options| options.core_count())),
        number("cpu_threads_per_core")
            .optional()
            .computed()
            .deprecated()
            .replaces()
            .conflicts(&["cpu_options"])
            .from(|found: &Server| found.instance.cpu_options().and_then(|options| options.threads_per_core())),
        shown("host_id", |instance| instance.placement()?.host_id()).optional().replaces(),
        text("host_resource_group_arn")
            .optional()
            .computed()
            .conflicts(&["host_id"])
            .from(|found: &Server| found.instance.placement()?.host_resource_group_arn().map(str::to_owned)),
        shown("placement_group", |instance| instance.placement()?.group_name()).optional().replaces(),
        number("placement_partition_number").optional().computed().replaces().from(|found: &Server| {
            Some(found.instance.placement().and_then(|placement| placement.partition_number()).unwrap_or_default())
        }),
        shown("tenancy", |instance| instance.placement()?.tenancy().map(|tenancy| tenancy.as_str()))
            .optional()
            .replaces(),
    ]
}

fn address_fields() -> Vec<Field<Server, Run>> {
    vec![
        flag("associate_public_ip_address")
            .optional()
            .computed()
            .replaces()
            .from(|found: &Server| Some(primary(found).is_some_and(|interface| interface.association().is_some()))),
        flag("enable_primary_ipv6").optional().computed(),
        number("ipv6_address_count").optional().computed().replaces().conflicts(&["ipv6_addresses"]).from(
            |found: &Server| i64::try_from(primary(found).map_or(0, |interface| interface.ipv6_addresses().len())).ok(),
        ),
        texts("ipv6_addresses").optional().computed().replaces().conflicts(&["ipv6_address_count"]).from(
            |found: &Server| {
                let addresses = primary(found).map(|interface| interface.ipv6_addresses()).unwrap_or_default();
                texts_value(addresses.iter().filter_map(|address| address.ipv6_address()))
            },
        ),
        text("primary_network_interface_id").computed().from(|found: &Server| {
            primary(found).and_then(|interface| interface.network_interface_id()).map(str::to_owned)
        }),
        shown("private_dns", Described::private_dns_name),
        shown("private_ip", Described::private_ip_address).optional().replaces(),
        shown("public_dns", Described::public_dns_name).follows(STOPS),
        shown("public_ip", Described::public_ip_address).follows(STOPS),
        set_of_text("secondary_private_ips").optional().computed().changed_by("secondary_private_ips").from(
            |found: &Server| {
                let addresses = primary(found).map(|interface| interface.private_ip_addresses()).unwrap_or_default();
                let secondary = addresses.iter().filter(|address| address.primary() == Some(false));
                texts_value(secondary.filter_map(|address| address.private_ip_address()))
            },
        ),
        set_of_text("security_groups").optional().computed().replaces().from(|found: &Server| {
            let groups = found.instance.security_groups().iter().filter(|_| found.is_in_default_vpc);
            texts_value(groups.filter_map(|group| group.group_name()))
        }),
        flag("source_dest_check")
            .default(true)
            // With interfaces of its own, each of them says.
            .suppressed(|server, _, _| server.get("network_interface").and_then(Value::as_items) != Some(&[]))
            .from(|found: &Server| found.instance.source_dest_check())
            .changed_by("source_dest_check"),
        shown("subnet_id", Described::subnet_id).optional().replaces(),
        set_of_text("vpc_security_group_ids").optional().computed().changed_by("groups").from(|found: &Server| {
            texts_value(found.instance.security_groups().iter().filter_map(|group| group.group_id()))
        }),
    ]
}

pub fn primary(found: &Server) -> Option<&InstanceNetworkInterface> {
    let is_primary = |interface: &&InstanceNetworkInterface| {
        interface.attachment().and_then(|attachment| attachment.device_index()) == Some(0)
    };
    found.instance.network_interfaces().iter().find(is_primary)
}

fn texts_value<'a>(texts: impl Iterator<Item = &'a str>) -> Value {
    Value::list(Type::String, texts.map(Value::text).collect())
}

/// What state keeps of user data: SHA-1 of the script, whether it was written plainly or in base 64.
fn checksum(script: &str) -> String {
    let bytes = STANDARD.decode(script).unwrap_or_else(|_| script.as_bytes().to_vec());
    Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::checksum;

    #[test]
    fn plain_and_encoded_user_data_have_one_checksum() {
        assert_eq!(checksum("hello!"), "8f7d88e901a5ad3a05d8cc0de93313fd76028f8c");
        assert_eq!(checksum("aGVsbG8h"), checksum("hello!"));
    }
}
