//! A proxy between the program and moto that spoils calls: it refuses, breaks off, loses answers, waits, or kills who called.
//!
//! One request a connection, a thread each. Faults hit every n-th call, so that a run that tries again gets through.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, sleep};
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    None,
    /// Refused for being too many, in the words of the service's protocol.
    Throttled {
        every: usize,
    },
    /// 500 instead of the effect.
    Broken {
        every: usize,
    },
    /// The connection is reset before the effect.
    Reset {
        every: usize,
    },
    /// The effect is had, the answer is lost.
    Lost {
        every: usize,
    },
    /// No answer ever, to this one call only.
    Silent {
        at: usize,
    },
    Slow {
        pause: Duration,
    },
    /// Credentials are valid for so many calls.
    Expired {
        after: usize,
    },
    /// Who made a call dies.
    Deadly(Boundary),
}

/// A moment between the program and the API. After a call that only reads nothing is different from before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Boundary {
    /// Before the n-th call.
    Before(usize),
    /// After the effect of the n-th call that changes something, before its answer.
    After(usize),
}

pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: u16,
    fault: Mutex<Fault>,
    calls: AtomicUsize,
    changes: AtomicUsize,
    open: AtomicUsize,
    victim: AtomicI32,
}

impl Proxy {
    pub fn before(upstream: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let shared = Arc::new(Shared {
            upstream,
            fault: Mutex::new(Fault::None),
            calls: AtomicUsize::new(0),
            changes: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            victim: AtomicI32::new(0),
        });
        let serving = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = serving.clone();
                shared.open.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || {
                    // Who has gone does not read its answer.
                    let _ = shared.serve(stream);
                    shared.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { port, shared }
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From now on, counted from here.
    pub fn set(&self, fault: Fault) {
        self.shared.victim.store(0, Ordering::SeqCst);
        self.shared.calls.store(0, Ordering::SeqCst);
        self.shared.changes.store(0, Ordering::SeqCst);
        *self.shared.fault.lock().expect("no thread panics with it") = fault;
    }

    /// Who dies of [`Fault::Deadly`].
    pub fn aim_at(&self, process: u32) {
        self.shared.victim.store(process.cast_signed(), Ordering::SeqCst);
    }

    /// Calls since the fault was set.
    pub fn calls(&self) -> usize {
        self.shared.calls.load(Ordering::SeqCst)
    }

    /// Those of them that change something.
    pub fn changes(&self) -> usize {
        self.shared.changes.load(Ordering::SeqCst)
    }

    /// Waits until nothing is under way any more.
    pub fn await_rest(&self) {
        while self.shared.open.load(Ordering::SeqCst) > 0 {
            sleep(Duration::from_millis(5));
        }
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let Some(request) = Request::read(&stream)? else { return Ok(()) };
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let change = request.changes().then(|| self.changes.fetch_add(1, Ordering::SeqCst) + 1);
        let fault = *self.fault.lock().expect("no thread panics with it");
        let answer = match fault {
            Fault::Throttled { every } if number.is_multiple_of(every) => request.throttled(),
            Fault::Broken { every } if number.is_multiple_of(every) => request.broken(),
            Fault::Expired { after } if number > after => request.expired(),
            Fault::Reset { every } if number.is_multiple_of(every) => return reset(stream),
            Fault::Silent { at } if number == at => {
                // Until the other side has had enough.
                stream.read_exact(&mut [0])?;
                return Ok(());
            }
            Fault::Lost { every } if number.is_multiple_of(every) => {
                self.forward(&request)?;
                return reset(stream);
            }
            Fault::Deadly(Boundary::Before(at)) if number == at => {
                self.kill();
                return Ok(());
            }
            Fault::Deadly(Boundary::After(at)) if change == Some(at) => {
                self.forward(&request)?;
                self.kill();
                return Ok(());
            }
            Fault::Slow { pause } => {
                sleep(pause);
                self.forward(&request)?
            }
            _ => self.forward(&request)?,
        };
        stream.write_all(&answer)?;
        stream.shutdown(Shutdown::Write)
    }

    fn forward(&self, request: &Request) -> std::io::Result<Vec<u8>> {
        let mut upstream = TcpStream::connect(("127.0.0.1", self.upstream))?;
        upstream.write_all(request.head.as_bytes())?;
        upstream.write_all(&request.body)?;
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer)?;
        Ok(answer)
    }

    fn kill(&self) {
        while self.victim.load(Ordering::SeqCst) == 0 {
            sleep(Duration::from_millis(1));
        }
        // SAFETY: a signal to a child of this test that was not waited for yet.
        unsafe { libc::kill(self.victim.load(Ordering::SeqCst), libc::SIGKILL) };
    }
}

/// Closed so that the other side sees a reset.
fn reset(stream: TcpStream) -> std::io::Result<()> {
    let linger = libc::linger { l_onoff: 1, l_linger: 0 };
    // SAFETY: the socket is open, and the option is of the type and size that it takes.
    unsafe {
        libc::setsockopt(
            stream.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_LINGER,
            (&raw const linger).cast(),
            size_of::<libc::linger>() as libc::socklen_t,
        )
    };
    Ok(())
}

struct Request {
    /// With the blank line, and asking for the connection to be closed.
    head: String,
    body: Vec<u8>,
}

impl Request {
    fn read(stream: &TcpStream) -> std::io::Result<Option<Self>> {
        let mut reader = BufReader::new(stream);
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or_default();
            }
            if line == "\r\n" {
                break;
            }
            if !lower.starts_with("connection:") {
                head.push_str(&line);
            }
        }
        head.push_str("Connection: close\r\n\r\n");
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        Ok(Some(Self { head, body }))
    }

    /// Whether it asks for more than to be told something. The action is named by a header, in the body, or by the path.
    fn changes(&self) -> bool {
        let is_target = |line: &&str| line.to_ascii_lowercase().starts_with("x-amz-target:");
        let target = self.head.lines().find(is_target).and_then(|line| line.rsplit('.').next());
        let body = std::str::from_utf8(&self.body).unwrap_or_default();
        let named = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
        let path = self.head.split(' ').nth(1).and_then(|path| path.rsplit('/').next());
        let action = target.or(named).or(path).unwrap_or_default();
        let is_reading = ["Describe", "Get", "List"].iter().any(|verb| action.starts_with(verb));
        !is_reading && !self.head.starts_with("GET ") && !self.head.starts_with("HEAD ")
    }

    /// EC2 has words of its own, the other query services share theirs, the JSON services too.
    fn protocol(&self) -> Protocol {
        let body = String::from_utf8_lossy(&self.body);
        match () {
            () if self.head.to_ascii_lowercase().contains("x-amz-target:") => Protocol::Json,
            () if body.contains("Version=2016-11-15") => Protocol::Ec2,
            () if body.contains("Action=") => Protocol::Query,
            () => Protocol::Rest,
        }
    }

    fn throttled(&self) -> Vec<u8> {
        match self.protocol() {
            Protocol::Ec2 => self.error(503, "RequestLimitExceeded", "Request limit exceeded."),
            Protocol::Json => self.error(400, "ThrottlingException", "Rate exceeded"),
            Protocol::Query => self.error(400, "Throttling", "Rate exceeded"),
            Protocol::Rest => self.error(503, "SlowDown", "Please reduce your request rate."),
        }
    }

    fn broken(&self) -> Vec<u8> {
        match self.protocol() {
            Protocol::Ec2 => self.error(500, "InternalError", "An internal error has occurred"),
            Protocol::Json => self.error(500, "InternalServerError", "An internal error has occurred"),
            Protocol::Query | Protocol::Rest => self.error(500, "InternalFailure", "An internal error has occurred"),
        }
    }

    fn expired(&self) -> Vec<u8> {
        match self.protocol() {
            Protocol::Ec2 => self.error(400, "RequestExpired", "Request has expired."),
            Protocol::Json => {
                self.error(400, "ExpiredTokenException", "The security token included in the request is expired")
            }
            Protocol::Query => self.error(403, "ExpiredToken", "The security token included in the request is expired"),
            Protocol::Rest => self.error(400, "ExpiredToken", "The provided token has expired."),
        }
    }

    fn error(&self, status: u16, code: &str, message: &str) -> Vec<u8> {
        let request_id = "11111111-2222-3333-4444-555555555555";
        let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        let body = match self.protocol() {
            Protocol::Ec2 => {
                format!("<Response><Errors>{error}</Errors><RequestID>{request_id}</RequestID></Response>")
            }
            Protocol::Json => format!("{{\"__type\":\"{code}\",\"message\":\"{message}\"}}"),
            Protocol::Query | Protocol::Rest => {
                format!("<ErrorResponse>{error}<RequestId>{request_id}</RequestId></ErrorResponse>")
            }
        };
        let length = body.len();
        let head = format!("HTTP/1.1 {status} Refused\r\nx-amzn-requestid: {request_id}\r\nConnection: close\r\n");
        format!("{head}Content-Length: {length}\r\n\r\n{body}").into_bytes()
    }
}

enum Protocol {
    Ec2,
    Query,
    Json,
    Rest,
}
