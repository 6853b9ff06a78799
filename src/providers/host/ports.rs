//! Open ports, which outlive the agent.
//!
//! A port that closed with the agent would refuse whoever comes before the next one. So the guardian holds every listening socket too: meanwhile
//! connections wait in the kernel's queue, and the next agent takes the sockets up. Since there is more than one holder, a port is closed by
//! shutting it down, which holds for all of them.

use super::handover::{say_closed, say_opened};
use rustix::net::{SendFlags, Shutdown, shutdown};
use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpSocket;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 4096;

/// A handle; clones are the same ports.
#[derive(Clone, Debug, Default)]
pub struct Ports(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    open: BTreeMap<SocketAddr, TcpListener>,
    /// Of an agent that was killed, until they are taken up.
    left: BTreeMap<SocketAddr, TcpListener>,
    guardian: Option<OwnedFd>,
}

/// A listening socket. Dropped, its port is closed.
pub struct Port {
    pub listener: tokio::net::TcpListener,
    pub address: SocketAddr,
    ports: Ports,
}

impl Ports {
    /// With those that an agent before left open.
    pub fn left(left: BTreeMap<SocketAddr, TcpListener>) -> Self {
        Self(Arc::new(Mutex::new(Held { left, ..Held::default() })))
    }

    pub fn open(&self, bind: SocketAddr) -> io::Result<Port> {
        let left = self.held().left.remove(&bind);
        let listener = left.map_or_else(|| listen(bind), Ok)?;
        let address = listener.local_addr()?;
        let ours = tokio::net::TcpListener::from_std(listener.try_clone()?)?;
        let mut held = self.held();
        held.tell(|guardian| say_opened(guardian, &listener, SendFlags::DONTWAIT));
        held.open.insert(address, listener);
        Ok(Port { listener: ours, address, ports: self.clone() })
    }

    /// From now on it is told what opens and closes.
    pub fn guard(&self, guardian: OwnedFd) {
        let mut held = self.held();
        held.guardian = Some(guardian);
        for listener in held.open.values() {
            held.tell(|guardian| say_opened(guardian, listener, SendFlags::DONTWAIT));
        }
    }

    /// Closes what was left by an agent before, and is not wanted any more.
    pub fn close_left_but(&self, wanted: &[SocketAddr]) {
        let unwanted = self.held().left.extract_if(.., |address, _| !wanted.contains(address)).collect::<Vec<_>>();
        for (_, listener) in unwanted {
            close(&listener);
        }
    }

    /// This process ends, the guardian's next one goes on: ports stay open from here.
    pub fn leave_open(&self) {
        *self.held() = Held::default();
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// A guardian that does not hear is dead or stopped. The next one is told everything.
    fn tell(&self, say: impl FnOnce(&OwnedFd) -> io::Result<()>) {
        let _ = self.guardian.as_ref().map(say);
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        let mut held = self.ports.held();
        if let Some(listener) = held.open.remove(&self.address) {
            close(&listener);
            held.tell(|guardian| say_closed(guardian, self.address, SendFlags::DONTWAIT));
        }
    }
}

fn listen(bind: SocketAddr) -> io::Result<TcpListener> {
    let socket = if bind.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(bind)?;
    socket.listen(BACKLOG)?.into_std()
}

fn close(listener: &TcpListener) {
    // Of a socket that listens nothing is in the way of it.
    let _ = shutdown(listener, Shutdown::Both);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::host::handover::{Word, hear, pair};
    use std::net::TcpStream;

    const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

    #[tokio::test]
    async fn what_a_guardian_holds_closes_with_the_port() {
        let (ours, theirs) = pair().unwrap();
        let ports = Ports::default();
        let early = ports.open(ANY).unwrap();
        ports.guard(ours);
        let late = ports.open(ANY).unwrap();
        let address = late.address;
        let (Some(Word::Opened(first)), Some(Word::Opened(second))) = (hear(&theirs), hear(&theirs)) else {
            panic!("a guardian is told of every port");
        };
        assert_eq!((first.local_addr().unwrap(), second.local_addr().unwrap()), (early.address, address));
        assert!(TcpStream::connect(address).is_ok());
        drop(late);
        assert!(TcpStream::connect(address).is_err());
        // And it can be opened again although the other still has the old socket.
        let again = ports.open(address).unwrap();
        assert!(TcpStream::connect(again.address).is_ok());
        assert!(matches!(hear(&theirs), Some(Word::Closed(closed)) if closed == address));
    }

    #[tokio::test]
    async fn what_was_left_is_taken_up_with_those_who_wait() {
        let (wanted, unwanted) = (listen(ANY).unwrap(), listen(ANY).unwrap());
        let address = |listener: &TcpListener| listener.local_addr().unwrap();
        let (kept, gone) = (address(&wanted), address(&unwanted));
        let ports = Ports::left(BTreeMap::from([(kept, wanted), (gone, unwanted)]));
        let waiting = TcpStream::connect(kept).unwrap();
        let port = ports.open(kept).unwrap();
        ports.close_left_but(&[]);
        let (_, client) = port.listener.accept().await.unwrap();
        assert_eq!(client, waiting.local_addr().unwrap());
        assert!(TcpStream::connect(gone).is_err());
    }
}
