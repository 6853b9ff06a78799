//! AWS, natively, with the resource types, attributes, defaults and replacement rules of `hashicorp/aws` 5.x.
//!
//! `engine` runs every type; `network`, `servers`, ... hold one short file a type; `connection` has the clients.
//! Types that are not there are named by the core's own diagnostic.

mod balancing;
mod connection;
mod credentials;
mod databases;
mod endpoints;
mod engine;
mod fleets;
mod identity;
mod metadata;
mod monitoring;
mod names;
mod network;
mod outlines;
mod preflight;
mod query;
mod secrets;
mod servers;
mod settings;
mod storage;
mod transport;
mod verdict;

use crate::addr::{ProviderSource, ResourceMode};
use crate::diag::Severity;
use crate::provider::{
    Applied, ApplyRequest, Complaint, Connection, DataOutcome, DataRequest, ImportRequest, Imported, Intent, Judged,
    PlanRequest, Planned, PreflightRequest, Provider, ProviderSchema, ReadOutcome, ReadRequest, Recovered, Renewals,
    Renewed, Renewing, Traffic, TrafficRole, Verdict,
};
use crate::schema::Schema;
use crate::value::{Text, Value};
use async_trait::async_trait;
use connection::Aws;
use engine::{Failure, Kind, Registry, Source};
use settings::Settings;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

/// The version of `hashicorp/aws` whose types these are.
const VERSION: &str = "5.100.0";

/// All resource types.
fn kinds() -> &'static Registry<dyn Kind> {
    static KINDS: LazyLock<Registry<dyn Kind>> = LazyLock::new(|| {
        Registry::of(&[
            balancing::KINDS,
            databases::KINDS,
            fleets::KINDS,
            identity::KINDS,
            monitoring::KINDS,
            names::KINDS,
            network::KINDS,
            outlines::KINDS,
            secrets::KINDS,
            servers::KINDS,
            storage::KINDS,
        ])
    });
    &KINDS
}

/// All data sources.
fn sources() -> &'static Registry<dyn Source> {
    static SOURCES: LazyLock<Registry<dyn Source>> = LazyLock::new(|| {
        Registry::of(&[
            balancing::SOURCES,
            databases::SOURCES,
            identity::SOURCES,
            names::SOURCES,
            network::SOURCES,
            secrets::SOURCES,
            servers::SOURCES,
        ])
    });
    &SOURCES
}

/// `hashicorp/aws`, not configured yet.
#[derive(Default)]
pub struct AwsProvider {
    schema: OnceLock<ProviderSchema>,
}

#[async_trait]
impl Provider for AwsProvider {
    fn source(&self) -> ProviderSource {
        ProviderSource::official("aws")
    }

    fn version(&self) -> &str {
        VERSION
    }

    fn has_old_types(&self) -> bool {
        true
    }

    fn schema(&self) -> &ProviderSchema {
        self.schema.get_or_init(|| {
            let configuration = Schema { version: 0, block: engine::block_of(&settings::fields()) };
            let mut schema = ProviderSchema { configuration, ..ProviderSchema::default() };
            for name in kinds().names() {
                let shape = move || kinds().get(name).map(Kind::schema).unwrap_or_default();
                schema.resources.insert(name.into(), shape);
            }
            for name in sources().names() {
                let shape = move || sources().get(name).map(Source::schema).unwrap_or_default();
                schema.data_sources.insert(name.into(), shape);
            }
            schema
        })
    }

    fn validate_configuration(&self, configuration: &Value) -> Vec<Complaint> {
        engine::complaints_about(&settings::fields(), configuration)
    }

    fn validate(&self, mode: ResourceMode, kind: &str, configuration: &Value) -> Vec<Complaint> {
        match mode {
            ResourceMode::Managed => kinds().get(kind).map(|kind| kind.validate(configuration)).unwrap_or_default(),
            ResourceMode::Data => sources().get(kind).map(|source| source.validate(configuration)).unwrap_or_default(),
            ResourceMode::Ephemeral => Vec::new(),
        }
    }

    fn traffic_role(&self, kind: &str) -> Option<TrafficRole> {
        kinds().get(kind)?.traffic_role()
    }

    fn renewing(&self, change: Renewed<'_>) -> Option<Renewing> {
        if change.kind == "aws_autoscaling_group" { fleets::renewing(change) } else { None }
    }

    fn verdict(&self, change: Judged<'_>) -> Verdict {
        verdict::verdict(change)
    }

