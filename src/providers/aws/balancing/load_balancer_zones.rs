//! The zones of a load balancer: its subnets, or mappings of subnets to addresses, and which changes of them need a new one.

use super::load_balancer::LoadBalancer;
use crate::providers::aws::engine::{Field, Want, text};
use crate::value::Value;
use aws_sdk_elasticloadbalancingv2::types::AvailabilityZone;
use serde_json::{Value as Json, json};
use std::cmp::Ordering;
use std::collections::BTreeSet;

pub fn mapping_fields() -> Vec<Field<(), ()>> {
    vec![
        text("allocation_id").optional(),
        text("ipv6_address").optional(),
        text("outpost_id").computed(),
        text("private_ipv4_address").optional(),
        text("subnet_id").required(),
    ]
}

pub fn mappings_of(found: &LoadBalancer) -> Json {
    let mapping = |zone: &AvailabilityZone| {
        let address = zone.load_balancer_addresses().first();
        json!({
            "allocation_id": address.and_then(|address| address.allocation_id()).unwrap_or_default(),
            "ipv6_address": address.and_then(|address| address.ipv6_address()).unwrap_or_default(),
            "outpost_id": zone.outpost_id().unwrap_or_default(),
            "private_ipv4_address": address.and_then(|address| address.private_ipv4_address()).unwrap_or_default(),
            "subnet_id": zone.subnet_id().unwrap_or_default(),
        })
    };
    json!(found.described.availability_zones().iter().map(mapping).collect::<Vec<_>>())
}

/// A network load balancer keeps the subnets that it has.
pub fn gives_up_subnets(prior: &Want, wanted: &Want) -> bool {
    is_network(prior) && is_known(wanted, "subnets") && wanted.texts("subnets").len() <= prior.texts("subnets").len()
}

/// Mappings come or go in place as long as the others stay what they are; of a network load balancer none go. Where as many are wanted as
/// there are, hashicorp's provider leaves it to AWS whether they can be changed.
pub fn changes_kept_mappings(prior: &Want, wanted: &Want) -> bool {
    let (former, new) = (mappings(prior), mappings(wanted));
    is_known(wanted, "subnet_mapping")
        && match new.len().cmp(&former.len()) {
            Ordering::Less => is_network(prior) || !new.is_subset(&former),
            Ordering::Equal => false,
            Ordering::Greater => !former.is_subset(&new),
        }
}

fn mappings(object: &Want) -> BTreeSet<[String; 4]> {
    let names = ["subnet_id", "allocation_id", "ipv6_address", "private_ipv4_address"];
    let mapping = |block: &Want| names.map(|name| block.filled(name).unwrap_or_default());
    object.items("subnet_mapping").iter().map(mapping).collect()
}

fn is_network(balancer: &Want) -> bool {
    balancer.text("load_balancer_type").as_deref() == Some("network")
}

fn is_known(wanted: &Want, name: &str) -> bool {
    wanted.0.get(name).is_some_and(Value::is_wholly_known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::from_json;

    fn balancer(kind: &str, mappings: &[(&str, &str)]) -> Want {
        let mapping = |(subnet, address): &(&str, &str)| json!({ "subnet_id": subnet, "allocation_id": address });
        let mappings: Vec<Json> = mappings.iter().map(mapping).collect();
        Want(from_json(&json!({ "load_balancer_type": kind, "subnet_mapping": mappings })))
    }

    #[test]
    fn a_balancer_gets_mappings_in_place_and_keeps_those_it_has() {
        let changes = |kind: &str, former: &[(&str, &str)], wanted: &[(&str, &str)]| {
            changes_kept_mappings(&balancer(kind, former), &balancer(kind, wanted))
        };
        let (one, two) = ([("a", "1")], [("a", "1"), ("b", "2")]);
        for kind in ["network", "application"] {
            assert!(!changes(kind, &one, &two), "{kind}: one more");
            assert!(changes(kind, &one, &[("a", "3"), ("b", "2")]), "{kind}: one more, and another address");
            assert!(!changes(kind, &two, &[("a", "1"), ("b", "3")]), "{kind}: as many");
        }
        assert!(changes("network", &two, &one));
        assert!(!changes("application", &two, &one));
    }

    #[test]
    fn a_network_load_balancer_keeps_its_subnets() {
        let balancer =
            |kind: &str, subnets: &[&str]| Want(from_json(&json!({ "load_balancer_type": kind, "subnets": subnets })));
        assert!(!gives_up_subnets(&balancer("network", &["a"]), &balancer("network", &["a", "b"])));
        assert!(gives_up_subnets(&balancer("network", &["a", "b"]), &balancer("network", &["a", "c"])));
        assert!(!gives_up_subnets(&balancer("application", &["a", "b"]), &balancer("application", &["a"])));
    }
}
