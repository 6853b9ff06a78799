//! The only door to files, clock, environment and random bytes.

pub mod file;
mod identity;
pub mod log;
mod world;

pub use identity::{timestamp, unique_id, who};
pub use world::{FileError, FileKind, Machine, World, reason};
