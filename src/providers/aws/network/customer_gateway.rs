//! `aws_customer_gateway` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CustomerGateway.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{arn, change_tags, tag_map, tag_specifications};
use crate::providers::aws::engine::{Call, Failure, Field, Resource, Tagging, ready, text};
use crate::value::Value;
use aws_sdk_ec2::operation::create_customer_gateway::builders::CreateCustomerGatewayFluentBuilder as Create;
use aws_sdk_ec2::types::{CustomerGateway as Described, ResourceType};
use std::sync::Arc;

pub struct CustomerGateway {
    gateway: Described,
    arn: String,
}

pub fn customer_gateway() -> Resource<CustomerGateway, Create> {
    Resource::new("EC2 Customer Gateway", 0, |aws| aws.ec2().create_customer_gateway(), create)
        .fields(fields())
        .read_many(200, |found| found.gateway.customer_gateway_id().unwrap_or_default().to_owned(), read)
        .ready(|found| ready(found.gateway.state(), &["available"], &["deleted"]))
        .recovered_by_tag(Tagging::Ec2)
        .tagged(|found| tag_map(found.gateway.tags()), change_tags)
        .delete(delete)
        .missing(&["InvalidCustomerGatewayID.NotFound"])
        .retry_delete_on(&["IncorrectState"])
}

fn fields() -> Vec<Field<CustomerGateway, Create>> {
    let given = |name: &'static str, get: fn(&Described) -> Option<&str>| {
        let read = move |found: &CustomerGateway| get(&found.gateway).map(str::to_owned);
        text(name).optional().replaces().from(read).never_null()
    };
    let number = |text: &Value| text.as_str().and_then(|digits| digits.parse::<i64>().ok());
    vec![
        text("arn").computed().from(|found: &CustomerGateway| Some(found.arn.clone())),
        given("bgp_asn", Described::bgp_asn).conflicts(&["bgp_asn_extended"]).to(
            move |request: Create, value: &Value| {
                request.set_bgp_asn(number(value).and_then(|number| i32::try_from(number).ok()))
            },
        ),
        given("bgp_asn_extended", Described::bgp_asn_extended)
            .conflicts(&["bgp_asn"])
            .to(move |request: Create, value: &Value| request.set_bgp_asn_extended(number(value))),
        given("certificate_arn", Described::certificate_arn).to(Create::set_certificate_arn),
        given("device_name", Described::device_name).to(Create::set_device_name),
        given("ip_address", Described::ip_address).to(Create::set_ip_address),
        text("type")
            .required()
            .replaces()
            .one_of(&["ipsec.1"])
            .from(|found: &CustomerGateway| found.gateway.r#type().map(str::to_owned))
            .enum_to(Create::set_type),
    ]
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let request = request.set_tag_specifications(tag_specifications(ResourceType::CustomerGateway, &call.tags));
    let answer = request.send().await.map_err(Failure::of("EC2: CreateCustomerGateway"))?;
    Ok(answer.customer_gateway().and_then(Described::customer_gateway_id).unwrap_or_default().to_owned())
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<CustomerGateway>, Failure> {
    let request = aws.ec2().describe_customer_gateways().set_customer_gateway_ids(Some(ids));
    let answer = request.send().await.map_err(Failure::of("EC2: DescribeCustomerGateways"))?;
    let assemble = |gateway: Described| CustomerGateway {
        arn: arn(&aws, &aws.account, "customer-gateway", gateway.customer_gateway_id().unwrap_or_default()),
        gateway,
    };
    Ok(answer.customer_gateways.unwrap_or_default().into_iter().map(assemble).collect())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.ec2().delete_customer_gateway().customer_gateway_id(&call.id);
    request.send().await.map(drop).map_err(Failure::of("EC2: DeleteCustomerGateway"))
}
