//! What changes in the headers between the two sides (RFC 9110, section 7.6; the de-facto `X-Forwarded-*`).

use hyper::HeaderMap;
use hyper::header::{
    CONNECTION, EXPECT, HOST, HeaderName, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use std::net::{IpAddr, SocketAddr};

static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
static FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
static FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
static KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
static PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// Whether the client wants another protocol on this connection.
pub(super) fn wants_upgrade(headers: &HeaderMap) -> bool {
    headers.contains_key(UPGRADE) && connection_options(headers).any(|option| option.eq_ignore_ascii_case("upgrade"))
}

fn connection_options(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

/// Takes out what is meant for one connection only.
pub(super) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    if headers.contains_key(CONNECTION) {
        let named: Vec<HeaderName> = connection_options(headers).filter_map(|option| option.parse().ok()).collect();
        for name in named {
            headers.remove(name);
        }
        headers.remove(CONNECTION);
    }
    for name in [&KEEP_ALIVE, &PROXY_CONNECTION, &PROXY_AUTHENTICATE, &PROXY_AUTHORIZATION, &TE, &TRAILER] {
        headers.remove(name);
    }
    headers.remove(TRANSFER_ENCODING);
    headers.remove(UPGRADE);
}

pub(super) fn ask_for_upgrade(headers: &mut HeaderMap, protocol: HeaderValue) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, protocol);
}

/// Where a request came in.
pub(super) struct Origin {
    pub(super) client: SocketAddr,
    /// The client's address, as headers want it.
    pub(super) client_text: HeaderValue,
    pub(super) port: HeaderValue,
    pub(super) is_tls: bool,
}

impl Origin {
    pub(super) fn new(client: SocketAddr, port: u16, is_tls: bool) -> Self {
        let ip: IpAddr = client.ip();
        let client_text = HeaderValue::try_from(ip.to_string()).expect("an address has only visible characters");
        Self { client, client_text, port: port.into(), is_tls }
    }

    pub(super) fn scheme(&self) -> &'static str {
        if self.is_tls { "https" } else { "http" }
    }
}

/// Tells the member who asks, and for what. What a client claims of earlier proxies stays in front; the rest is what we saw.
pub(super) fn add_forwarded(headers: &mut HeaderMap, origin: &Origin) {
    headers.remove(EXPECT);
    let client = match headers.get(&FORWARDED_FOR).and_then(|earlier| earlier.to_str().ok()) {
        Some(earlier) => HeaderValue::try_from(format!("{earlier}, {}", origin.client.ip())).ok(),
        None => None,
    };
    headers.insert(&FORWARDED_FOR, client.unwrap_or_else(|| origin.client_text.clone()));
    headers.insert(&FORWARDED_PROTO, HeaderValue::from_static(origin.scheme()));
    headers.insert(&FORWARDED_PORT, origin.port.clone());
    if let Some(host) = headers.get(HOST).cloned() {
        headers.insert(&FORWARDED_HOST, host);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &[(&'static str, &'static str)], wanted: &str) {
        let mut headers: HeaderMap = before
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        remove_hop_by_hop(&mut headers);
        add_forwarded(&mut headers, &Origin::new(([192, 0, 2, 7], 9).into(), 8080, false));
        let mut lines: Vec<_> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or("?"))).collect();
        lines.sort();
        assert_eq!(lines.join("\n"), wanted);
    }

    #[test]
    fn what_names_one_connection_goes_and_the_origin_comes() {
        check(
            &[
                ("host", "a.test"),
                ("connection", "close, x-secret"),
                ("x-secret", "1"),
                ("te", "trailers"),
                ("accept", "*/*"),
            ],
            "accept: */*\nhost: a.test\nx-forwarded-for: 192.0.2.7\nx-forwarded-host: a.test\nx-forwarded-port: 8080\nx-forwarded-proto: http",
        );
        check(
            &[("x-forwarded-for", "198.51.100.1"), ("x-forwarded-proto", "https")],
            "x-forwarded-for: 198.51.100.1, 192.0.2.7\nx-forwarded-port: 8080\nx-forwarded-proto: http",
        );
    }
}
