//! The provider: plans from the types' rules, and asks the agent for everything else.

use super::client::{Client, DEFAULT_DATA};
use super::kinds::{DATA_SOURCES, Kind, RESOURCES, resource};
use super::preflight;
use super::protocol::{Answer, Attributes, Request};
use super::{verdict, zone};
use crate::addr::{ProviderSource, ResourceMode};
use crate::provider::{
    Applied, ApplyRequest, Complaint, Connection, DataOutcome, DataRequest, ImportRequest, Imported, Intent, Judged,
    PlanRequest, Planned, PreflightRequest, Private, Provider, ProviderSchema, ReadOutcome, ReadRequest, Recovered,
    Traffic, TrafficRole, Verdict,
};
use crate::providers::small::{self, Object};
use crate::schema::{Attribute, Block, Schema};
use crate::value::{Text, Type, Value, from_json_as, write_json};
use async_trait::async_trait;
use serde_json::Value as Json;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// `hashicorp/host` is what a configuration without `required_providers` means by `host_server`.
#[derive(Default)]
pub struct HostProvider {
    schema: OnceLock<ProviderSchema>,
}

#[async_trait]
impl Provider for HostProvider {
    fn source(&self) -> ProviderSource {
        ProviderSource::official("host")
    }

    fn version(&self) -> &str {
        env!("CARGO_PKG_VERSION")
    }

    fn schema(&self) -> &ProviderSchema {
        self.schema.get_or_init(|| {
            let shapes = |kinds: &[Kind]| kinds.iter().map(|kind| (Text::from(kind.name), kind.schema())).collect();
            let directory = Attribute::optional(Type::String)
                .described("Where the host's things are kept; .terrace/host in the working directory unless given.");
            let attributes = [(Text::from("data_directory"), directory)].into();
            ProviderSchema {
                configuration: Schema { version: 0, block: Block { attributes, ..Block::default() } },
                resources: shapes(RESOURCES),
                data_sources: shapes(DATA_SOURCES),
                ..ProviderSchema::default()
            }
        })
    }

    fn validate(&self, mode: ResourceMode, kind: &str, configuration: &Value) -> Vec<Complaint> {
        match (mode, resource(kind)) {
            (ResourceMode::Managed, Some(kind)) => (kind.validate)(configuration),
            _ => Vec::new(),
        }
    }

    fn traffic_role(&self, kind: &str) -> Option<TrafficRole> {
        resource(kind)?.traffic
    }

    fn verdict(&self, change: Judged<'_>) -> Verdict {
        verdict::verdict(change)
    }

    async fn connect(&self, configuration: Value) -> Result<Arc<dyn Connection>, Vec<Complaint>> {
        let given = Object(configuration).text("data_directory");
        let directory = PathBuf::from(given.as_deref().unwrap_or(DEFAULT_DATA));
        let absolute = std::path::absolute(&directory).map_err(|error| {
            vec![Complaint::error("The data directory cannot be used", format!("{}: {error}.", directory.display()))]
        })?;
        Ok(Arc::new(Host { client: Client::new(absolute) }))
    }
}

/// The host as the provider block describes it.
pub(super) struct Host {
    pub(super) client: Client,
}

impl Host {
    async fn create(&self, request: &ApplyRequest, of: &Type) -> Result<Value, Complaint> {
        let mut attributes = attributes_of(&Object(request.planned.clone()).finished([]), of)?;
        if &*request.kind == "host_image"
            && let Some(source) = attributes.get("source").and_then(Json::as_str)
        {
            let absolute = std::path::absolute(source).unwrap_or_else(|_| source.into());
            attributes.insert("source".to_owned(), Json::from(absolute.display().to_string()));
        }
        let (kind, token) = (request.kind.to_string(), request.token.to_string());
        self.object(&Request::Create { kind, token, attributes }, &request.planned, of).await
    }

    async fn object(&self, request: &Request, planned: &Value, of: &Type) -> Result<Value, Complaint> {
        match self.client.ask(request).await? {
            Answer::Object(attributes) => Ok(with_written(object_of(attributes, of)?, planned)),
            _ => Err(misunderstood()),
        }
    }

