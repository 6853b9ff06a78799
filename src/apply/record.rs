//! The traces that a run leaves: intents before effects, outcomes after them, the state now and then.

use super::rollout::{Order, Standing};
use crate::addr::ResourceInstance;
use crate::provider::Intent;
use crate::state::{Object, State};
use crate::value::Text;
use std::sync::Arc;

/// An effect that is about to be had.
#[derive(Clone, Debug)]
pub struct Started {
    pub step: usize,
    pub address: ResourceInstance,
    /// The generation, where an old one is destroyed.
    pub deposed: Option<Text>,
    pub provider: crate::addr::ProviderConfig,
    pub intent: Intent,
}

/// What there is at one place of the state from now on.
#[derive(Clone, Debug)]
pub struct Exists {
    /// The step whose effect this came of; nothing where no provider was asked.
    pub step: Option<usize>,
    pub address: ResourceInstance,
    pub deposed: Option<Text>,
    pub provider: crate::addr::ProviderConfig,
    /// Nothing: there is nothing any more.
    pub object: Option<Arc<Object>>,
}

/// Keeps traces. Writing fails where the disk is full or gone: then nothing more may be started.
pub trait Record {
    /// Durable when it returns: only then may the effects begin.
    fn intend(&mut self, started: &[Started]) -> Result<(), RecordError>;

    /// Effects are over, or objects have changed places.
    fn note(&mut self, changed: &[Exists]) -> Result<(), RecordError>;

    /// A good moment to write the whole state.
    fn keep(&mut self, state: &State) -> Result<(), RecordError>;

    /// Rollouts stand elsewhere than before. Durable when it returns.
    fn stand(&mut self, _standings: &[Standing]) -> Result<(), RecordError> {
        Ok(())
    }

    /// What somebody asked of rollouts since the last time.
    fn orders(&mut self) -> Vec<Order> {
        Vec::new()
    }
}

/// Why no trace could be left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordError {
    pub message: String,
}

impl std::fmt::Display for RecordError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RecordError {}

/// Leaves no traces: for tests and trial runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRecord;

impl Record for NoRecord {
    fn intend(&mut self, _started: &[Started]) -> Result<(), RecordError> {
        Ok(())
    }

    fn note(&mut self, _changed: &[Exists]) -> Result<(), RecordError> {
        Ok(())
    }

    fn keep(&mut self, _state: &State) -> Result<(), RecordError> {
        Ok(())
    }
}
