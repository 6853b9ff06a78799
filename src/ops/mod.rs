//! Whole operations, usable without a terminal.

pub mod apply;
pub mod backend;
pub mod configuration;
pub mod console;
pub mod fmt;
pub mod init;
pub mod locking;
pub mod plan;
pub mod providers;
pub mod record;
pub mod recovery;
pub mod saved_plan;
pub mod session;
pub mod validate;
pub mod variables;
pub mod workspace;
