//! The only door to files, clock, environment and random bytes.

mod world;

pub use world::{FileError, FileKind, Machine, World};
