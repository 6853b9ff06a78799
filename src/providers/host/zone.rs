//! Zones: ranges of loopback addresses, `127.77.<zone>.0/24`. What is in a zone can be stopped at once.

use std::net::Ipv4Addr;

/// Names in order; the first has the range `127.77.1.0/24`.
pub const NAMES: [&str; 3] = ["a", "b", "c"];

/// Addresses for servers in a zone.
pub fn addresses(zone: &str) -> impl Iterator<Item = Ipv4Addr> {
    let index = NAMES.iter().position(|name| *name == zone);
    let index = index.and_then(|index| u8::try_from(index + 1).ok());
    index.into_iter().flat_map(|index| (10..=250).map(move |host| Ipv4Addr::new(127, 77, index, host)))
}

/// Addresses of what is not in one zone: `127.77.0.0/24`.
pub fn of_all() -> impl Iterator<Item = Ipv4Addr> {
    (10..=250).map(|host| Ipv4Addr::new(127, 77, 0, host))
}

/// An address of a zone that nobody is given.
pub fn unused(zone: &str) -> Option<Ipv4Addr> {
    addresses(zone).next().map(|first| Ipv4Addr::from(u32::from(first) - 1))
}

/// Where the standby of what is in this zone goes.
pub fn next(zone: &str) -> &'static str {
    let index = NAMES.iter().position(|name| *name == zone).map_or(0, |index| (index + 1) % NAMES.len());
    NAMES[index]
}

/// `127.77.1.0/24`
pub fn range(zone: &str) -> String {
    let base = addresses(zone).next().unwrap_or(Ipv4Addr::LOCALHOST).octets();
    format!("{}.{}.{}.0/24", base[0], base[1], base[2])
}
