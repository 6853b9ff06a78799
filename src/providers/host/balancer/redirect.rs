//! Redirects: the request's own address with some parts replaced.

use super::body::Body;
use super::forward::plain;
use super::headers::Origin;
use super::routing::Redirect;
use super::table::host_of;
use hyper::body::Incoming;
use hyper::header::{HeaderValue, LOCATION};
use hyper::{Request, Response, StatusCode};

pub(super) fn redirect(redirect: &Redirect, request: &Request<Incoming>, origin: &Origin) -> Response<Body> {
    let port = origin.port.to_str().unwrap_or_default();
    let parts = Parts {
        protocol: origin.scheme(),
        host: host_of(request),
        port,
        path: request.uri().path(),
        query: request.uri().query().unwrap_or_default(),
    };
    match HeaderValue::try_from(location(redirect, &parts)) {
        Ok(location) => {
            let mut answer = plain(StatusCode::from_u16(redirect.status).unwrap_or(StatusCode::FOUND));
            answer.headers_mut().insert(LOCATION, location);
            answer
        }
        Err(_) => plain(StatusCode::BAD_REQUEST),
    }
}

/// The parts of a request's address.
struct Parts<'a> {
    protocol: &'a str,
    host: &'a str,
    port: &'a str,
    path: &'a str,
    query: &'a str,
}

fn location(redirect: &Redirect, request: &Parts) -> String {
    let fill = |wanted: &Option<String>, own: &str| match wanted {
        None => own.to_owned(),
        Some(pattern) => pattern
            .replace("#{protocol}", request.protocol)
            .replace("#{host}", request.host)
            .replace("#{port}", request.port)
            .replace("#{path}", request.path.trim_start_matches('/'))
            .replace("#{query}", request.query),
    };
    let protocol = fill(&redirect.protocol, request.protocol).to_ascii_lowercase();
    let host = fill(&redirect.host, request.host);
    let own_port = if protocol == request.protocol { request.port } else { "" };
    let port = redirect.port.map_or(own_port.to_owned(), |port| port.to_string());
    let is_usual = matches!((protocol.as_str(), port.as_str()), (_, "") | ("http", "80") | ("https", "443"));
    let port = if is_usual { String::new() } else { format!(":{port}") };
    let path = fill(&redirect.path, request.path);
    let query = fill(&redirect.query, request.query);
    let query = if query.is_empty() { query } else { format!("?{query}") };
    format!("{protocol}://{host}{port}{path}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(redirect: Redirect, wanted: &str) {
        let request = Parts { protocol: "http", host: "a.test", port: "8080", path: "/x/y", query: "q=1" };
        assert_eq!(location(&redirect, &request), wanted);
    }

    #[test]
    fn parts_are_kept_replaced_and_filled_in() {
        check(Redirect::default(), "http://a.test:8080/x/y?q=1");
        let https = Redirect { protocol: Some("HTTPS".to_owned()), ..Redirect::default() };
        check(https.clone(), "https://a.test/x/y?q=1");
        check(Redirect { port: Some(8443), ..https }, "https://a.test:8443/x/y?q=1");
        let moved = Redirect {
            host: Some("www.#{host}".to_owned()),
            path: Some("/new/#{path}".to_owned()),
            query: Some(String::new()),
            port: Some(80),
            ..Redirect::default()
        };
        check(moved, "http://www.a.test/new/x/y");
    }
}