    async fn change(&self, request: &ApplyRequest, of: &Type) -> Result<Value, Complaint> {
        let id = id_of(&request.prior);
        if request.planned.is_null() {
            if let Answer::Done { is_leaving: true } =
                self.client.ask(&Request::Delete { kind: request.kind.to_string(), id }).await?
            {
                self.client.until_gone().await;
            }
            return Ok(request.planned.clone());
        }
        if request.prior.is_null() {
            return self.create(request, of).await;
        }
        let mut attributes = attributes_of(&Object(request.planned.clone()).finished([]), of)?;
        if &*request.kind == "host_image" {
            // The source may be written in another way; the content is the same.
            attributes = attributes_of(&request.prior, of)?;
        }
        let update = Request::Update { kind: request.kind.to_string(), id, attributes };
        self.object(&update, &request.planned, of).await
    }

    async fn found(&self, request: &Request) -> Result<Vec<Option<Attributes>>, Complaint> {
        // Without a record there is nothing, and no agent is needed to say so.
        if !self.client.has_record() {
            let count = if let Request::Read { ids } = request { ids.len() } else { 1 };
            return Ok(vec![None; count]);
        }
        match self.client.ask(request).await? {
            Answer::Objects(objects) => Ok(objects),
            _ => Err(misunderstood()),
        }
    }

    async fn data(&self, request: &DataRequest) -> Result<Value, Complaint> {
        let object = Object(request.configuration.clone());
        let texts = |items: Vec<String>| Value::list(Type::String, items.into_iter().map(Value::string).collect());
        if &*request.kind == "host_zones" {
            let names = zone::NAMES.iter().map(ToString::to_string).collect();
            let ranges = zone::NAMES.iter().map(|name| zone::range(name)).collect();
            return Ok(object.finished([("names", texts(names)), ("ranges", texts(ranges))]));
        }
        let zone = object.text("zone");
        let status = match self.client.has_record() {
            true => self.client.ask(&Request::Status).await?,
            false => Answer::Status(super::protocol::Status::default()),
        };
        let Answer::Status(status) = status else { return Err(misunderstood()) };
        let servers =
            status.servers.into_iter().filter(|server| zone.as_deref().is_none_or(|zone| server.zone == zone));
        let (ids, urls) = servers.map(|server| (server.id, server.url)).unzip();
        Ok(object.finished([("ids", texts(ids)), ("urls", texts(urls))]))
    }
}

#[async_trait]
impl Connection for Host {
    fn plan(&self, request: PlanRequest<'_>) -> Planned {
        match resource(request.kind) {
            Some(kind) => small::plan(&(kind.rules)(), kind.adjust, &request),
            None => Planned::refused(&request, unsupported(request.kind)),
        }
    }

    async fn read(&self, requests: Vec<ReadRequest>) -> Vec<ReadOutcome> {
        let ids = requests.iter().map(|request| id_of(&request.prior)).collect();
        let found = match self.found(&Request::Read { ids }).await {
            Ok(found) => found,
            Err(complaint) => return requests.iter().map(|_| ReadOutcome::Failed(vec![complaint.clone()])).collect(),
        };
        let outcome = |(request, attributes): (ReadRequest, Option<Attributes>)| {
            let Some(attributes) = attributes else { return ReadOutcome::Gone };
            let of = type_of(&request.kind);
            match object_of(attributes, &of).map(|object| with_written(object, &request.prior)) {
                Ok(object) => ReadOutcome::Present { object, private: request.private, complaints: Vec::new() },
                Err(complaint) => ReadOutcome::Failed(vec![complaint]),
            }
        };
        requests.into_iter().zip(found).map(outcome).collect()
    }

    async fn read_data(&self, requests: Vec<DataRequest>) -> Vec<DataOutcome> {
        let reads = requests.iter().map(|request| async {
            self.data(request).await.map(|object| (object, Vec::new())).map_err(|complaint| vec![complaint])
        });
        futures::future::join_all(reads).await
    }

