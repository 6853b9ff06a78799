//! What an agent leaves to the next one, by way of its guardian: the data directory's lock, and its listening sockets.
//!
//! One message a word, over a pair of sockets that keeps messages apart; the open file travels with it (`SCM_RIGHTS`, unix(7)).

use rustix::cmsg_space;
use rustix::net::sockopt::socket_type;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

const LOCKED: &[u8] = b"locked";
const OPENED: &[u8] = b"opened";
const CLOSED: &[u8] = b"closed ";
const LEAVING: &[u8] = b"leaving";
/// Of a word with an address.
const LONGEST_WORD: usize = 128;

/// What there is to leave.
#[derive(Debug, Default)]
pub struct Estate {
    /// While anybody has it open, no other agent can have the directory.
    pub lock: Option<File>,
    pub ports: BTreeMap<SocketAddr, TcpListener>,
}

impl Estate {
    /// Everything that is said until the other end falls silent; none where it said that it leaves.
    pub fn heard_from(end: impl AsFd) -> Option<Self> {
        let mut estate = Self::default();
        while let Some(word) = hear(&end) {
            match word {
                Word::Locked(lock) => estate.lock = Some(lock),
                Word::Opened(listener) => drop(listener.local_addr().map(|at| estate.ports.insert(at, listener))),
                Word::Closed(address) => drop(estate.ports.remove(&address)),
                Word::Leaving => return None,
            }
        }
        Some(estate)
    }

    pub fn say(&self, end: impl AsFd) -> io::Result<()> {
        self.lock.iter().try_for_each(|lock| say_locked(&end, lock))?;
        self.ports.values().try_for_each(|listener| say_opened(&end, listener, SendFlags::empty()))
    }
}

pub enum Word {
    Locked(File),
    Opened(TcpListener),
    Closed(SocketAddr),
    /// Whoever said it ends because it is wanted so.
    Leaving,
}

/// The two ends; a process that is started with one as its standard input hears what is said into the other.
pub fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?)
}

pub fn say_locked(end: impl AsFd, lock: &File) -> io::Result<()> {
    say_with(end, LOCKED, lock.as_fd(), SendFlags::empty())
}

pub fn say_opened(end: impl AsFd, listener: &TcpListener, flags: SendFlags) -> io::Result<()> {
    say_with(end, OPENED, listener.as_fd(), flags)
}

pub fn say_closed(end: impl AsFd, address: SocketAddr, flags: SendFlags) -> io::Result<()> {
    let word = [CLOSED, address.to_string().as_bytes()].concat();
    say(end, &word, &mut SendAncillaryBuffer::default(), flags)
}

pub fn say_leaving(end: impl AsFd) -> io::Result<()> {
    say(end, LEAVING, &mut SendAncillaryBuffer::default(), SendFlags::empty())
}

fn say_with(end: impl AsFd, word: &[u8], file: BorrowedFd<'_>, flags: SendFlags) -> io::Result<()> {
    let files = [file];
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut rights = SendAncillaryBuffer::new(&mut space);
    rights.push(SendAncillaryMessage::ScmRights(&files));
    say(end, word, &mut rights, flags)
}

fn say(end: impl AsFd, word: &[u8], rights: &mut SendAncillaryBuffer<'_, '_, '_>, flags: SendFlags) -> io::Result<()> {
    sendmsg(end, &[IoSlice::new(word)], rights, flags | SendFlags::NOSIGNAL)?;
    Ok(())
}

/// The next word; none when the other end is closed, or where this is no end of a [`pair`].
pub fn hear(end: impl AsFd) -> Option<Word> {
    if socket_type(&end).ok()? != SocketType::SEQPACKET {
        return None;
    }
    loop {
        let mut word = [0; LONGEST_WORD];
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
        let mut rights = RecvAncillaryBuffer::new(&mut space);
        let heard = recvmsg(&end, &mut [IoSliceMut::new(&mut word)], &mut rights, RecvFlags::CMSG_CLOEXEC);
        let length = match heard {
            Err(rustix::io::Errno::INTR) => continue,
            heard => heard.ok()?.bytes,
        };
        let file = rights.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut files) => files.next(),
            _ => None,
        });
        let word = word.get(..length).filter(|word| !word.is_empty())?;
        match (word, file) {
            (LOCKED, Some(lock)) => return Some(Word::Locked(File::from(lock))),
            (OPENED, Some(socket)) => return Some(Word::Opened(TcpListener::from(socket))),
            (LEAVING, _) => return Some(Word::Leaving),
            _ => {
                let address = word.strip_prefix(CLOSED).and_then(|text| std::str::from_utf8(text).ok()?.parse().ok());
                if let Some(address) = address {
                    return Some(Word::Closed(address));
                }
            }
        }
    }
}
