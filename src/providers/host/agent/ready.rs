//! Whether a new server answers.

use super::routes::statuses;
use super::server::Server;
use crate::system::reason;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks every process once, with the health check or whether the port is open; else what is wrong.
pub async fn look(server: &Server) -> Result<(), String> {
    for port in server.ports() {
        let asked = timeout(PATIENCE, ask(server, port)).await;
        asked.unwrap_or_else(|_| Err("it did not answer in time".to_owned()))?;
    }
    Ok(())
}

async fn ask(server: &Server, port: u16) -> Result<(), String> {
    let silent = |error: std::io::Error| format!("{}:{port}: {}", server.address, reason(&error));
    let mut stream = TcpStream::connect((server.address, port)).await.map_err(silent)?;
    let Some((check, path)) = server.health_check.as_ref().and_then(|check| Some((check, check.path.as_ref()?))) else {
        return Ok(());
    };
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}:{port}\r\nConnection: close\r\n\r\n", server.address);
    stream.write_all(request.as_bytes()).await.map_err(silent)?;
    let mut answer = Vec::new();
    stream.take(64).read_to_end(&mut answer).await.map_err(silent)?;
    let line = String::from_utf8_lossy(&answer);
    let status = line.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok());
    let status = status.ok_or_else(|| format!("{path} was not answered in HTTP"))?;
    let wanted = statuses(check);
    match wanted.iter().any(|(from, to)| (*from..=*to).contains(&status)) {
        true => Ok(()),
        false => Err(format!("{path} was answered {status}, which its health check does not take for healthy")),
    }
}
