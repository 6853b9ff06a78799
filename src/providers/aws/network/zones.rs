//! `data "aws_availability_zones"` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{filter, filter_blocks, filters_of};
use crate::providers::aws::engine::{Failure, Lookup, Want, flag, set_of_text, text, texts};
use crate::value::{Type, Value};
use aws_sdk_ec2::types::AvailabilityZone;
use std::sync::Arc;

pub struct Zones {
    zones: Vec<AvailabilityZone>,
    region: String,
}

pub fn availability_zones() -> Lookup {
    let fields = vec![
        flag("all_availability_zones").optional(),
        set_of_text("exclude_names").optional(),
        set_of_text("exclude_zone_ids").optional(),
        filter_blocks(),
        set_of_text("group_names")
            .computed()
            .from(|found: &Zones| texts_by(found, |zone| Some(zone.group_name().unwrap_or_default()))),
        text("id").optional().computed().from(|found: &Zones| Some(found.region.clone())),
        texts("names").computed().from(|found: &Zones| texts_by(found, AvailabilityZone::zone_name)),
        text("state").optional(),
        texts("zone_ids").computed().from(|found: &Zones| texts_by(found, AvailabilityZone::zone_id)),
    ];
    Lookup::new("EC2 Availability Zones", fields, find).timeouts(&["read"])
}

fn texts_by(found: &Zones, get: fn(&AvailabilityZone) -> Option<&str>) -> Value {
    Value::list(Type::String, found.zones.iter().filter_map(get).map(Value::text).collect())
}

async fn find(aws: Arc<Aws>, want: Want) -> Result<Zones, Failure> {
    let mut request =
        aws.ec2().describe_availability_zones().set_all_availability_zones(want.flag("all_availability_zones"));
    if let Some(state) = want.filled("state") {
        request = request.filters(filter("state", [state]));
    }
    let filters = filters_of(&want);
    let request = filters.into_iter().fold(request, |request, filter| request.filters(filter));
    let answer = request.send().await.map_err(Failure::of("EC2: DescribeAvailabilityZones"))?;
    let (names, ids) = (want.texts("exclude_names"), want.texts("exclude_zone_ids"));
    let mut zones = answer.availability_zones.unwrap_or_default();
    zones.retain(|zone| {
        !names.iter().any(|name| zone.zone_name() == Some(name)) && !ids.iter().any(|id| zone.zone_id() == Some(id))
    });
    zones.sort_by(|a, b| a.zone_name().cmp(&b.zone_name()));
    Ok(Zones { zones, region: aws.region.clone() })
}
