//! The parts of the request that makes a server.

use crate::providers::aws::engine::Want;
use aws_sdk_ec2::types as sdk;

pub fn placement(want: &Want) -> Option<sdk::Placement> {
    let placement = sdk::Placement::builder()
        .set_availability_zone(want.filled("availability_zone"))
        .set_group_name(want.filled("placement_group"))
        .set_partition_number(want.positive("placement_partition_number"))
        .set_tenancy(want.filled("tenancy").map(|tenancy| tenancy.as_str().into()))
        .set_host_id(want.filled("host_id"))
        .set_host_resource_group_arn(want.filled("host_resource_group_arn"))
        .build();
    Some(placement).filter(|placement| *placement != sdk::Placement::builder().build())
}

pub fn cpu_options(want: &Want) -> Option<sdk::CpuOptionsRequest> {
    let options = sdk::CpuOptionsRequest::builder();
    let options = match want.item("cpu_options") {
        Some(block) => options
            .set_core_count(block.integer("core_count"))
            .set_threads_per_core(block.integer("threads_per_core"))
            .set_amd_sev_snp(block.filled("amd_sev_snp").map(|kind| kind.as_str().into())),
        None => options
            .set_core_count(want.positive("cpu_core_count"))
            .set_threads_per_core(want.positive("cpu_threads_per_core")),
    };
    Some(options.build()).filter(|options| *options != sdk::CpuOptionsRequest::builder().build())
}

pub fn metadata_options(block: &Want) -> sdk::InstanceMetadataOptionsRequest {
    let is_on = block.text("http_endpoint").as_deref() != Some("disabled");
    let options = sdk::InstanceMetadataOptionsRequest::builder()
        .set_http_endpoint(block.filled("http_endpoint").map(|state| state.as_str().into()));
    if !is_on {
        return options.build();
    }
    options
        .set_http_protocol_ipv6(block.filled("http_protocol_ipv6").map(|state| state.as_str().into()))
        .set_http_put_response_hop_limit(block.positive("http_put_response_hop_limit"))
        .set_http_tokens(block.filled("http_tokens").map(|state| state.as_str().into()))
        .set_instance_metadata_tags(block.filled("instance_metadata_tags").map(|state| state.as_str().into()))
        .build()
}

pub fn market(block: &Want) -> sdk::InstanceMarketOptionsRequest {
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
