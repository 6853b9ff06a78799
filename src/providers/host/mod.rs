//! The host provider: a small cloud on one machine, of real processes and real proxies.

pub mod balancer;
