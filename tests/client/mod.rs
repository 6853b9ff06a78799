//! A client of HTTP that keeps its connection, as browsers and other services do.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Asks for `/`, on the kept connection where there is one, which is kept again.
pub fn ask(kept: &mut Option<TcpStream>, address: &str) -> std::io::Result<String> {
    let mut stream = match kept.take() {
        Some(stream) => stream,
        None => TcpStream::connect(address)?,
    };
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(stream, "GET / HTTP/1.1\r\nHost: {address}\r\n\r\n")?;
    let (mut answer, mut part) = (String::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut part)?;
        answer.push_str(&String::from_utf8_lossy(&part[..count]));
        let lower = answer.to_ascii_lowercase();
        let length = lower.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse().ok());
        let is_whole = answer.split_once("\r\n\r\n").is_some_and(|(_, body)| Some(body.len()) == length);
        if is_whole || count == 0 {
            *kept = Some(stream);
            return Ok(answer);
        }
    }
}
