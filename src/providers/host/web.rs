//! `terrace host serve`: a small web program for first steps. It says which version of it answers, in which zone, and as which worker.

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// What it tells of itself.
#[derive(Debug)]
pub struct Page {
    pub version: String,
    pub zone: String,
    pub server: String,
    pub worker: String,
}

/// Answers until it is asked to end.
pub async fn serve(address: &str, port: u16, page: Page) -> io::Result<()> {
    let listener = TcpListener::bind((address, port)).await?;
    let text =
        format!("Hello from version {}, zone {}, {}, worker {}\n", page.version, page.zone, page.server, page.worker);
    let text = Arc::new(Bytes::from(text));
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                let text = text.clone();
                let service = service_fn(move |_: Request<Incoming>| {
                    let answer = Response::new(Full::new(Bytes::clone(&text)));
                    async move { Ok::<_, Infallible>(answer) }
                });
                let mut server = http1::Builder::new();
                server.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(60));
                tokio::spawn(server.serve_connection(TokioIo::new(stream), service));
            }
            _ = terminate.recv() => return Ok(()),
        }
    }
}
