//! Addresses and networks: `cidrsubnet` and its family.
//!
//! Numbers may be negative or too large, and addresses of version 4 may come in the clothes of version 6; the arithmetic and what
//! it then gives are those of the library that Terraform uses, since people's plans hold its results.

use super::call::whole;
use super::entry::{Parameter, number, text};
use super::{Call, CallError, Function};
use crate::value::{Type, Value};
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

pub(super) fn functions() -> Vec<Function> {
    let prefix = || -> Parameter {
        text("prefix").documented(
            "`prefix` must be given in CIDR notation, as defined in [RFC 4632 section \
             3.1](https://tools.ietf.org/html/rfc4632#section-3.1).",
        )
    };
    vec![
        Function::new(
            "cidrhost",
            [
                prefix(),
                number("hostnum").documented(
                    "`hostnum` is a whole number that can be represented as a binary integer with no more than the \
             number of digits remaining in the address after the given prefix.",
                ),
            ],
            Type::String,
            host,
        )
        .documented(
            "`cidrhost` calculates a full host IP address for a given host number within a given IP network \
             address prefix.",
        )
        .example("cidrhost(\"10.12.112.0/20\", 16)", "\"10.12.112.16\""),
        Function::new("cidrnetmask", [prefix()], Type::String, netmask)
            .documented(
                "`cidrnetmask` converts an IPv4 address prefix given in CIDR notation into a subnet mask address.",
            )
            .example("cidrnetmask(\"172.16.0.0/12\")", "\"255.240.0.0\""),
        Function::new(
            "cidrsubnet",
            [
                prefix(),
                number("newbits")
                    .documented("`newbits` is the number of additional bits with which to extend the prefix."),
                number("netnum").documented(
                    "`netnum` is a whole number that can be represented as a binary integer with no more than \
             `newbits` binary digits, which will be used to populate the additional bits added to the prefix.",
                ),
            ],
            Type::String,
            subnet,
        )
        .documented("`cidrsubnet` calculates a subnet address within given IP network address prefix.")
        .example("cidrsubnet(\"172.16.0.0/12\", 4, 2)", "\"172.18.0.0/16\""),
        Function::new("cidrsubnets", [prefix()], Type::list(Type::String), subnets)
            .variadic(number("newbits"))
            .documented(
                "`cidrsubnets` calculates a sequence of consecutive IP address ranges within a particular CIDR \
             prefix.",
            )
            .example("cidrsubnets(\"10.1.0.0/16\", 4, 8)", "tolist([\n  \"10.1.0.0/20\",\n  \"10.1.16.0/24\",\n])"),
    ]
}

/// The first address of a network and how many bits of it are the network's.
#[derive(Clone, Copy, PartialEq)]
struct Network {
    address: Address,
    prefix: u32,
}

#[derive(Clone, Copy, PartialEq)]
struct Address {
    bits: u128,
    /// 32 or 128.
    width: u32,
}

impl Address {
    /// An address of version 4, also where it is written as one of version 6.
    fn version_4(self) -> Option<Ipv4Addr> {
        match self.width {
            32 => Some(Ipv4Addr::from(self.bits as u32)),
            _ => Ipv6Addr::from(self.bits).to_ipv4_mapped(),
        }
    }

    fn largest(self) -> u128 {
        if self.width == 32 { u128::from(u32::MAX) } else { u128::MAX }
    }

    /// With a number put in so that it ends at a bit; nothing where the result has too many bits.
    fn with_number(self, number: &BigInt, end: i64) -> Option<Address> {
        let shift = i64::from(self.width) - end;
        let shifted = if shift >= 0 { number << shift as u64 } else { return None };
        let combined = BigInt::from(self.bits) | shifted;
        let bits = combined.magnitude().to_u128().filter(|bits| *bits <= self.largest())?;
        Some(Address { bits, ..self })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version_4() {
            Some(address) => address.fmt(f),
            None => Ipv6Addr::from(self.bits).fmt(f),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_disguised = self.address.width == 128 && self.address.version_4().is_some();
        let prefix = if is_disguised { self.prefix.saturating_sub(96) } else { self.prefix };
        write!(f, "{}/{prefix}", self.address)
    }
}

/// The bits of the host part.
fn host_mask(width: u32, prefix: u32) -> u128 {
    match width - prefix {
        128 => u128::MAX,
        bits => (1 << bits) - 1,
    }
}

impl Network {
    fn of(address: Address, prefix: u32) -> Self {
        let bits = address.bits & !host_mask(address.width, prefix);
        Self { address: Address { bits, ..address }, prefix }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let invalid = || format!("invalid CIDR expression: invalid CIDR address: {text}");
        let (address, length) = text.split_once('/').ok_or_else(invalid)?;
        let address = parse_address(address).ok_or_else(invalid)?;
        let is_number = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        let length: Option<u32> = length.parse().ok().filter(|length| is_number && *length <= address.width);
        Ok(Self::of(address, length.ok_or_else(invalid)?))
    }

