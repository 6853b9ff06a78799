//! `aws_lb_listener` <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Listener.html>

use super::action::{actions_of, reconcile_actions};
use super::attributes::{Pairs, changed, wanted};
use super::listener_fields::{SETTINGS, fields};
use super::tags::{ARNS_PER_CALL, change_tags, read_tags, sdk_tags};
use crate::provider::TrafficRole;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, Want, all_of};
use aws_sdk_elasticloadbalancingv2::operation::create_listener::builders::CreateListenerFluentBuilder as Create;
use aws_sdk_elasticloadbalancingv2::types::{
    Certificate, Listener as Described, ListenerAttribute, MutualAuthenticationAttributes, ProtocolEnum,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Protocols of network load balancers: what they forward goes to one group.
const ONE_GROUP: &[&str] = &["TCP", "TCP_UDP", "TLS", "UDP"];

pub struct Listener {
    pub described: Described,
    pub settings: Pairs,
    pub tags: BTreeMap<String, String>,
}

pub fn listener() -> Resource<Listener, Create> {
    Resource::new("ELBv2 Listener", 0, |aws| aws.elbv2().create_listener(), create)
        .fields(fields())
        .read_many(
            ARNS_PER_CALL,
            |found: &Listener| found.described.listener_arn().unwrap_or_default().to_owned(),
            read,
        )
        .reconcile(|object, before| reconcile_actions(object, before, "default_action"))
        .change("listener", change_listener)
        .keeps(SETTINGS.iter().map(|setting| setting.attribute))
        .change_after_create("settings", change_settings)
        .tagged(|found| found.tags.clone(), change_tags)
        .delete(delete)
        .recovered_by(find)
        .missing(&["ListenerNotFound"])
        .traffic(TrafficRole::Forward { unless: Some(("protocol", ONE_GROUP)) })
        .retry_create_on(&["CertificateNotFound"])
        .timeouts(&[("create", 5), ("update", 5)])
}

fn authentication_of(want: &Want) -> Option<MutualAuthenticationAttributes> {
    let block = want.item("mutual_authentication")?;
    let is_verified = block.text("mode").as_deref() == Some("verify");
    let attributes = MutualAuthenticationAttributes::builder()
        .set_mode(block.text("mode"))
        .set_trust_store_arn(block.filled("trust_store_arn").filter(|_| is_verified))
        .set_ignore_client_certificate_expiry(block.flag("ignore_client_certificate_expiry").filter(|_| is_verified))
        .set_advertise_trust_store_ca_names(
            block.filled("advertise_trust_store_ca_names").filter(|_| is_verified).map(|names| names.as_str().into()),
        );
    Some(attributes.build())
}

fn certificates_of(want: &Want) -> Option<Vec<Certificate>> {
    let arn = want.filled("certificate_arn")?;
    Some(vec![Certificate::builder().certificate_arn(arn).build()])
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    // An application load balancer's listener speaks HTTP where nothing else is said.
    let is_of_application =
        call.want.text("load_balancer_arn").is_some_and(|balancer| balancer.contains(":loadbalancer/app/"));
    let request = match call.want.filled("protocol") {
        None if is_of_application => request.protocol(ProtocolEnum::Http),
        _ => request,
    };
    let request = request
        .set_alpn_policy(call.want.filled("alpn_policy").map(|policy| vec![policy]))
        .set_certificates(certificates_of(&call.want))
        .set_default_actions(Some(actions_of(&call.want, "default_action")))
        .set_mutual_authentication(authentication_of(&call.want))
        .set_tags(sdk_tags(&call.tags));
    let answer = request.send().await.map_err(Failure::of("Elastic Load Balancing v2: CreateListener"))?;
    Ok(answer.listeners().first().and_then(Described::listener_arn).unwrap_or_default().to_owned())
}

async fn read(aws: Arc<Aws>, arns: Vec<String>) -> Result<Vec<Listener>, Failure> {
    let request = aws.elbv2().describe_listeners().set_listener_arns(Some(arns));
    let found = all_of(request.into_paginator().items().send(), "Elastic Load Balancing v2: DescribeListeners").await?;
    let arns: Vec<String> = found.iter().filter_map(|found| found.listener_arn.clone()).collect();
    let (mut tags, settings) = futures::try_join!(
        read_tags(&aws, &arns),
        futures::future::try_join_all(found.iter().map(|found| read_settings(&aws, found))),
    )?;
    let whole = |(described, settings): (Described, Pairs)| Listener {
        tags: tags.remove(described.listener_arn().unwrap_or_default()).unwrap_or_default(),
        described,
        settings,
    };
    Ok(found.into_iter().zip(settings).map(whole).collect())
}

async fn read_settings(aws: &Aws, listener: &Described) -> Result<Pairs, Failure> {
    // The API does not tell the attributes of TLS listeners.
    if listener.protocol() == Some(&ProtocolEnum::Tls) {
        return Ok(Pairs::new());
    }
    let request = aws.elbv2().describe_listener_attributes().set_listener_arn(listener.listener_arn.clone());
    let answer = request.send().await.map_err(Failure::of("Elastic Load Balancing v2: DescribeListenerAttributes"))?;
    let pairs = answer.attributes.unwrap_or_default().into_iter();
    Ok(pairs.filter_map(|pair| Some((pair.key?, pair.value?))).collect())
}

async fn change_settings(call: Call) -> Result<(), Failure> {
    let protocol = call.want.text("protocol").unwrap_or_default();
    let changed = changed(&wanted(SETTINGS, &protocol, &call.prior), wanted(SETTINGS, &protocol, &call.want));
    if changed.is_empty() {
        return Ok(());
    }
    let attributes = changed.into_iter().map(|(key, value)| ListenerAttribute::builder().key(key).value(value).build());
    let request =
        call.aws.elbv2().modify_listener_attributes().listener_arn(&call.id).set_attributes(Some(attributes.collect()));
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: ModifyListenerAttributes"))?;
    Ok(())
}

async fn change_listener(call: Call) -> Result<(), Failure> {
    let want = &call.want;
    let request = call
        .aws
        .elbv2()
        .modify_listener()
        .listener_arn(&call.id)
        .set_alpn_policy(want.filled("alpn_policy").map(|policy| vec![policy]))
        .set_certificates(certificates_of(want))
        .set_default_actions(Some(actions_of(want, "default_action")))
        .set_mutual_authentication(authentication_of(want))
        .set_port(want.positive("port"))
        .set_protocol(want.filled("protocol").map(|protocol| protocol.as_str().into()))
        .set_ssl_policy(
            want.filled("ssl_policy").filter(|_| matches!(want.text("protocol").as_deref(), Some("HTTPS" | "TLS"))),
        );
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: ModifyListener"))?;
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.elbv2().delete_listener().listener_arn(&call.id);
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: DeleteListener"))?;
    Ok(())
}

/// A load balancer listens at a port once.
async fn find(call: Call) -> Result<Option<String>, Failure> {
    let balancer = call.want.text("load_balancer_arn").unwrap_or_default();
    let mut pages = call.aws.elbv2().describe_listeners().load_balancer_arn(balancer).into_paginator().items().send();
    while let Some(listener) = pages.next().await {
        let listener = listener.map_err(Failure::of("Elastic Load Balancing v2: DescribeListeners"))?;
        if listener.port() == call.want.integer("port") {
            return Ok(listener.listener_arn);
        }
    }
    Ok(None)
}
