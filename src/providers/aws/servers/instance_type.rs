//! `data "aws_ec2_instance_type"` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceTypeInfo.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    Failure, Field, Lookup, Want, flag, number, numbers, objects, set_of_text, text, texts,
};
use crate::schema::Nesting;
use aws_sdk_ec2::types::{EbsInfo, EbsOptimizedInfo, InstanceTypeInfo as Info, NetworkInfo, ProcessorInfo, VCpuInfo};
use serde_json::{Value as Json, json};
use std::sync::Arc;

pub fn instance_type() -> Lookup {
    let parts = [own_fields(), processor_fields(), network_fields(), ebs_fields(), device_fields()];
    let fields = parts.into_iter().flatten().collect();
    Lookup::new("EC2 Instance Type", fields, find).timeouts(&["read"])
}

type Fields = Vec<Field<Info, ()>>;

fn own_fields() -> Fields {
    let is = |name, get: fn(&Info) -> Option<bool>| flag(name).computed().from(get);
    vec![
        is("auto_recovery_supported", Info::auto_recovery_supported),
        is("bare_metal", Info::bare_metal),
        set("boot_modes", |info| names(info.supported_boot_modes())),
        is("burstable_performance_supported", Info::burstable_performance_supported),
        is("current_generation", Info::current_generation),
        is("dedicated_hosts_supported", Info::dedicated_hosts_supported),
        is("free_tier_eligible", Info::free_tier_eligible),
        is("hibernation_supported", Info::hibernation_supported),
        shown("hypervisor", |info| info.hypervisor().map(|kind| kind.as_str())),
        text("id").optional().computed().from(|info: &Info| info.instance_type().map(|kind| kind.as_str().to_owned())),
        is("instance_storage_supported", Info::instance_storage_supported),
        text("instance_type").required(),
        number("memory_size").computed().from(|info: &Info| info.memory_info()?.size_in_mib()),
        shown("nitro_enclaves_support", |info| info.nitro_enclaves_support().map(|kind| kind.as_str())),
        shown("nitro_tpm_support", |info| info.nitro_tpm_support().map(|kind| kind.as_str())),
        set("nitro_tpm_supported_versions", |info| {
            json!(info.nitro_tpm_info().map(|tpm| tpm.supported_versions()).unwrap_or_default())
        }),
        shown("phc_support", |info| info.phc_support().map(|kind| kind.as_str())),
        list("supported_placement_strategies", |info| {
            names(info.placement_group_info().map(|groups| groups.supported_strategies()).unwrap_or_default())
        }),
        list("supported_root_device_types", |info| names(info.supported_root_device_types())),
        list("supported_usages_classes", |info| names(info.supported_usage_classes())),
        list("supported_virtualization_types", |info| names(info.supported_virtualization_types())),
    ]
}

fn processor_fields() -> Fields {
    let count = |name, get: fn(&VCpuInfo) -> Option<i32>| {
        number(name).computed().from(move |info: &Info| info.v_cpu_info().and_then(get))
    };
    let all = |name, get: fn(&VCpuInfo) -> &[i32]| {
        let read = move |info: &Info| json!(info.v_cpu_info().map(get).unwrap_or_default());
        numbers(name).computed().from(read)
    };
    vec![
        count("default_cores", VCpuInfo::default_cores),
        count("default_threads_per_core", VCpuInfo::default_threads_per_core),
        count("default_vcpus", VCpuInfo::default_v_cpus),
        list("supported_architectures", |info| {
            names(info.processor_info().map(ProcessorInfo::supported_architectures).unwrap_or_default())
        }),
        set("supported_cpu_features", |info| {
            names(info.processor_info().map(ProcessorInfo::supported_features).unwrap_or_default())
        }),
        number("sustained_clock_speed")
            .computed()
            .from(|info: &Info| info.processor_info()?.sustained_clock_speed_in_ghz()),
        all("valid_cores", VCpuInfo::valid_cores),
        all("valid_threads_per_core", VCpuInfo::valid_threads_per_core),
    ]
}

