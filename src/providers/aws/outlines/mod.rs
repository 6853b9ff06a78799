//! Types of which only the shape is known here, not what to do with them.
//!
//! Modules that everybody uses have blocks of many types that make nothing unless somebody asks for them (`count = 0`): such a block is
//! read, checked and shown like any other, with the attributes of hashicorp/aws. The first instance of one is refused at plan, by name.

mod servers;
mod services;

pub use services::KINDS;

use super::connection::Aws;
use super::engine::{Declared, Field, Kind, block_of, complaints_about, text, timeouts_block};
use crate::provider::{
    Applied, ApplyRequest, Complaint, ImportRequest, Imported, Intent, PlanRequest, Planned, ReadOutcome, ReadRequest,
    Recovered, TrafficRole,
};
use crate::schema::Schema;
use crate::value::Value;
use async_trait::async_trait;
use std::sync::Arc;

/// A type without a life.
struct Outline {
    name: &'static str,
    version: u64,
    declared: Vec<Declared>,
    timeouts: &'static [&'static str],
}

/// What every type has besides: an id, which may be written as in all of hashicorp's older types.
fn outline(name: &'static str, version: u64, fields: Vec<Field<(), ()>>) -> Outline {
    let fields = fields.into_iter().chain([text("id").optional().computed()]);
    Outline { name, version, declared: fields.map(|field| field.declared).collect(), timeouts: &[] }
}

impl Outline {
    fn timeouts(self, timeouts: &'static [&'static str]) -> Self {
        Self { timeouts, ..self }
    }

    /// A type of the newer kind: `id` and `tags_all` can't be written.
    fn without_writable_id(mut self) -> Self {
        for declared in self.declared.iter_mut().filter(|field| ["id", "tags_all"].contains(&field.name)) {
            declared.is_optional = false;
        }
        self
    }

    fn complaint(&self) -> Complaint {
        super::unsupported(self.name)
    }
}

#[async_trait]
impl Kind for Outline {
    fn schema(&self) -> Schema {
        let mut block = block_of(&self.declared);
        if !self.timeouts.is_empty() {
            block.blocks.insert("timeouts".into(), timeouts_block(self.timeouts.iter().copied()));
        }
        Schema { version: self.version, block }
    }

    fn traffic_role(&self) -> Option<TrafficRole> {
        None
    }

    fn writable(&self, object: Value) -> Value {
        object
    }

    fn validate(&self, configuration: &Value) -> Vec<Complaint> {
        complaints_about(&self.declared, configuration)
    }

    fn plan(&self, _: &Aws, request: PlanRequest<'_>) -> Planned {
        Planned::refused(&request, self.complaint())
    }

    async fn read(&self, _: &Arc<Aws>, requests: Vec<ReadRequest>) -> Vec<ReadOutcome> {
        requests.iter().map(|_| ReadOutcome::Failed(vec![self.complaint()])).collect()
    }

    async fn apply(&self, _: &Arc<Aws>, request: ApplyRequest) -> Applied {
        Applied { object: request.prior, private: request.private, complaints: vec![self.complaint()], is_open: false }
    }

    async fn recover(&self, _: &Arc<Aws>, _: &Intent) -> Recovered {
        Recovered::Unclear(self.complaint())
    }

    async fn import(&self, _: &Arc<Aws>, _: ImportRequest) -> Result<Imported, Vec<Complaint>> {
        Err(vec![self.complaint()])
    }
}
