//! `data "aws_vpc_endpoint_service"` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ServiceDetail.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::filter_blocks;
use crate::providers::aws::engine::{
    Failure, Field, Found, Lookup, Want, flag, found_tags, found_text, given, set_of_text, show, string_hash, text,
};
use crate::value::{Type, Value};
use aws_sdk_ec2::types::{PrivateDnsDetails, ServiceDetail};
use std::sync::Arc;

pub struct Service {
    detail: ServiceDetail,
    arn: String,
}

pub fn endpoint_service() -> Lookup {
    let is = |name: &'static str, get: fn(&ServiceDetail) -> Option<bool>| {
        flag(name).computed().from(move |found: &Found<Service>| Some(get(&found.object.detail).unwrap_or_default()))
    };
    let fields = vec![
        is("acceptance_required", ServiceDetail::acceptance_required),
        found_text("arn", |found: &Service| Some(&found.arn)),
        all("availability_zones", |detail| detail.availability_zones().to_vec()),
        all("base_endpoint_dns_names", |detail| detail.base_endpoint_dns_names().to_vec()),
        filter_blocks(),
        text("id")
            .optional()
            .computed()
            .from(|found: &Found<Service>| Some(string_hash(name_of(&found.object.detail)).to_string())),
        is("manages_vpc_endpoints", ServiceDetail::manages_vpc_endpoints),
        found_text("owner", |found: &Service| found.detail.owner()),
        found_text("private_dns_name", |found: &Service| found.detail.private_dns_name()),
        all("private_dns_names", |detail| {
            let names = detail.private_dns_names().iter().filter_map(PrivateDnsDetails::private_dns_name);
            names.map(str::to_owned).collect()
        }),
        found_text("region", |found: &Service| found.detail.service_region()),
        text("service").optional().conflicts(&["service_name"]),
        found_text("service_id", |found: &Service| found.detail.service_id()),
        found_text("service_name", |found: &Service| found.detail.service_name()).optional().conflicts(&["service"]),
        set_of_text("service_regions").optional(),
        found_text("service_type", |found: &Service| {
            Some(found.detail.service_type().first()?.service_type()?.as_str())
        })
        .optional(),
        all("supported_ip_address_types", |detail| {
            detail.supported_ip_address_types().iter().map(|kind| kind.as_str().to_owned()).collect()
        }),
        found_tags(),
        is("vpc_endpoint_policy_supported", ServiceDetail::vpc_endpoint_policy_supported),
    ];
    Lookup::new("EC2 VPC Endpoint Service", fields, find).timeouts(&["read"])
}

fn all(name: &'static str, get: fn(&ServiceDetail) -> Vec<String>) -> Field<Found<Service>, ()> {
    set_of_text(name).computed().from(move |found: &Found<Service>| {
        Value::set(Type::String, get(&found.object.detail).iter().map(|one| Value::text(one)).collect())
    })
}

fn name_of(detail: &ServiceDetail) -> &str {
    detail.service_name().unwrap_or_default()
}

async fn find(aws: Arc<Aws>, want: Want) -> Result<Found<Service>, Failure> {
    let own = want.filled("service").map(|service| own_name(&aws.region, &service));
    let filters = given(&want, &[("service-type", want.filled("service_type"))]);
    let request = aws
        .ec2()
        .describe_vpc_endpoint_services()
        .set_service_names(own.or_else(|| want.filled("service_name")).map(|name| vec![name]))
        .set_service_regions(Some(want.texts("service_regions")).filter(|regions| !regions.is_empty()))
        .set_filters(filters);
    let (mut details, mut next) = (Vec::new(), None);
    loop {
        let answer = request.clone().set_next_token(next).send().await;
        let answer = answer.map_err(Failure::of("EC2: DescribeVpcEndpointServices"))?;
        details.extend(answer.service_details.unwrap_or_default());
        next = answer.next_token.filter(|token| !token.is_empty());
        if next.is_none() {
            break;
        }
    }
    let assemble = |detail: ServiceDetail| Service { arn: arn_of(&aws, &detail), detail };
    let found = details.into_iter().map(assemble).collect();
    show(&aws, found, |service: &Service| service.detail.tags())
}

/// A service may be of another region.
fn arn_of(aws: &Aws, service: &ServiceDetail) -> String {
    let region = service.service_region().unwrap_or_default();
    let id = service.service_id().unwrap_or_default();
    format!("arn:{}:ec2:{region}:{}:vpc-endpoint-service/{id}", aws.partition, aws.account)
}

/// What AWS calls a service of its own.
fn own_name(region: &str, service: &str) -> String {
    let domain = if region.starts_with("cn-") { "cn.com.amazonaws" } else { "com.amazonaws" };
    format!("{domain}.{region}.{service}")
}