fn network_fields() -> Fields {
    let is = |name, get: fn(&NetworkInfo) -> Option<bool>| {
        flag(name).computed().from(move |info: &Info| info.network_info().and_then(get))
    };
    let count = |name, get: fn(&NetworkInfo) -> Option<i32>| {
        number(name).computed().from(move |info: &Info| info.network_info().and_then(get))
    };
    let card = ["baseline_bandwidth", "index", "maximum_interfaces", "peak_bandwidth"].map(number);
    let card = card.into_iter().chain([text("performance")]).collect();
    vec![
        set("bandwidth_weightings", |info| {
            names(info.network_info().map(NetworkInfo::bandwidth_weightings).unwrap_or_default())
        }),
        count("default_network_card_index", NetworkInfo::default_network_card_index),
        count("efa_maximum_interfaces", |network| network.efa_info()?.maximum_efa_interfaces()),
        is("efa_supported", NetworkInfo::efa_supported),
        is("ena_srd_supported", NetworkInfo::ena_srd_supported),
        shown("ena_support", |info| Some(info.network_info()?.ena_support()?.as_str())),
        is("encryption_in_transit_supported", NetworkInfo::encryption_in_transit_supported),
        is("ipv6_supported", NetworkInfo::ipv6_supported),
        count("maximum_ipv4_addresses_per_interface", NetworkInfo::ipv4_addresses_per_interface),
        count("maximum_ipv6_addresses_per_interface", NetworkInfo::ipv6_addresses_per_interface),
        count("maximum_network_cards", NetworkInfo::maximum_network_cards),
        count("maximum_network_interfaces", NetworkInfo::maximum_network_interfaces),
        objects("network_cards", Nesting::Set, card).computed().from(|info: &Info| {
            let cards = info.network_info().map(NetworkInfo::network_cards).unwrap_or_default().iter();
            let card = cards.map(|card| {
                json!({
                    "baseline_bandwidth": card.baseline_bandwidth_in_gbps(),
                    "index": card.network_card_index(),
                    "maximum_interfaces": card.maximum_network_interfaces(),
                    "peak_bandwidth": card.peak_bandwidth_in_gbps(),
                    "performance": card.network_performance(),
                })
            });
            card.collect::<Json>()
        }),
        shown("network_performance", |info| info.network_info()?.network_performance()),
    ]
}

fn ebs_fields() -> Fields {
    let count = |name, get: fn(&EbsOptimizedInfo) -> Option<i32>| {
        number(name).computed().from(move |info: &Info| info.ebs_info()?.ebs_optimized_info().and_then(get))
    };
    let rate = |name, get: fn(&EbsOptimizedInfo) -> Option<f64>| {
        number(name).computed().from(move |info: &Info| info.ebs_info()?.ebs_optimized_info().and_then(get))
    };
    let support = |name, get: fn(&EbsInfo) -> Option<&str>| {
        text(name).computed().from(move |info: &Info| info.ebs_info().and_then(get).map(str::to_owned))
    };
    vec![
        support("ebs_encryption_support", |ebs| ebs.encryption_support().map(|kind| kind.as_str())),
        support("ebs_nvme_support", |ebs| ebs.nvme_support().map(|kind| kind.as_str())),
        support("ebs_optimized_support", |ebs| ebs.ebs_optimized_support().map(|kind| kind.as_str())),
        count("ebs_performance_baseline_bandwidth", EbsOptimizedInfo::baseline_bandwidth_in_mbps),
        count("ebs_performance_baseline_iops", EbsOptimizedInfo::baseline_iops),
        rate("ebs_performance_baseline_throughput", EbsOptimizedInfo::baseline_throughput_in_m_bps),
        count("ebs_performance_maximum_bandwidth", EbsOptimizedInfo::maximum_bandwidth_in_mbps),
        count("ebs_performance_maximum_iops", EbsOptimizedInfo::maximum_iops),
        rate("ebs_performance_maximum_throughput", EbsOptimizedInfo::maximum_throughput_in_m_bps),
    ]
}

/// One kind of device: how many, whose, how large.
macro_rules! devices {
    ($list:expr) => {
        $list.iter().map(|device| {
            json!({
                "count": device.count(),
                "manufacturer": device.manufacturer(),
                "memory_size": device.memory_info().and_then(|memory| memory.size_in_mib()),
                "name": device.name(),
            })
        }).collect::<Json>()
    };
}

