//! `instance_requirements`: instance types chosen by what they offer, in a launch template and in the overrides of a group.
//!
//! Both APIs have the same members, each with types of its own: the members are listed here, once, and mirrored for both.

use super::mirror::{mirrored, whole, with_required};
use crate::providers::aws::engine::{Field, Want, block_list};
use crate::value::{Text, Type, Value};
use aws_sdk_autoscaling::types as scaling;
use aws_sdk_ec2::types as ec2;

macro_rules! requirements {
    ($name:ident: $request:ty, $response:ty) => {
        mirrored!($name: $request, $response {
            range accelerator_count, choices accelerator_manufacturers, choices accelerator_names, range accelerator_total_memory_mib,
            choices accelerator_types, strings allowed_instance_types, choice bare_metal, range baseline_ebs_bandwidth_mbps,
            choice burstable_performance, choices cpu_manufacturers, strings excluded_instance_types, choices instance_generations,
            choice local_storage, choices local_storage_types, whole max_spot_price_as_percentage_of_optimal_on_demand_price,
            range memory_gib_per_vcpu = memory_gib_per_v_cpu, range memory_mib, range network_bandwidth_gbps,
            range network_interface_count, whole on_demand_max_price_percentage_over_lowest_price, yes require_hibernate_support,
            whole spot_max_price_percentage_over_lowest_price, range total_local_storage_gb, range vcpu_count = v_cpu_count,
        });
    };
}
requirements!(of_template: ec2::InstanceRequirementsRequest, ec2::InstanceRequirements);
requirements!(of_override: scaling::InstanceRequirements, scaling::InstanceRequirements);

/// As a launch template has it: memory and CPUs have to be there.
pub fn template_fields() -> Vec<Field<(), ()>> {
    let with_least = |field: Field<(), ()>| match field.declared.name {
        name @ ("memory_mib" | "vcpu_count") => {
            block_list(name, 1, with_required("min", vec![whole("max"), whole("min")])).required()
        }
        _ => field,
    };
    of_template::fields().into_iter().map(with_least).collect()
}

/// From `min` to `max`, both included; an end that is not said is open.
pub trait Range {
    fn of(block: &Want) -> Self;
    fn value(&self) -> Value;
}

macro_rules! ranges {
    ($end:ident: $($range:ty),* $(,)?) => {
        $(impl Range for $range {
            fn of(block: &Want) -> Self {
                Self::builder().set_min($end(block, "min")).set_max($end(block, "max")).build()
            }

            fn value(&self) -> Value {
                let shown = |end: Option<f64>| end.map_or(Value::null(Type::Number), Value::number);
                Value::object([
                    (Text::from("max"), shown(self.max.map(f64::from))),
                    ("min".into(), shown(self.min.map(f64::from))),
                ])
            }
        })*
    };
}
ranges!(whole_end:
    ec2::AcceleratorCountRequest, ec2::AcceleratorCount, ec2::AcceleratorTotalMemoryMiBRequest, ec2::AcceleratorTotalMemoryMiB,
    ec2::BaselineEbsBandwidthMbpsRequest, ec2::BaselineEbsBandwidthMbps, ec2::MemoryMiBRequest, ec2::MemoryMiB,
    ec2::NetworkInterfaceCountRequest, ec2::NetworkInterfaceCount, ec2::VCpuCountRangeRequest, ec2::VCpuCountRange,
    scaling::AcceleratorCountRequest, scaling::AcceleratorTotalMemoryMiBRequest, scaling::BaselineEbsBandwidthMbpsRequest,
    scaling::MemoryMiBRequest, scaling::NetworkInterfaceCountRequest, scaling::VCpuCountRequest,
);
ranges!(fraction_end:
    ec2::MemoryGiBPerVCpuRequest, ec2::MemoryGiBPerVCpu, ec2::NetworkBandwidthGbpsRequest, ec2::NetworkBandwidthGbps,
    ec2::TotalLocalStorageGbRequest, ec2::TotalLocalStorageGb,
    scaling::MemoryGiBPerVCpuRequest, scaling::NetworkBandwidthGbpsRequest, scaling::TotalLocalStorageGbRequest,
);

fn whole_end(block: &Want, end: &str) -> Option<i32> {
    block.integer(end)
}

fn fraction_end(block: &Want, end: &str) -> Option<f64> {
    Some(block.value(end)?.as_number()?.to_f64())
}
