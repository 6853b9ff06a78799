//! An AWS of one's own, stacks on it, and a proxy between them for what goes wrong on the way.

#![allow(dead_code, unused_imports, reason = "each test binary uses what it needs")]

mod moto;
mod proxy;
mod stack;

pub use moto::{Inventory, Moto};
pub use proxy::{Boundary, Fault, Proxy};
pub use stack::{PLAN, Stack, without_plan};