fn device_fields() -> Fields {
    let devices = |name, read: fn(&Info) -> Json| {
        let parts = vec![number("count"), text("manufacturer"), number("memory_size"), text("name")];
        objects(name, Nesting::Set, parts).computed().from(read)
    };
    let total = |name, get: fn(&Info) -> Option<i32>| number(name).computed().from(get);
    let disk = vec![number("count"), number("size"), text("type")];
    let mut neuron: Vec<Field<(), ()>> = ["core_count", "core_version", "count", "memory_size"].map(number).into();
    neuron.push(text("name"));
    vec![
        devices("fpgas", |info| info.fpga_info().map_or(json!([]), |all| devices!(all.fpgas()))),
        devices("gpus", |info| info.gpu_info().map_or(json!([]), |all| devices!(all.gpus()))),
        devices("inference_accelerators", |info| {
            info.inference_accelerator_info().map_or(json!([]), |all| devices!(all.accelerators()))
        }),
        objects("instance_disks", Nesting::Set, disk).computed().from(|info: &Info| {
            let disks = info.instance_storage_info().map(|storage| storage.disks()).unwrap_or_default().iter();
            let disk = disks.map(|disk| {
                json!({ "count": disk.count(), "size": disk.size_in_gb(), "type": disk.r#type().map(|kind| kind.as_str()) })
            });
            disk.collect::<Json>()
        }),
        devices("media_accelerators", |info| {
            info.media_accelerator_info().map_or(json!([]), |all| devices!(all.accelerators()))
        }),
        objects("neuron_devices", Nesting::Set, neuron).computed().from(|info: &Info| {
            let devices = info.neuron_info().map(|neuron| neuron.neuron_devices()).unwrap_or_default().iter();
            let device = devices.map(|device| {
                json!({
                    "core_count": device.core_info().and_then(|core| core.count()),
                    "core_version": device.core_info().and_then(|core| core.version()),
                    "count": device.count(),
                    "memory_size": device.memory_info().and_then(|memory| memory.size_in_mib()),
                    "name": device.name(),
                })
            });
            device.collect::<Json>()
        }),
        total("total_fpga_memory", |info| info.fpga_info()?.total_fpga_memory_in_mib()),
        total("total_gpu_memory", |info| info.gpu_info()?.total_gpu_memory_in_mib()),
        total("total_inference_memory", |info| info.inference_accelerator_info()?.total_inference_memory_in_mib()),
        number("total_instance_storage").computed().from(|info: &Info| info.instance_storage_info()?.total_size_in_gb()),
        total("total_media_memory", |info| info.media_accelerator_info()?.total_media_memory_in_mib()),
        total("total_neuron_device_memory", |info| info.neuron_info()?.total_neuron_device_memory_in_mib()),
    ]
}

fn shown(name: &'static str, get: fn(&Info) -> Option<&str>) -> Field<Info, ()> {
    text(name).computed().from(move |info: &Info| Some(get(info).unwrap_or_default().to_owned()))
}

fn set(name: &'static str, read: fn(&Info) -> Json) -> Field<Info, ()> {
    set_of_text(name).computed().from(read)
}

fn list(name: &'static str, read: fn(&Info) -> Json) -> Field<Info, ()> {
    texts(name).computed().from(read)
}

/// The texts of the SDK's enums.
fn names<E: AsRef<str>>(members: &[E]) -> Json {
    members.iter().map(AsRef::as_ref).collect::<Vec<&str>>().into()
}

async fn find(aws: Arc<Aws>, want: Want) -> Result<Info, Failure> {
    let kind = want.text("instance_type").unwrap_or_default();
    let request = aws.ec2().describe_instance_types().instance_types(kind.as_str().into());
    let answer = request.send().await.map_err(Failure::of("EC2: DescribeInstanceTypes"))?;
    let info = answer.instance_types.and_then(|found| found.into_iter().next());
    info.ok_or_else(|| Failure::new("EC2: DescribeInstanceTypes", "", format!("there is no instance type {kind:?}")))
}
