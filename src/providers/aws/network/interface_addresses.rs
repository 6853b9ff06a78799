//! The addresses and prefixes of a network interface: four kinds, each written as a set, as a number, or (addresses) as a list in order.

use crate::providers::aws::engine::{Call, Failure, Want};
use aws_sdk_ec2::operation::create_network_interface::builders::CreateNetworkInterfaceFluentBuilder as Create;
use aws_sdk_ec2::types::{
    InstanceIpv6Address, Ipv4PrefixSpecificationRequest, Ipv6PrefixSpecificationRequest, PrivateIpAddressSpecification,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addresses {
    Private,
    PrivatePrefixes,
    Ipv6,
    Ipv6Prefixes,
}

/// What is assigned: these, or so many.
enum Share {
    These(Vec<String>),
    Count(i32),
}

/// The attributes of a kind.
struct Names {
    set: &'static str,
    count: &'static str,
    list: Option<(&'static str, &'static str)>,
}

impl Addresses {
    fn names(self) -> Names {
        let names = |set, count, list| Names { set, count, list };
        match self {
            Self::Private => {
                names("private_ips", "private_ips_count", Some(("private_ip_list", "private_ip_list_enabled")))
            }
            Self::PrivatePrefixes => names("ipv4_prefixes", "ipv4_prefix_count", None),
            Self::Ipv6 => {
                names("ipv6_addresses", "ipv6_address_count", Some(("ipv6_address_list", "ipv6_address_list_enabled")))
            }
            Self::Ipv6Prefixes => names("ipv6_prefixes", "ipv6_prefix_count", None),
        }
    }

    /// What is configured of the kind: the list where it counts, or else the set.
    fn written(self, want: &Want) -> Option<Vec<String>> {
        let names = self.names();
        let name = match names.list {
            Some((list, enabled)) if want.flag(enabled) == Some(true) => list,
            _ => names.set,
        };
        Some(want.texts(name)).filter(|written| !written.is_empty())
    }
}

/// The create request with all addresses that the configuration asks for.
pub fn configured(request: Create, want: &Want) -> Create {
    let count = |kind: Addresses| want.integer(kind.names().count).filter(|count| *count > 0);
    let request = match Addresses::Private.written(want) {
        Some(written) => {
            let primary = want.filled("private_ip").or_else(|| written.first().cloned());
            let address = |address: String| {
                let is_primary = Some(&address) == primary.as_ref();
                PrivateIpAddressSpecification::builder().primary(is_primary).private_ip_address(address).build()
            };
            request
                .set_private_ip_address(None)
                .set_private_ip_addresses(Some(written.into_iter().map(address).collect()))
        }
        None => request.set_secondary_private_ip_address_count(count(Addresses::Private)),
    };
    let request = match Addresses::Ipv6.written(want) {
        Some(written) => {
            let address = |address| InstanceIpv6Address::builder().ipv6_address(address).build();
            request.set_ipv6_addresses(Some(written.into_iter().map(address).collect()))
        }
        None => request.set_ipv6_address_count(count(Addresses::Ipv6)),
    };
    let request = match Addresses::PrivatePrefixes.written(want) {
        Some(written) => {
            let prefix = |prefix| Ipv4PrefixSpecificationRequest::builder().ipv4_prefix(prefix).build();
            request.set_ipv4_prefixes(Some(written.into_iter().map(prefix).collect()))
        }
        None => request.set_ipv4_prefix_count(count(Addresses::PrivatePrefixes)),
    };
    match Addresses::Ipv6Prefixes.written(want) {
        Some(written) => {
            let prefix = |prefix| Ipv6PrefixSpecificationRequest::builder().ipv6_prefix(prefix).build();
            request.set_ipv6_prefixes(Some(written.into_iter().map(prefix).collect()))
        }
        None => request.set_ipv6_prefix_count(count(Addresses::Ipv6Prefixes)),
    }
}

/// What is too many goes, then what is missing comes.
pub async fn change_addresses(call: Call, kind: Addresses) -> Result<(), Failure> {
    let names = kind.names();
    let former = call.prior.texts(names.list.map_or(names.set, |(list, _)| list));
    // The first private address stays as long as the interface.
    let first = usize::from(kind == Addresses::Private);
    let mut kept = former;
    if let Some(written) = kind.written(&call.want) {
        let is_ordered = names.list.is_some_and(|(_, enabled)| call.want.flag(enabled) == Some(true));
        let (gone, new) = if is_ordered { reordered(&kept, written) } else { exchanged(&kept, written) };
        kept.retain(|address| !gone.contains(address));
        kept.extend(new.iter().cloned());
        unassign(&call, kind, gone).await?;
        assign(&call, kind, Share::These(new)).await?;
    }
    let count = call.configuration.number(names.count).and_then(|count| usize::try_from(count).ok());
    let Some(count) = count.map(|count| count + first) else { return Ok(()) };
    if count < kept.len() {
        return unassign(&call, kind, kept.split_off(count)).await;
    }
    let missing = i32::try_from(count - kept.len()).unwrap_or(i32::MAX);
    assign(&call, kind, Share::Count(missing)).await
}

fn exchanged(former: &[String], wanted: Vec<String>) -> (Vec<String>, Vec<String>) {
    let gone = former.iter().filter(|address| !wanted.contains(address)).cloned().collect();
    (gone, wanted.into_iter().filter(|address| !former.contains(address)).collect())
}

/// The API appends: from the first that differs, all go and come again.
fn reordered(former: &[String], wanted: Vec<String>) -> (Vec<String>, Vec<String>) {
    let same = former.iter().zip(&wanted).take_while(|(former, wanted)| former == wanted).count();
    (former[same..].to_vec(), wanted[same..].to_vec())
}

async fn assign(call: &Call, kind: Addresses, share: Share) -> Result<(), Failure> {
    let (these, count) = match share {
        Share::These(addresses) => (Some(addresses).filter(|addresses| !addresses.is_empty()), None),
        Share::Count(count) => (None, Some(count).filter(|count| *count > 0)),
    };
    if these.is_none() && count.is_none() {
        return Ok(());
    }
    let ec2 = call.aws.ec2();
    if let Addresses::Private | Addresses::PrivatePrefixes = kind {
        let request = ec2.assign_private_ip_addresses().network_interface_id(&call.id);
        let request = match kind {
            Addresses::Private => request.set_private_ip_addresses(these).set_secondary_private_ip_address_count(count),
            _ => request.set_ipv4_prefixes(these).set_ipv4_prefix_count(count),
        };
        return request.send().await.map_err(Failure::of("EC2: AssignPrivateIpAddresses")).map(drop);
    }
    let request = ec2.assign_ipv6_addresses().network_interface_id(&call.id);
    let request = match kind {
        Addresses::Ipv6 => request.set_ipv6_addresses(these).set_ipv6_address_count(count),
        _ => request.set_ipv6_prefixes(these).set_ipv6_prefix_count(count),
    };
    request.send().await.map_err(Failure::of("EC2: AssignIpv6Addresses")).map(drop)
}

async fn unassign(call: &Call, kind: Addresses, gone: Vec<String>) -> Result<(), Failure> {
    if gone.is_empty() {
        return Ok(());
    }
    let (ec2, gone) = (call.aws.ec2(), Some(gone));
    if let Addresses::Private | Addresses::PrivatePrefixes = kind {
        let request = ec2.unassign_private_ip_addresses().network_interface_id(&call.id);
        let request = match kind {
            Addresses::Private => request.set_private_ip_addresses(gone),
            _ => request.set_ipv4_prefixes(gone),
        };
        return request.send().await.map_err(Failure::of("EC2: UnassignPrivateIpAddresses")).map(drop);
    }
    let request = ec2.unassign_ipv6_addresses().network_interface_id(&call.id);
    let request = match kind {
        Addresses::Ipv6 => request.set_ipv6_addresses(gone),
        _ => request.set_ipv6_prefixes(gone),
    };
    request.send().await.map_err(Failure::of("EC2: UnassignIpv6Addresses")).map(drop)
}

#[cfg(test)]
mod tests {
    use super::reordered;

    #[test]
    fn addresses_in_order_go_and_come_again_from_the_first_that_differs() {
        let texts = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let (gone, new) = reordered(&texts(&["a", "b", "c"]), texts(&["a", "c", "d"]));
        assert_eq!((gone, new), (texts(&["b", "c"]), texts(&["c", "d"])));
    }
}
