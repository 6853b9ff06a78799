//! Whether a new server answers.

use super::routes::statuses;
use super::server::Server;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks every process once: with the health check, or whether the port is open.
pub async fn is_ready(server: &Server) -> bool {
    for port in server.ports() {
        if !matches!(timeout(PATIENCE, ask(server, port)).await, Ok(Ok(true))) {
            return false;
        }
    }
    true
}

async fn ask(server: &Server, port: u16) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect((server.address, port)).await?;
    let Some((check, path)) = server.health_check.as_ref().and_then(|check| Some((check, check.path.as_ref()?))) else {
        return Ok(true);
    };
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}:{port}\r\nConnection: close\r\n\r\n", server.address);
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(64).read_to_end(&mut answer).await?;
    let line = String::from_utf8_lossy(&answer);
    let status = line.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok());
    Ok(status.is_some_and(|status| statuses(check).iter().any(|(from, to)| (*from..=*to).contains(&status))))
}
