//! `aws_autoscaling_traffic_source_attachment` <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AttachTrafficSources.html>

use super::of_group::or_nothing;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    Call, Failure, Readiness, Resource, Want, all_of, block_list, not_importable, text,
};
use aws_sdk_autoscaling::types::{TrafficSourceIdentifier, TrafficSourceState};
use futures::future::try_join_all;
use std::sync::Arc;

/// A group and a balancer, target group or lattice service that sends it traffic.
pub struct Attachment {
    id: String,
    source: TrafficSourceState,
}

pub fn traffic_source_attachment() -> Resource<Attachment, ()> {
    let source = vec![
        text("identifier").required().replaces(),
        text("type").required().replaces().one_of(&["elb", "elbv2", "vpc-lattice"]),
    ];
    Resource::new("Auto Scaling Traffic Source Attachment", 0, |_: &Aws| (), create)
        .fields(vec![
            text("autoscaling_group_name").required().replaces(),
            block_list("traffic_source", 1, source).optional().replaces(),
        ])
        .read_many(50, |found| found.id.clone(), read)
        .ready(|found| match found.source.state().unwrap_or_default() {
            "Removed" => Readiness::Gone,
            state @ ("Adding" | "Removing") => Readiness::Waiting(state.to_owned()),
            _ => Readiness::Ready,
        })
        .delete(delete)
        .missing(&["ValidationError"])
        .recovered_by(|call: Call| async move { Ok(Some(id_of(&call.want))) })
        .imported_by(not_importable)
        .timeouts(&[("create", 5), ("delete", 5)])
}

/// The API has none.
fn id_of(want: &Want) -> String {
    let source = want.item("traffic_source");
    let of_source = |name: &str| source.as_ref().and_then(|source| source.text(name)).unwrap_or_default();
    let group = want.text("autoscaling_group_name").unwrap_or_default();
    format!("{group},{},{}", of_source("type"), of_source("identifier"))
}

fn source_of(want: &Want) -> Option<Vec<TrafficSourceIdentifier>> {
    let source = want.item("traffic_source")?;
    let named = TrafficSourceIdentifier::builder().set_identifier(source.text("identifier"));
    Some(vec![named.set_type(source.text("type")).build()])
}

async fn create((): (), call: Call) -> Result<String, Failure> {
    let request = call.aws.autoscaling().attach_traffic_sources();
    let request = request.set_auto_scaling_group_name(call.want.text("autoscaling_group_name"));
    let sent = request.set_traffic_sources(source_of(&call.want)).send().await;
    sent.map_err(Failure::of("Auto Scaling: AttachTrafficSources"))?;
    Ok(id_of(&call.want))
}

/// The API is asked for one kind of source of one group.
async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Attachment>, Failure> {
    let mut places: Vec<(String, String)> = ids.iter().filter_map(|id| place_of(id)).collect();
    places.sort();
    places.dedup();
    let looks = places.into_iter().map(|(group, kind)| {
        let request = aws.autoscaling().describe_traffic_sources();
        let request = request.auto_scaling_group_name(&group).traffic_source_type(&kind);
        let pages = request.into_paginator().send();
        async move {
            let found = or_nothing(all_of(pages, "Auto Scaling: DescribeTrafficSources").await)?;
            let assemble = |source: TrafficSourceState| {
                let id = format!("{group},{kind},{}", source.identifier().unwrap_or_default());
                Attachment { id, source }
            };
            let sources = found.into_iter().flat_map(|page| page.traffic_sources.unwrap_or_default());
            Ok::<_, Failure>(sources.map(assemble).collect::<Vec<_>>())
        }
    });
    Ok(try_join_all(looks).await?.into_iter().flatten().collect())
}

/// Of `group,type,identifier` the first two.
fn place_of(id: &str) -> Option<(String, String)> {
    let mut parts = id.splitn(3, ',');
    Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.autoscaling().detach_traffic_sources();
    let request = request.set_auto_scaling_group_name(call.prior.text("autoscaling_group_name"));
    let sent = request.set_traffic_sources(source_of(&call.prior)).send().await;
    sent.map(drop).map_err(Failure::of("Auto Scaling: DetachTrafficSources"))
}
