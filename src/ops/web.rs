//! Asking over HTTP and HTTPS: one GET, one answer.
//!
//! Who is trusted is what the system trusts, or `SSL_CERT_FILE`. `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` hold as for other programs;
//! what is on this machine is never asked through a proxy.

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::header::HeaderMap;
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use std::net::IpAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

/// Where systems keep the certificates that they trust; `SSL_CERT_FILE` comes first.
const TRUSTED: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

const MOST_REDIRECTS: usize = 10;

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Where it came from, after all redirects.
    pub url: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Asks once; a redirect is an answer. Answers larger than `most` bytes are an error.
pub async fn get(url: &str, token: Option<&str>, most: usize) -> Result<Answer, String> {
    let uri: Uri = url.parse().map_err(|_| format!("{url:?} is no address"))?;
    let host = uri.host().ok_or_else(|| format!("{url:?} names no host"))?.to_owned();
    let is_secure = uri.scheme_str() == Some("https");
    let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
    let target = Target { uri: &uri, host: &host, port, token, most };
    let plain_host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let proxy = proxy_for(&plain_host, is_secure);
    let stream = match &proxy {
        Some(proxy) => connect_to_proxy(proxy).await?,
        None => TcpStream::connect((plain_host.as_str(), port)).await.map_err(|error| error.to_string())?,
    };
    if !is_secure {
        return target.exchange(stream, proxy.is_some()).await;
    }
    let stream = if proxy.is_some() { tunnel(stream, &host, port).await? } else { stream };
    let name = ServerName::try_from(plain_host).map_err(|error| error.to_string())?;
    let connector = tokio_rustls::TlsConnector::from(Arc::new(trusting()?));
    let stream = connector.connect(name, stream).await.map_err(|error| error.to_string())?;
    target.exchange(stream, false).await
}

/// Asks and goes where it is sent. A token is for the first host only.
pub async fn follow(url: &str, token: Option<&str>, most: usize) -> Result<Answer, String> {
    let mut url = url.to_owned();
    let first_host = host_of(&url);
    for _ in 0..MOST_REDIRECTS {
        let answer = get(&url, token.filter(|_| host_of(&url) == first_host), most).await?;
        match answer.header("location") {
            Some(location) if (300..400).contains(&answer.status) => url = resolve(&url, location),
            _ => return Ok(answer),
        }
    }
    Err(format!("{url} redirects without end"))
}

fn host_of(url: &str) -> Option<String> {
    url.parse::<Uri>().ok()?.host().map(str::to_owned)
}

/// An address as a page at `base` means it.
pub fn resolve(base: &str, reference: &str) -> String {
    if reference.contains("://") {
        return reference.to_owned();
    }
    let scheme_end = base.find("://").map_or(0, |at| at + 3);
    let path_start = base[scheme_end..].find('/').map_or(base.len(), |at| scheme_end + at);
    let origin = &base[..path_start];
    if reference.starts_with('/') {
        return format!("{origin}{reference}");
    }
    let path = base[path_start..].split(['?', '#']).next().unwrap_or_default();
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in reference.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("{origin}/{}", parts.join("/"))
}

struct Target<'a> {
    uri: &'a Uri,
    host: &'a str,
    port: u16,
    token: Option<&'a str>,
    most: usize,
}

impl Target<'_> {
    async fn exchange(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        through_proxy: bool,
    ) -> Result<Answer, String> {
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        let serving = tokio::spawn(connection);
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let asked = if through_proxy { self.uri.to_string() } else { path.to_owned() };
        let mut request = Request::get(asked)
            .header("host", format!("{}:{}", self.host, self.port))
            .header("user-agent", concat!("terrace/", env!("CARGO_PKG_VERSION")));
        if let Some(token) = self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Empty::<Bytes>::new()).map_err(|error| error.to_string())?;
        let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = Limited::new(answer.into_body(), self.most).collect().await.map_err(|error| error.to_string())?;
        serving.abort();
        Ok(Answer { status, headers, body: body.to_bytes(), url: self.uri.to_string() })
    }
}

fn trusting() -> Result<rustls::ClientConfig, String> {
    let named = std::env::var("SSL_CERT_FILE").ok();
    let mut roots = rustls::RootCertStore::empty();
    for path in named.as_deref().into_iter().chain(TRUSTED) {
        let Ok(found) = CertificateDer::pem_file_iter(path) else { continue };
        roots.add_parsable_certificates(found.filter_map(Result::ok));
        if !roots.is_empty() {
            break;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn proxy_for(host: &str, is_secure: bool) -> Option<String> {
    let names = if is_secure { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
    let variable =
        |names: &[&str]| names.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let proxy = variable(&names)?;
    let without = variable(&["NO_PROXY", "no_proxy"]).unwrap_or_default();
    (!is_direct(host, &without)).then_some(proxy)
}

/// Whether a host is asked without the proxy.
fn is_direct(host: &str, without: &str) -> bool {
    let is_local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let is_named = |entry: &str| {
        let bare = entry.trim_start_matches('.');
        entry == "*" || !bare.is_empty() && (host == bare || host.ends_with(&format!(".{bare}")))
    };
    is_local || without.split(',').map(str::trim).any(is_named)
}

async fn connect_to_proxy(proxy: &str) -> Result<TcpStream, String> {
    let plain = proxy.split_once("://").map_or(proxy, |(_, rest)| rest).trim_end_matches('/');
    let address = if plain.contains(':') { plain.to_owned() } else { format!("{plain}:80") };
    TcpStream::connect(&address).await.map_err(|error| format!("the proxy {address}: {error}"))
}

/// A way through the proxy, for what it must not read.
async fn tunnel(mut stream: TcpStream, host: &str, port: u16) -> Result<TcpStream, String> {
    let asked = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n");
    stream.write_all(asked.as_bytes()).await.map_err(|error| error.to_string())?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let byte = stream.read_u8().await.map_err(|error| format!("the proxy hung up: {error}"))?;
        answer.push(byte);
        if answer.len() > 8192 {
            return Err("the proxy does not speak HTTP".to_owned());
        }
    }
    let text = String::from_utf8_lossy(&answer);
    match text.split_whitespace().nth(1) {
        Some("200") => Ok(stream),
        _ => Err(format!("the proxy refused: {}", text.lines().next().unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_against_where_they_stand() {
        let base = "https://example.com/v1/modules/a/download?x=1";
        for (reference, expected) in [
            ("https://other.example/x", "https://other.example/x"),
            ("/archive.tar.gz", "https://example.com/archive.tar.gz"),
            ("./a.zip", "https://example.com/v1/modules/a/a.zip"),
            ("../a.zip", "https://example.com/v1/modules/a.zip"),
        ] {
            assert_eq!(resolve(base, reference), expected);
        }
        assert_eq!(resolve("https://example.com", "/v1/"), "https://example.com/v1/");
    }

    #[test]
    fn this_machine_and_what_is_named_are_asked_directly() {
        let without = "example.com, .internal";
        for host in ["localhost", "127.0.0.1", "::1", "example.com", "a.example.com", "db.internal"] {
            assert!(is_direct(host, without), "{host}");
        }
        for host in ["notexample.com", "10.0.0.1", "registry.terraform.io"] {
            assert!(!is_direct(host, without), "{host}");
        }
        assert!(is_direct("registry.terraform.io", "*"));
    }
}
