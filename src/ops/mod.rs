//! Whole operations, usable without a terminal.

pub mod apply;
pub mod backend;
pub mod configuration;
pub mod console;
pub mod fmt;
pub mod force_unlock;
pub mod import;
pub mod init;
pub mod locking;
pub mod plan;
pub mod providers;
pub mod record;
pub mod recovery;
pub mod refusal;
pub mod saved_plan;
pub mod session;
pub mod state_edit;
pub mod state_list;
pub mod state_mv;
pub mod state_replace_provider;
pub mod state_rm;
pub mod state_transfer;
pub mod taint;
pub mod validate;
pub mod variables;
pub mod workspace;
