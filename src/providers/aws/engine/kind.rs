//! A resource type as the connection sees it.

use crate::provider::{
    Applied, ApplyRequest, Complaint, ImportRequest, Imported, Intent, PlanRequest, Planned, ReadOutcome, ReadRequest,
    Recovered, TrafficRole,
};
use crate::providers::aws::connection::Aws;
use crate::schema::Schema;
use crate::value::Value;
use async_trait::async_trait;
use std::sync::Arc;

/// What a [`super::Resource`] is, whatever the SDK types behind it.
#[async_trait]
pub trait Kind: Send + Sync {
    fn schema(&self) -> Schema;
    fn traffic_role(&self) -> Option<TrafficRole>;
    /// Without attributes that conflict with others.
    fn writable(&self, object: Value) -> Value;
    fn validate(&self, configuration: &Value) -> Vec<Complaint>;
    fn plan(&self, aws: &Aws, request: PlanRequest<'_>) -> Planned;
    async fn read(&self, aws: &Arc<Aws>, requests: Vec<ReadRequest>) -> Vec<ReadOutcome>;
    async fn apply(&self, aws: &Arc<Aws>, request: ApplyRequest) -> Applied;
    async fn recover(&self, aws: &Arc<Aws>, intent: &Intent) -> Recovered;
    async fn import(&self, aws: &Arc<Aws>, request: ImportRequest) -> Result<Imported, Vec<Complaint>>;
}