    fn last(self) -> u128 {
        self.address.bits | host_mask(self.address.width, self.prefix)
    }
}

/// Octets may have leading zeros, and are decimal all the same.
fn parse_address(text: &str) -> Option<Address> {
    parse_version_4(text).map(|bits| Address { bits: bits.into(), width: 32 }).or_else(|| parse_version_6(text))
}

fn parse_version_4(text: &str) -> Option<u32> {
    let mut bits = 0;
    let mut count = 0;
    for octet in text.split('.') {
        let is_number = !octet.is_empty() && octet.bytes().all(|byte| byte.is_ascii_digit());
        let octet: u8 = octet.parse().ok().filter(|_| is_number)?;
        bits = bits << 8 | u32::from(octet);
        count += 1;
        if count > 4 {
            return None;
        }
    }
    (count == 4).then_some(bits)
}

fn parse_version_6(text: &str) -> Option<Address> {
    let (head, tail) = match text.split_once("::") {
        Some((head, tail)) => (groups(head)?, Some(groups(tail)?)),
        None => (groups(text)?, None),
    };
    let given = head.len() + tail.as_ref().map_or(0, Vec::len);
    let zeros = match tail {
        Some(_) => 8usize.checked_sub(given).filter(|zeros| *zeros > 0)?,
        None => (given == 8).then_some(0)?,
    };
    let all = head.into_iter().chain(std::iter::repeat_n(0, zeros)).chain(tail.unwrap_or_default());
    let bits = all.fold(0, |bits: u128, group| bits << 16 | u128::from(group));
    Some(Address { bits, width: 128 })
}

/// Groups of sixteen bits; the last two may be written as an address of version 4.
fn groups(text: &str) -> Option<Vec<u16>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let parts: Vec<&str> = text.split(':').collect();
    let mut groups = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if index + 1 == parts.len() && part.contains('.') {
            let bits = parse_version_4(part)?;
            groups.extend([(bits >> 16) as u16, bits as u16]);
        } else {
            let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_hexdigit());
            groups.push(u16::from_str_radix(part, 16).ok().filter(|_| is_number)?);
        }
    }
    (groups.len() <= 8).then_some(groups)
}

fn host(call: &Call<'_>) -> Result<Value, CallError> {
    let mut number = call.integer(1)?;
    let network = Network::parse(call.text(0))?;
    let Address { width, .. } = network.address;
    let largest = BigInt::from(host_mask(width, network.prefix));
    // Negative numbers count from the end.
    let mut counted = BigInt::from(low_64_bits(&number) as i64);
    if number.is_negative() {
        counted = -&number - 1;
        number = &largest - &counted;
    }
    if counted > largest {
        return Err(format!("prefix of {} does not accommodate a host numbered {number}", network.prefix).into());
    }
    let end = if network.address.version_4().is_some() { 32 } else { 128 };
    let address = network.address.with_number(&number, end).ok_or_else(out_of_range)?;
    Ok(Value::string(address.to_string()))
}

fn netmask(call: &Call<'_>) -> Result<Value, CallError> {
    let text = call.text(0);
    let network = Network::parse(text)?;
    if network.address.version_4().is_none() {
        return Err(format!("IPv6 addresses cannot have a netmask: {text}").into());
    }
    let Address { width, .. } = network.address;
    let all = if width == 32 { u128::from(u32::MAX) } else { u128::MAX };
    Ok(Value::string(Address { bits: all & !host_mask(width, network.prefix), width }.to_string()))
}

fn subnet(call: &Call<'_>) -> Result<Value, CallError> {
    let new_bits = call.whole(1)?;
    let number = call.integer(2)?;
    let network = Network::parse(call.text(0))?;
    let Network { address, prefix } = network;
    let new_prefix = i64::from(prefix).saturating_add(new_bits);
    if new_prefix > i64::from(address.width) {
        return Err(format!("insufficient address space to extend prefix of {prefix} by {new_bits}").into());
    }
    let largest = match new_bits {
        0..64 => (1u64 << new_bits) - 1,
        _ => u64::MAX,
    };
    if low_64_bits(&number) > largest {
        let message = format!("prefix extension of {new_bits} does not accommodate a subnet numbered {number}");
        return Err(message.into());
    }
    let Ok(prefix) = u32::try_from(new_prefix) else { return Ok(Value::string("<nil>")) };
    let address = address.with_number(&number, new_prefix).ok_or_else(out_of_range)?;
    Ok(Value::string(Network { address, prefix }.to_string()))
}

fn low_64_bits(number: &BigInt) -> u64 {
    number.iter_u64_digits().next().unwrap_or(0)
}

fn out_of_range() -> CallError {
    CallError::panic("runtime error: index out of range [-1]")
}

fn subnets(call: &Call<'_>) -> Result<Value, CallError> {
    let network = Network::parse(call.text(0)).map_err(|message| CallError::argument(0, message))?;
    let Address { width, bits: first } = network.address;
    let largest = network.address.largest();
    let mut end = first.wrapping_sub(1) & largest;
    let mut current: Option<Network> = None;
    let mut found = Vec::new();
    for index in 1..call.arguments.len() {
        let fail = |message: String| CallError::argument(index, message);
        let bits = whole(call.number(index)).map_err(fail)?;
        if bits < 1 {
            return Err(fail("must extend prefix by at least one bit".into()));
        }
        if bits > 32 {
            return Err(fail("may not extend prefix by more than 32 bits".into()));
        }
        let length = network.prefix + bits as u32;
        if length > width {
            let protocol = if width == 32 { "IPv4" } else { "IPv6" };
            let message = format!("would extend prefix to {length} bits, which is too long for an {protocol} address");
            return Err(fail(message));
        }
        let before = current.unwrap_or_else(|| Network::of(Address { bits: end, width }, length));
        let last = Network::of(Address { bits: end, width }, length).last();
        let start = last.wrapping_add(1) & largest;
        let next = Network::of(Address { bits: start, width }, length);
        let is_inside = Network::of(next.address, network.prefix) == network;
        if start == 0 || !is_inside {
            return Err(fail(format!(
                "not enough remaining address space for a subnet with a prefix of {length} bits after {before}"
            )));
        }
        end = next.last();
        current = Some(next);
        found.push(Value::string(next.to_string()));
    }
    Ok(Value::list(Type::String, found))
}
