//! What an instance is made from: its image, its type, its subnet, its key pair, and whether we may start it.

use super::{Finding, at, new_of, text};
use crate::provider::PreflightRequest;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::Failure;
use crate::providers::aws::engine::ec2::filter;
use aws_sdk_ec2::types::{Image, ImageState, InstanceType, InstanceTypeInfo, LocationType, Subnet};
use std::collections::{BTreeMap, BTreeSet};

pub async fn look(aws: &Aws, requests: &[PreflightRequest]) -> Vec<Finding> {
    let servers: Vec<(usize, &PreflightRequest)> = new_of(requests, &["aws_instance"]).collect();
    if servers.is_empty() {
        return Vec::new();
    }
    let all = |name: &str| -> BTreeSet<String> {
        servers.iter().filter_map(|(_, server)| text(&server.planned, name)).map(str::to_owned).collect()
    };
    let (images, types, subnets, keys, refusal) = tokio::join!(
        images(aws, all("ami")),
        types(aws, all("instance_type")),
        subnets(aws, all("subnet_id")),
        keys(aws, all("key_name")),
        refusal(aws, servers[0].1),
    );
    let offers = offers(aws, all("instance_type")).await;
    let mut found: Vec<Finding> = Vec::new();
    for (index, server) in &servers {
        let planned = &server.planned;
        let image = text(planned, "ami").zip(images.as_ref());
        let kind = text(planned, "instance_type");
        let subnet = text(planned, "subnet_id").zip(subnets.as_ref());
        found.extend(image.and_then(|(id, images)| check_image(*index, id, images.get(id))));
        let info = kind.zip(types.as_ref()).and_then(|(kind, types)| types.get(kind));
        let image = image.and_then(|(id, images)| images.get(id));
        found.extend(image.zip(info).and_then(|(image, info)| check_architecture(*index, image, info)));
        let zone = subnet
            .and_then(|(id, subnets)| subnets.get(id)?.availability_zone())
            .or_else(|| text(planned, "availability_zone"));
        if let (Some(kind), Some(zone), Some(offers)) = (kind, zone, &offers) {
            found.extend(check_offer(*index, kind, zone, offers));
        }
        if let (Some(key), Some(keys)) = (text(planned, "key_name"), &keys) {
            found.extend(check_key(*index, key, keys, requests));
        }
    }
    found.extend(subnets.iter().flat_map(|subnets| check_room(&servers, subnets)));
    found.extend(refusal.map(|detail| at(servers[0].0, "ami", "Not allowed to start instances", detail)));
    found
}

/// By id; nothing where it could not be asked.
async fn images(aws: &Aws, ids: BTreeSet<String>) -> Option<BTreeMap<String, Image>> {
    if ids.is_empty() {
        return None;
    }
    // A filter leaves out what does not exist; asking by id would fail for all.
    let request = aws.ec2().describe_images().include_deprecated(true).filters(filter("image-id", ids));
    let answer = request.send().await.ok()?;
    Some(
        answer
            .images
            .unwrap_or_default()
            .into_iter()
            .map(|image| (image.image_id().unwrap_or_default().to_owned(), image))
            .collect(),
    )
}

fn check_image(index: usize, id: &str, image: Option<&Image>) -> Option<Finding> {
    let Some(image) = image else {
        let detail = format!(
            "There is no image {id:?} in this region that this account may use. Images differ from region to region."
        );
        return Some(at(index, "ami", "Image does not exist", detail));
    };
    let state = image.state()?;
    let detail = format!("Instances can be started from an image that is available; {id:?} is {:?}.", state.as_str());
    (*state != ImageState::Available).then(|| at(index, "ami", "Image is not available", detail))
}

async fn types(aws: &Aws, kinds: BTreeSet<String>) -> Option<BTreeMap<String, InstanceTypeInfo>> {
    if kinds.is_empty() {
        return None;
    }
    let mut pages =
        aws.ec2().describe_instance_types().filters(filter("instance-type", kinds)).into_paginator().items().send();
    let mut found = BTreeMap::new();
    while let Some(info) = pages.next().await {
        let info = info.ok()?;
        let name = info.instance_type().map(InstanceType::as_str).unwrap_or_default().to_owned();
        found.insert(name, info);
    }
    Some(found)
}

fn check_architecture(index: usize, image: &Image, info: &InstanceTypeInfo) -> Option<Finding> {
    let architecture = image.architecture()?.as_str();
    let supported: Vec<&str> =
        info.processor_info()?.supported_architectures().iter().map(|kind| kind.as_str()).collect();
    if supported.is_empty() || supported.contains(&architecture) {
        return None;
    }
    let kind = info.instance_type().map(InstanceType::as_str).unwrap_or_default();
    let detail = format!(
        "Image {} is built for {architecture}; instances of type {kind} run {}. Choose an image or a type that fits the other.",
        image.image_id().unwrap_or_default(),
        supported.join(" and "),
    );
    Some(at(index, "instance_type", "Image does not fit the instance type", detail))
}

