//! The metrics over HTTP on a loopback address, for Prometheus. Its port stays the same for the life of the data directory.

use super::{Agent, Outcome};
use crate::providers::host::ports::{Port, Ports};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

/// In the record.
const PORT: &str = "metrics_port";
/// Who asks has this long to say what.
const PATIENCE: Duration = Duration::from_secs(10);

impl Agent {
    /// Opens the port that the record has, or another where that is taken, and answers from now on.
    pub(super) async fn export_metrics(self: &Arc<Self>) -> Outcome<()> {
        let known = self.record.setting(PORT)?.and_then(|port| port.parse().ok()).unwrap_or(0);
        let Ok(port) = open(&self.ports, known) else { return Ok(()) };
        self.record.set(PORT, &port.address.port().to_string())?;
        // It does not keep the agent from leaving.
        let agent = Arc::downgrade(self);
        tokio::spawn(async move {
            while let Ok((stream, _)) = port.listener.accept().await {
                let agent = agent.clone();
                let service = service_fn(move |request: Request<Incoming>| {
                    let agent = agent.upgrade();
                    async move {
                        let text = match agent {
                            Some(agent) if request.uri().path() == "/metrics" => agent.metrics().await.ok(),
                            _ => None,
                        };
                        Ok::<_, Infallible>(response(text))
                    }
                });
                let mut server = http1::Builder::new();
                server.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
                tokio::spawn(server.serve_connection(TokioIo::new(stream), service));
            }
        });
        Ok(())
    }

    pub(super) fn metrics_url(&self) -> Outcome<Option<String>> {
        Ok(self.record.setting(PORT)?.map(|port| format!("http://{}:{port}/metrics", Ipv4Addr::LOCALHOST)))
    }
}

fn open(ports: &Ports, port: u16) -> io::Result<Port> {
    let at = |port: u16| ports.open((Ipv4Addr::LOCALHOST, port).into());
    match at(port) {
        Err(_) if port != 0 => at(0),
        opened => opened,
    }
}

fn response(text: Option<String>) -> Response<Full<Bytes>> {
    let is_known = text.is_some();
    let mut response = Response::new(Full::new(Bytes::from(text.unwrap_or_else(|| "see /metrics\n".to_owned()))));
    if !is_known {
        *response.status_mut() = hyper::StatusCode::NOT_FOUND;
    }
    let kind = hyper::header::HeaderValue::from_static("text/plain; version=0.0.4");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, kind);
    response
}
