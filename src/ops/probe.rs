//! Looking at things over the network for the analyses of rollouts: one request, one judgement.
//!
//! A question that is not answered in time, a value that is missing and a result that is not one number are all bad.
//! Prometheus: <https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries>

use crate::apply::{Observation, Probes};
use crate::rollout::{Probe, render_duration};
use async_trait::async_trait;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// The longest that an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
const LARGEST_ANSWER: usize = 1 << 20;

/// Where systems keep the certificates that they trust; `SSL_CERT_FILE` comes first.
const TRUSTED: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// Looks over the network.
pub struct Network;

#[async_trait]
impl Probes for Network {
    async fn observe(&self, probe: &Probe) -> Observation {
        match probe {
            Probe::Http { url, status, latency } => {
                let begun = Instant::now();
                match ask(url).await {
                    Ok((code, _)) if !status.contains(&code) => Observation::Bad(format!("{url} answered {code}")),
                    Ok(_) => match latency.filter(|longest| begun.elapsed() > *longest) {
                        Some(longest) => {
                            Observation::Bad(format!("{url} took longer than {}", render_duration(longest)))
                        }
                        None => Observation::Good,
                    },
                    Err(problem) => Observation::Bad(format!("{url}: {problem}")),
                }
            }
            Probe::Prometheus { url, query, threshold, must_be_below } => {
                let address = format!("{}/api/v1/query?query={}", url.trim_end_matches('/'), encoded(query));
                match ask(&address).await.and_then(|(_, body)| single_value(&body)) {
                    Ok(value) if value.is_nan() => Observation::Bad("the value is not a number".to_owned()),
                    Ok(value) if *must_be_below == (value < *threshold) && value != *threshold => Observation::Good,
                    Ok(value) => {
                        let side = if *must_be_below { "below" } else { "above" };
                        Observation::Bad(format!("{value} is not {side} {threshold}"))
                    }
                    Err(problem) => Observation::Bad(problem),
                }
            }
        }
    }
}

/// `{"data":{"resultType":"vector","result":[{"value":[1700000000,"0.01"]}]}}`, or a scalar.
fn single_value(body: &str) -> Result<f64, String> {
    let answer: serde_json::Value = serde_json::from_str(body).map_err(|_| "the answer is no JSON".to_owned())?;
    let data = &answer["data"];
    let pair = match (data["resultType"].as_str(), data["result"].as_array()) {
        (Some("scalar"), Some(pair)) => pair.get(1),
        (Some("vector"), Some(found)) => match found.as_slice() {
            [one] => one["value"].get(1),
            [] => return Err("the query found no value".to_owned()),
            many => return Err(format!("the query found {} values instead of one", many.len())),
        },
        _ => return Err("the answer is no instant vector".to_owned()),
    };
    let text = pair.and_then(serde_json::Value::as_str).ok_or("the answer holds no value")?;
    text.parse().map_err(|_| format!("{text:?} is no number"))
}

fn encoded(text: &str) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes()
        .map(|byte| if is_plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

async fn ask(url: &str) -> Result<(u16, String), String> {
    match tokio::time::timeout(PATIENCE, request(url)).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("no answer within {}", render_duration(PATIENCE))),
    }
}

async fn request(url: &str) -> Result<(u16, String), String> {
    let uri: Uri = url.parse().map_err(|_| "is no address".to_owned())?;
    let host = uri.host().ok_or("names no host")?.to_owned();
    let is_secure = uri.scheme_str() == Some("https");
    let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
    let plain_host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let stream = TcpStream::connect((plain_host.as_str(), port)).await.map_err(|error| error.to_string())?;
    if !is_secure {
        return exchange(stream, &uri, &host, port).await;
    }
    let name = ServerName::try_from(plain_host).map_err(|error| error.to_string())?;
    let connector = tokio_rustls::TlsConnector::from(Arc::new(trusting()?));
    let stream = connector.connect(name, stream).await.map_err(|error| error.to_string())?;
    exchange(stream, &uri, &host, port).await
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

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    uri: &Uri,
    host: &str,
    port: u16,
) -> Result<(u16, String), String> {
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    let serving = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::get(path)
        .header("host", format!("{host}:{port}"))
        .header("user-agent", "terrace")
        .body(Empty::<Bytes>::new())
        .map_err(|error| error.to_string())?;
    let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), LARGEST_ANSWER).collect().await.map_err(|error| error.to_string())?;
    serving.abort();
    Ok((status, String::from_utf8_lossy(&body.to_bytes()).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_number_is_a_value() {
        let vector = |result: &str| single_value(&format!(r#"{{"data":{{"resultType":"vector","result":{result}}}}}"#));
        assert_eq!(vector(r#"[{"value":[1,"0.5"]}]"#), Ok(0.5));
        assert_eq!(vector("[]"), Err("the query found no value".to_owned()));
        assert!(vector(r#"[{"value":[1,"1"]},{"value":[1,"2"]}]"#).is_err());
        assert_eq!(single_value(r#"{"data":{"resultType":"scalar","result":[1,"3"]}}"#), Ok(3.0));
        assert!(single_value("<html>").is_err());
    }

    #[tokio::test]
    async fn who_does_not_answer_is_bad() {
        let probe = Probe::Http { url: "http://127.0.0.1:1/".to_owned(), status: vec![200], latency: None };
        assert!(matches!(Network.observe(&probe).await, Observation::Bad(_)));
    }
}