    fn writable(&self, kind: &str, object: Value) -> Value {
        match kinds().get(kind) {
            Some(kind) => kind.writable(object),
            None => object,
        }
    }

    async fn connect(&self, configuration: Value) -> Result<Arc<dyn Connection>, Vec<Complaint>> {
        let settings = Settings::of(&configuration).map_err(|complaint| vec![complaint])?;
        let aws = Aws::connect(settings).await.map_err(|complaint| vec![complaint])?;
        Ok(Arc::new(AwsConnection { aws: Arc::new(aws) }))
    }
}

/// `hashicorp/aws`, configured.
struct AwsConnection {
    aws: Arc<Aws>,
}

#[async_trait]
impl Connection for AwsConnection {
    fn plan(&self, request: PlanRequest<'_>) -> Planned {
        match kinds().get(request.kind) {
            Some(kind) => kind.plan(&self.aws, request),
            None => Planned::refused(&request, unsupported(request.kind)),
        }
    }

    async fn read(&self, requests: Vec<ReadRequest>) -> Vec<ReadOutcome> {
        // Types are read side by side; within a type the engine makes as few calls as the API allows.
        let mut by_kind: BTreeMap<Text, Vec<(usize, ReadRequest)>> = BTreeMap::new();
        let count = requests.len();
        for (index, request) in requests.into_iter().enumerate() {
            by_kind.entry(request.kind.clone()).or_default().push((index, request));
        }
        let reads = by_kind.into_iter().map(|(kind, requests)| async move {
            let (indices, requests): (Vec<usize>, Vec<ReadRequest>) = requests.into_iter().unzip();
            let outcomes = match kinds().get(&kind) {
                Some(known) => known.read(&self.aws, requests).await,
                None => requests.iter().map(|_| ReadOutcome::Failed(vec![unsupported(&kind)])).collect(),
            };
            indices.into_iter().zip(outcomes).collect::<Vec<_>>()
        });
        let mut outcomes: Vec<(usize, ReadOutcome)> =
            futures::future::join_all(reads).await.into_iter().flatten().collect();
        debug_assert_eq!(outcomes.len(), count, "every request is answered");
        outcomes.sort_by_key(|(index, _)| *index);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    async fn read_data(&self, requests: Vec<DataRequest>) -> Vec<DataOutcome> {
        let reads = requests.into_iter().map(|request| async move {
            match sources().get(&request.kind) {
                Some(source) => source.read(&self.aws, request.configuration).await,
                None => Err(vec![unsupported(&request.kind)]),
            }
        });
        futures::future::join_all(reads).await
    }

    async fn apply(&self, request: ApplyRequest) -> Applied {
        match kinds().get(&request.kind) {
            Some(kind) => kind.apply(&self.aws, request).await,
            None => Applied {
                complaints: vec![unsupported(&request.kind)],
                object: request.prior,
                private: request.private,
                is_open: false,
            },
        }
    }

    async fn recover(&self, intent: &Intent) -> Recovered {
        match kinds().get(&intent.kind) {
            Some(kind) => kind.recover(&self.aws, intent).await,
            None => Recovered::Unclear(unsupported(&intent.kind)),
        }
    }

    async fn state_is_written(&self) -> Vec<Complaint> {
        let failures = self.aws.tagged.remove_all(&self.aws).await;
        let complaint = |failure: Failure| failure.complaint("removing the tags that new objects are found by");
        failures.into_iter().map(|failure| Complaint { severity: Severity::Warning, ..complaint(failure) }).collect()
    }

    async fn preflight(&self, requests: Vec<PreflightRequest>) -> Vec<Vec<Complaint>> {
        preflight::look(&self.aws, &requests).await
    }

    async fn import(&self, requests: Vec<ImportRequest>) -> Vec<Result<Imported, Vec<Complaint>>> {
        let mut answers = Vec::new();
        for request in requests {
            answers.push(match kinds().get(&request.kind) {
                Some(kind) => kind.import(&self.aws, request).await,
                None => Err(vec![unsupported(&request.kind)]),
            });
        }
        answers
    }

    fn traffic(&self) -> Option<&dyn Traffic> {
        Some(self)
    }

    fn renewals(&self) -> Option<&dyn Renewals> {
        Some(self)
    }
}

fn unsupported(kind: &str) -> Complaint {
    Complaint::error(
        "Resource type not supported",
        format!("This version of Terrace has no AWS resource type {kind:?}."),
    )
}
