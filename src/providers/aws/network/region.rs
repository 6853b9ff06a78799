//! `data "aws_region"`: the connection's own region, or a given one.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Failure, Lookup, Want, text};
use std::sync::Arc;

pub struct Region {
    name: String,
    endpoint: String,
}

pub fn region() -> Lookup {
    let fields = vec![
        text("description").computed().from(|found: &Region| Some(description(&found.name).to_owned())),
        text("endpoint").optional().computed().from(|found: &Region| Some(found.endpoint.clone())),
        text("id").optional().computed().from(|found: &Region| Some(found.name.clone())),
        text("name").optional().computed().from(|found: &Region| Some(found.name.clone())),
    ];
    Lookup::new("Region", fields, find)
}

async fn find(aws: Arc<Aws>, want: Want) -> Result<Region, Failure> {
    let by_endpoint = want.filled("endpoint").and_then(|endpoint| endpoint.split('.').nth(1).map(str::to_owned));
    let name = want.filled("name").or(by_endpoint).unwrap_or_else(|| aws.region.clone());
    let suffix = if name.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    Ok(Region { endpoint: format!("ec2.{name}.{suffix}"), name })
}

/// What AWS calls its regions.
fn description(name: &str) -> &'static str {
    match name {
        "af-south-1" => "Africa (Cape Town)",
        "ap-east-1" => "Asia Pacific (Hong Kong)",
        "ap-northeast-1" => "Asia Pacific (Tokyo)",
        "ap-northeast-2" => "Asia Pacific (Seoul)",
        "ap-northeast-3" => "Asia Pacific (Osaka)",
        "ap-south-1" => "Asia Pacific (Mumbai)",
        "ap-south-2" => "Asia Pacific (Hyderabad)",
        "ap-southeast-1" => "Asia Pacific (Singapore)",
        "ap-southeast-2" => "Asia Pacific (Sydney)",
        "ap-southeast-3" => "Asia Pacific (Jakarta)",
        "ap-southeast-4" => "Asia Pacific (Melbourne)",
        "ap-southeast-5" => "Asia Pacific (Malaysia)",
        "ap-southeast-7" => "Asia Pacific (Thailand)",
        "ca-central-1" => "Canada (Central)",
        "ca-west-1" => "Canada West (Calgary)",
        "cn-north-1" => "China (Beijing)",
        "cn-northwest-1" => "China (Ningxia)",
        "eu-central-1" => "Europe (Frankfurt)",
        "eu-central-2" => "Europe (Zurich)",
        "eu-north-1" => "Europe (Stockholm)",
        "eu-south-1" => "Europe (Milan)",
        "eu-south-2" => "Europe (Spain)",
        "eu-west-1" => "Europe (Ireland)",
        "eu-west-2" => "Europe (London)",
        "eu-west-3" => "Europe (Paris)",
        "il-central-1" => "Israel (Tel Aviv)",
        "me-central-1" => "Middle East (UAE)",
        "me-south-1" => "Middle East (Bahrain)",
        "mx-central-1" => "Mexico (Central)",
        "sa-east-1" => "South America (Sao Paulo)",
        "us-east-1" => "US East (N. Virginia)",
        "us-east-2" => "US East (Ohio)",
        "us-gov-east-1" => "AWS GovCloud (US-East)",
        "us-gov-west-1" => "AWS GovCloud (US-West)",
        "us-west-1" => "US West (N. California)",
        "us-west-2" => "US West (Oregon)",
        _ => "",
    }
}
