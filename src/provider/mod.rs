//! The contract between the core and any provider.