/// Pairs of type and zone. Nothing where it could not be asked.
async fn offers(aws: &Aws, kinds: BTreeSet<String>) -> Option<BTreeSet<(String, String)>> {
    if kinds.is_empty() {
        return None;
    }
    let request = aws.ec2().describe_instance_type_offerings().location_type(LocationType::AvailabilityZone);
    let mut pages = request.filters(filter("instance-type", kinds)).into_paginator().items().send();
    let mut found = BTreeSet::new();
    while let Some(offer) = pages.next().await {
        let offer = offer.ok()?;
        let kind = offer.instance_type().map(InstanceType::as_str).unwrap_or_default().to_owned();
        found.insert((kind, offer.location.unwrap_or_default()));
    }
    Some(found)
}

fn check_offer(index: usize, kind: &str, zone: &str, offers: &BTreeSet<(String, String)>) -> Option<Finding> {
    if offers.contains(&(kind.to_owned(), zone.to_owned())) {
        return None;
    }
    let zones: Vec<&str> = offers.iter().filter(|(offered, _)| offered == kind).map(|(_, zone)| &**zone).collect();
    let detail = match zones.is_empty() {
        true => format!("This region has no instance type {kind:?}."),
        false => format!("Zone {zone} does not offer {kind}; {} do.", zones.join(", ")),
    };
    Some(at(index, "instance_type", "Instance type is not offered", detail))
}

async fn subnets(aws: &Aws, ids: BTreeSet<String>) -> Option<BTreeMap<String, Subnet>> {
    if ids.is_empty() {
        return None;
    }
    let mut pages = aws.ec2().describe_subnets().filters(filter("subnet-id", ids)).into_paginator().items().send();
    let mut found = BTreeMap::new();
    while let Some(subnet) = pages.next().await {
        let subnet = subnet.ok()?;
        found.insert(subnet.subnet_id().unwrap_or_default().to_owned(), subnet);
    }
    Some(found)
}

/// More new servers than free addresses: said at the first server that finds none.
fn check_room(servers: &[(usize, &PreflightRequest)], subnets: &BTreeMap<String, Subnet>) -> Vec<Finding> {
    let mut by_subnet: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, server) in servers {
        if let Some(subnet) = text(&server.planned, "subnet_id") {
            by_subnet.entry(subnet).or_default().push(*index);
        }
    }
    let check = |(id, indices): (&str, Vec<usize>)| {
        let free = usize::try_from(subnets.get(id)?.available_ip_address_count()?).ok()?;
        let detail =
            format!("{} servers are to be started in subnet {id}, which has {free} free addresses.", indices.len());
        Some(at(*indices.get(free)?, "subnet_id", "Not enough free addresses", detail))
    };
    by_subnet.into_iter().filter_map(check).collect()
}

async fn keys(aws: &Aws, names: BTreeSet<String>) -> Option<BTreeSet<String>> {
    if names.is_empty() {
        return None;
    }
    let answer = aws.ec2().describe_key_pairs().filters(filter("key-name", names)).send().await.ok()?;
    Some(answer.key_pairs.unwrap_or_default().into_iter().filter_map(|pair| pair.key_name).collect())
}

fn check_key(index: usize, name: &str, existing: &BTreeSet<String>, requests: &[PreflightRequest]) -> Option<Finding> {
    let is_planned = requests
        .iter()
        .any(|request| &*request.kind == "aws_key_pair" && text(&request.planned, "key_name") == Some(name));
    if existing.contains(name) || is_planned {
        return None;
    }
    let detail = format!("There is no key pair {name:?} in this region.");
    Some(at(index, "key_name", "Key pair does not exist", detail))
}

/// What EC2 says to a dry run, where it says that we may not. Every other answer says nothing: a dry run knows less than the plan.
async fn refusal(aws: &Aws, server: &PreflightRequest) -> Option<String> {
    let image = text(&server.planned, "ami")?;
    let kind = text(&server.planned, "instance_type")?;
    let request = aws.ec2().run_instances().dry_run(true).image_id(image).instance_type(kind.into());
    let request = request.set_subnet_id(text(&server.planned, "subnet_id").map(str::to_owned));
    let failure = request.min_count(1).max_count(1).send().await.map_err(Failure::of("EC2: RunInstances")).err()?;
    (failure.code == "UnauthorizedOperation").then(|| failure.complaint("").detail)
}
