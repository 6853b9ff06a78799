//! `terrace rollout` and what stands below it: looking at a deployment that runs in another terminal, and steering it.

pub mod order;
pub mod status;

use crate::cli::Command;

pub const FAMILY: Command = Command::family(
    "rollout",
    "See and steer a deployment that is under way",
    "While an apply replaces servers behind a load balancer, these commands tell from another terminal where it stands, hold it, let it \
     go on, or take it back.",
);
