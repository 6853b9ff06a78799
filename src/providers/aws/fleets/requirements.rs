//! `instance_requirements`: declared as hashicorp has it. Choosing instance types by what they offer is not there yet, and says so.

use super::mirror::{string, strings, whole, yes};
use crate::providers::aws::engine::{Field, block_list, number};
use crate::value::Value;

/// `are_needed`: memory and CPUs have to be there, as in a launch template.
pub fn fields(are_needed: bool) -> Vec<Field<(), ()>> {
    let range = |name: &'static str| block_list(name, 1, vec![whole("max"), whole("min")]).optional();
    let needed = |name: &'static str| {
        if are_needed {
            block_list(name, 1, vec![whole("max"), number("min").required()]).required()
        } else {
            range(name)
        }
    };
    vec![
        range("accelerator_count"),
        strings("accelerator_manufacturers"),
        strings("accelerator_names"),
        range("accelerator_total_memory_mib"),
        strings("accelerator_types"),
        strings("allowed_instance_types"),
        string("bare_metal"),
        range("baseline_ebs_bandwidth_mbps"),
        string("burstable_performance"),
        strings("cpu_manufacturers"),
        strings("excluded_instance_types"),
        strings("instance_generations"),
        string("local_storage"),
        strings("local_storage_types"),
        whole("max_spot_price_as_percentage_of_optimal_on_demand_price"),
        range("memory_gib_per_vcpu"),
        needed("memory_mib"),
        range("network_bandwidth_gbps"),
        range("network_interface_count"),
        whole("on_demand_max_price_percentage_over_lowest_price"),
        yes("require_hibernate_support"),
        whole("spot_max_price_percentage_over_lowest_price"),
        range("total_local_storage_gb"),
        needed("vcpu_count"),
    ]
}

/// For `Field::check`, of blocks and flags that are declared and not there yet.
pub fn not_yet(value: &Value) -> Result<(), String> {
    let is_said = value.as_items().is_some_and(|items| !items.is_empty());
    if is_said { Err("not supported yet by this version of Terrace".into()) } else { Ok(()) }
}
