//! The host provider: a small cloud on one machine, of real processes and real proxies.
//!
//! `connection` is the provider's side: it plans, and asks the [`agent`] over a socket (`client`, `protocol`). The agent is a process that
//! outlives the run: it supervises servers and runs the [`balancer`].

pub mod agent;
pub mod balancer;
pub mod client;
mod connection;
pub mod database;
mod handover;
mod image;
mod kinds;
pub mod ports;
mod preflight;
pub mod protocol;
mod traffic;
mod verdict;
pub mod web;
pub mod zone;

pub use connection::HostProvider;
