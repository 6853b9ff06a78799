//! `terraform.io/builtin/terraform`: `terraform_data` and the data source `terraform_remote_state`.

mod data;
mod remote_state;

use crate::addr::{ProviderSource, ResourceMode};
use crate::provider::{
    Applied, ApplyRequest, Complaint, Connection, DataOutcome, DataRequest, ImportRequest, Imported, Intent,
    PlanRequest, Planned, Private, Provider, ProviderSchema, ReadOutcome, ReadRequest, Recovered,
};
use crate::value::Value;
use async_trait::async_trait;
use std::sync::{Arc, OnceLock};

#[derive(Default)]
pub struct Builtin {
    schema: OnceLock<ProviderSchema>,
}

#[async_trait]
impl Provider for Builtin {
    fn source(&self) -> ProviderSource {
        ProviderSource::builtin("terraform")
    }

    fn version(&self) -> &str {
        ""
    }

    fn schema(&self) -> &ProviderSchema {
        self.schema.get_or_init(|| {
            let mut schema = ProviderSchema::default();
            schema.resources.insert(data::NAME.into(), data::schema);
            schema.data_sources.insert(remote_state::NAME.into(), remote_state::schema);
            schema
        })
    }

    fn validate(&self, mode: ResourceMode, _kind: &str, configuration: &Value) -> Vec<Complaint> {
        match mode {
            ResourceMode::Managed => data::validate(configuration),
            ResourceMode::Data => remote_state::validate(configuration),
            ResourceMode::Ephemeral => Vec::new(),
        }
    }

    fn move_from(&self, _kind: &str, from: &str, attributes: &serde_json::Value) -> Option<serde_json::Value> {
        (from == "null_resource").then(|| data::moved_from_null(attributes))
    }

    async fn connect(&self, _configuration: Value) -> Result<Arc<dyn Connection>, Vec<Complaint>> {
        Ok(Arc::new(BuiltinConnection))
    }
}

struct BuiltinConnection;

#[async_trait]
impl Connection for BuiltinConnection {
    fn plan(&self, request: PlanRequest<'_>) -> Planned {
        data::plan(&request)
    }

    async fn read(&self, requests: Vec<ReadRequest>) -> Vec<ReadOutcome> {
        let present = |request: ReadRequest| ReadOutcome::Present {
            object: request.prior,
            private: request.private,
            complaints: Vec::new(),
        };
        requests.into_iter().map(present).collect()
    }

    async fn read_data(&self, requests: Vec<DataRequest>) -> Vec<DataOutcome> {
        requests.iter().map(|request| remote_state::read(&request.configuration)).collect()
    }

    async fn apply(&self, request: ApplyRequest) -> Applied {
        Applied {
            object: data::applied(&request.planned),
            private: request.private,
            complaints: Vec::new(),
            is_open: false,
        }
    }

    /// Nothing exists outside of the state: an interrupted step has had no effect.
    async fn recover(&self, intent: &Intent) -> Recovered {
        match intent.prior.is_null() || intent.planned.is_null() {
            true => Recovered::Absent,
            false => {
                Recovered::Adopt { object: intent.prior.clone(), private: intent.private.clone(), is_complete: false }
            }
        }
    }

    async fn import(&self, requests: Vec<ImportRequest>) -> Vec<Result<Imported, Vec<Complaint>>> {
        let imported = |request: ImportRequest| Imported {
            object: data::imported(&request.id),
            kind: request.kind,
            private: Private::from([]),
        };
        requests.into_iter().map(|request| Ok(imported(request))).collect()
    }
}