    async fn apply(&self, request: ApplyRequest) -> Applied {
        match self.change(&request, &type_of(&request.kind)).await {
            Ok(object) => Applied { object, private: request.private, complaints: Vec::new(), is_open: false },
            Err(complaint) => {
                Applied { object: request.prior, private: request.private, complaints: vec![complaint], is_open: false }
            }
        }
    }

    async fn recover(&self, intent: &Intent) -> Recovered {
        let of = type_of(&intent.kind);
        let is_create = intent.prior.is_null();
        let request = match is_create {
            true => Request::Find { token: intent.token.to_string() },
            false => Request::Read { ids: vec![id_of(&intent.prior)] },
        };
        let found = match self.found(&request).await {
            Ok(found) => found.into_iter().next().flatten(),
            Err(complaint) => return Recovered::Unclear(complaint),
        };
        let Some(attributes) = found else { return Recovered::Absent };
        let written = if is_create { &intent.planned } else { &intent.prior };
        match object_of(attributes, &of).map(|object| with_written(object, written)) {
            // What is recorded the agent brings up, also after a crash of its own. An update may not have reached it.
            Ok(object) => Recovered::Adopt { object, private: intent.private.clone(), is_complete: is_create },
            Err(complaint) => Recovered::Unclear(complaint),
        }
    }

    async fn preflight(&self, requests: Vec<PreflightRequest>) -> Vec<Vec<Complaint>> {
        preflight::look(self.client.data(), &requests)
    }

    async fn import(&self, requests: Vec<ImportRequest>) -> Vec<Result<Imported, Vec<Complaint>>> {
        let ids = requests.iter().map(|request| request.id.clone()).collect();
        let found = match self.found(&Request::Read { ids }).await {
            Ok(found) => found,
            Err(complaint) => return requests.iter().map(|_| Err(vec![complaint.clone()])).collect(),
        };
        let imported = |(request, attributes): (ImportRequest, Option<Attributes>)| {
            let missing = || Complaint::error("No such object", format!("The host has no {:?}.", request.id));
            let object = attributes.ok_or_else(missing).and_then(|found| object_of(found, &type_of(&request.kind)));
            let object = object.map_err(|complaint| vec![complaint])?;
            Ok(Imported { kind: request.kind, object, private: Private::from([]) })
        };
        requests.into_iter().zip(found).map(imported).collect()
    }

    fn traffic(&self) -> Option<&dyn Traffic> {
        Some(self)
    }
}

fn type_of(kind: &str) -> Type {
    resource(kind).map_or(Type::Dynamic, |kind| kind.schema().block.implied_type())
}

fn id_of(object: &Value) -> String {
    Object(object.clone()).text("id").map(|id| id.to_string()).unwrap_or_default()
}

fn attributes_of(object: &Value, of: &Type) -> Result<Attributes, Complaint> {
    let mut text = String::new();
    let written = write_json(object, of, &mut text).map_err(|error| error.to_string());
    let read = written.and_then(|()| serde_json::from_str(&text).map_err(|error| error.to_string()));
    read.map_err(|problem| Complaint::error("An object cannot be told to the host", format!("{problem}.")))
}

/// Attributes that the type does not have are the agent's own.
fn object_of(mut attributes: Attributes, of: &Type) -> Result<Value, Complaint> {
    if let Type::Object(known) = of {
        attributes.retain(|name, _| known.attributes.contains_key(name.as_str()));
    }
    from_json_as(&Json::Object(attributes), of)
        .map_err(|error| Complaint::error("The host's answer does not fit the type", format!("{error}.")))
}

/// An image's source is kept as it was written; the agent knows it by its absolute path.
fn with_written(object: Value, written: &Value) -> Value {
    let source = Object(written.clone()).text("source");
    match source {
        Some(source) => Object(object).with([("source", Value::string(source))]),
        None => object,
    }
}

fn unsupported(kind: &str) -> Complaint {
    Complaint::error("Resource type not supported", format!("The provider has no type {kind:?}."))
}

pub(super) fn misunderstood() -> Complaint {
    Complaint::error(
        "The host's agent answered something else",
        "It may be of another version: terrace host stop, then try again.",
    )
}
