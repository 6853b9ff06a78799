//! The contract between the core and any provider.
//!
//! A [`Provider`] is known before anything is configured: its schemas, what it accepts, how old state becomes new.
//! Given its configuration it becomes a [`Connection`], which plans (pure: no effect, no waiting) and reads, applies and
//! imports (asynchronous, many at once). The core never waits for a provider while planning one instance.
//!
//! What providers must keep:
//! - `plan` is a function of its arguments and of the connection's configuration. Same arguments, same answer.
//! - `read` answers every request, in order. A thing that is gone is `Gone`, not an error.
//! - `apply` says what exists even when it failed. It must reach the token to the API, or otherwise make `recover` able
//!   to find what an interrupted `apply` with the same token made.
//! - Cancellation is a value that `apply` looks at between its calls; the future is never dropped.

mod complaint;
mod renewal;
mod request;
mod shapes;
mod traffic;
mod verdict;

pub use complaint::Complaint;
pub use renewal::{Progress, Renewal, Renewals, Renewed, Renewing};
pub use request::{
    Applied, ApplyRequest, Cancellation, DataOutcome, DataRequest, ImportRequest, Imported, Intent, OpenedEphemeral,
    PlanRequest, Planned, PreflightRequest, Private, ReadOutcome, ReadRequest, Recovered,
};
pub use shapes::Shapes;
pub use traffic::{Health, Target, Traffic, TrafficRole};
pub use verdict::{Fate, Impact, Judged, Loss, Verdict};

use crate::addr::{ProviderSource, ResourceMode};
use crate::schema::Schema;
use crate::value::Value;
use async_trait::async_trait;
use std::sync::Arc;

/// All shapes that a provider has.
#[derive(Debug, Default)]
pub struct ProviderSchema {
    /// Of the `provider` block.
    pub configuration: Schema,
    pub resources: Shapes,
    pub data_sources: Shapes,
    pub ephemeral: Shapes,
}

impl ProviderSchema {
    pub fn resource(&self, mode: ResourceMode, kind: &str) -> Option<&Schema> {
        match mode {
            ResourceMode::Managed => self.resources.get(kind),
            ResourceMode::Data => self.data_sources.get(kind),
            ResourceMode::Ephemeral => self.ephemeral.get(kind),
        }
    }
}

/// A kind of provider, not configured yet.
#[async_trait]
pub trait Provider: Send + Sync {
    fn source(&self) -> ProviderSource;

    /// What `required_providers` constraints are checked against and lock files record.
    fn version(&self) -> &str;

    fn schema(&self) -> &ProviderSchema;

    /// The provider keeps to the rules of Terraform's first type system, as hashicorp's `aws` does: it may plan values for attributes that
    /// only the configuration sets, and may not tell null from the zero of a type. Plans and results are then not held against them.
    fn has_old_types(&self) -> bool {
        false
    }

    /// Whether a `provider` block is acceptable. Values may be unknown.
    fn validate_configuration(&self, _configuration: &Value) -> Vec<Complaint> {
        Vec::new()
    }

    /// Whether a resource's configuration is acceptable, as far as its known parts tell.
    fn validate(&self, _mode: ResourceMode, _kind: &str, _configuration: &Value) -> Vec<Complaint> {
        Vec::new()
    }

    /// Of an imported object what configuration may say: without what would be refused beside the rest.
    fn writable(&self, _kind: &str, object: Value) -> Value {
        object
    }

    /// Attributes saved with an older schema version, as of the current one.
    fn upgrade(
        &self,
        _kind: &str,
        _version: u64,
        attributes: serde_json::Value,
    ) -> Result<serde_json::Value, Complaint> {
        Ok(attributes)
    }

    /// Attributes of another type's object, for `moved` between types; nothing where that is not offered.
    fn move_from(&self, _kind: &str, _from: &str, _attributes: &serde_json::Value) -> Option<serde_json::Value> {
        None
    }

    /// What a managed resource type is to a rollout, so that the core sees from the configuration alone which servers stand
    /// behind which target group. Nothing: it has no part in one.
    fn traffic_role(&self, _kind: &str) -> Option<TrafficRole> {
        None
    }

    /// Whether a change of a fleet that the provider looks after by itself makes its servers others. Pure.
    fn renewing(&self, _change: Renewed<'_>) -> Option<Renewing> {
        None
    }

    /// What a planned change of an object that exists means for those who use it. Pure.
    fn verdict(&self, _change: Judged<'_>) -> Verdict {
        Verdict::default()
    }

    /// Takes the configuration. During plan it may hold unknown values; what needs them then fails when asked.
    async fn connect(&self, configuration: Value) -> Result<Arc<dyn Connection>, Vec<Complaint>>;
}

/// A configured provider.
#[async_trait]
pub trait Connection: Send + Sync {
    /// What the object would be, and what forces a new one. Destroying is planned too (`proposed` is null): providers may refuse.
    fn plan(&self, request: PlanRequest<'_>) -> Planned;

    /// The present objects, in the order of the requests.
    async fn read(&self, requests: Vec<ReadRequest>) -> Vec<ReadOutcome>;

    /// Data sources, in the order of the requests.
    async fn read_data(&self, requests: Vec<DataRequest>) -> Vec<DataOutcome>;

    /// Creates, updates or destroys one object.
    async fn apply(&self, request: ApplyRequest) -> Applied;

    /// After a crash: what became of an `apply` whose outcome was never recorded.
    async fn recover(&self, intent: &Intent) -> Recovered;

    /// The objects that ids name; reading them is the caller's next step.
    async fn import(&self, requests: Vec<ImportRequest>) -> Vec<Result<Imported, Vec<Complaint>>>;

    /// The state that names all objects is written: what was only there to find them again after a crash may go.
    async fn state_is_written(&self) -> Vec<Complaint> {
        Vec::new()
    }

    /// The load balancer's side of this connection, if it has one.
    fn traffic(&self) -> Option<&dyn Traffic> {
        None
    }

    /// How it replaces the servers of fleets by itself, if it does.
    fn renewals(&self) -> Option<&dyn Renewals> {
        None
    }

    /// Looks, without changing anything, for reasons why planned changes would fail. One answer a request. What cannot be looked at
    /// (no permission, no answer) is passed over in silence.
    async fn preflight(&self, requests: Vec<PreflightRequest>) -> Vec<Vec<Complaint>> {
        requests.iter().map(|_| Vec::new()).collect()
    }

    async fn open(&self, kind: &str, _configuration: Value) -> Result<OpenedEphemeral, Vec<Complaint>> {
        Err(vec![Complaint::error(
            "No such ephemeral resource",
            format!("The provider has no ephemeral resource {kind:?}."),
        )])
    }

    async fn close(&self, _kind: &str, _private: Private) -> Vec<Complaint> {
        Vec::new()
    }
}
