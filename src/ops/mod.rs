//! Whole operations, usable without a terminal.

pub mod backend;
pub mod apply;
pub mod configuration;
pub mod console;
pub mod fmt;
pub mod init;
pub mod plan;
pub mod providers;
pub mod record;
pub mod session;
pub mod validate;
pub mod variables;
pub mod workspace;
