//! What the small providers have in common: types whose objects live in the state, or in a file, and nowhere else.
//!
//! A [`Kind`] is a list of [`Rule`]s, from which schema and plan follow, and a function that makes the object. Creating may
//! have an effect (a file, a pause); reading, updating and deleting have one where the kind says so.

pub mod checks;
mod rule;

pub use rule::{Rule, computed, optional, optional_computed, other_values, plan, required};

use crate::addr::{ProviderSource, ResourceMode};
use crate::provider::{
    Applied, ApplyRequest, Cancellation, Complaint, Connection, DataOutcome, DataRequest, ImportRequest, Imported,
    Intent, OpenedEphemeral, PlanRequest, Planned, Private, Provider, ProviderSchema, ReadOutcome, ReadRequest,
    Recovered,
};
use crate::schema::{Block, Schema};
use crate::value::{Data, Text, Value};
use async_trait::async_trait;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// A resource type.
pub struct Kind {
    pub name: &'static str,
    pub version: u64,
    pub rules: fn() -> Vec<Rule>,
    pub validate: fn(&Value) -> Vec<Complaint>,
    /// A last word on what is planned; not asked about destroying.
    pub adjust: fn(&PlanRequest<'_>, &mut Planned),
    /// The finished object of a planned one; may have an effect.
    pub make: fn(&Object) -> Result<Value, Complaint>,
    /// Of an update, which by itself changes nothing outside.
    pub update: fn(&Object) -> Result<Value, Complaint>,
    /// Whether a saved object still is there.
    pub is_present: fn(&Value) -> Result<bool, Complaint>,
    pub remove: fn(&Value) -> Result<(), Complaint>,
    /// How long to wait after a create (or before a delete).
    pub pause: fn(&Value, bool) -> Duration,
    pub import: fn(&str) -> Result<Value, Complaint>,
    pub upgrade: fn(u64, serde_json::Value) -> Result<serde_json::Value, Complaint>,
    /// What an interrupted create of this planned object has made; nothing where it leaves no trace.
    pub trace: fn(&Object) -> Option<Trace>,
}

/// What an interrupted create left.
pub struct Trace {
    pub object: Value,
    pub is_complete: bool,
}

impl Kind {
    pub const fn new(
        name: &'static str,
        rules: fn() -> Vec<Rule>,
        make: fn(&Object) -> Result<Value, Complaint>,
    ) -> Self {
        Self {
            name,
            version: 0,
            rules,
            validate: |_| Vec::new(),
            adjust: |_, _| {},
            make,
            update: |object| Ok(object.finished([])),
            is_present: |_| Ok(true),
            remove: |_| Ok(()),
            pause: |_, _| Duration::ZERO,
            import: |_| Err(Complaint::error("Import not supported", "Objects of this type cannot be imported.")),
            upgrade: |_, attributes| Ok(attributes),
            trace: |_| None,
        }
    }

    fn schema(&self) -> Schema {
        schema_of(self.version, (self.rules)())
    }
}

fn schema_of(version: u64, rules: Vec<Rule>) -> Schema {
    let attributes = rules.into_iter().map(|rule| (Text::from(rule.name), rule.attribute)).collect();
    Schema { version, block: Block { attributes, ..Block::default() } }
}

/// A data source, or an ephemeral resource that needs no closing.
pub struct Source {
    pub name: &'static str,
    pub rules: fn() -> Vec<Rule>,
    pub validate: fn(&Value) -> Vec<Complaint>,
    pub read: fn(&Object) -> Result<Value, Complaint>,
}

/// An object on its way: attributes by name, and the finished one with some filled in.
pub struct Object(pub Value);

impl Object {
    pub fn get(&self, name: &str) -> Value {
        self.0.get(name).cloned().unwrap_or_default()
    }

    pub fn text(&self, name: &str) -> Option<Text> {
        self.0.get(name).and_then(Value::as_str).cloned()
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_number()?.to_i64()
    }

    pub fn flag(&self, name: &str) -> Option<bool> {
        self.0.get(name)?.as_bool()
    }

    /// The object with these attributes instead of its own.
    pub fn with<'a>(&self, changed: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
        let changed: Vec<(&str, Value)> = changed.into_iter().collect();
        let value = |name: &Text, old: &Value| {
            changed.iter().find(|(changed, _)| *changed == &**name).map_or_else(|| old.clone(), |(_, new)| new.clone())
        };
        let entries = self.0.as_entries().into_iter().flat_map(|entries| entries.iter());
        Value::object(entries.map(|(name, old)| (name.clone(), value(name, old))).collect::<Vec<_>>())
    }

    /// The object with these attributes; others that are still unknown become null.
    pub fn finished<'a>(&self, filled: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
        self.with(filled).map_children(&mut |value| match value.data() {
            Data::Unknown(unknown) => Value::null(unknown.type_of().clone()),
            _ => value,
        })
    }
}

/// A provider of such types.
pub struct Small {
    name: &'static str,
    version: &'static str,
    kinds: fn() -> Vec<Kind>,
    sources: fn() -> Vec<Source>,
    ephemeral: fn() -> Vec<Source>,
    known: OnceLock<Arc<Known>>,
}

struct Known {
    schema: ProviderSchema,
    kinds: Vec<Kind>,
    sources: Vec<Source>,
    ephemeral: Vec<Source>,
}

impl Small {
    pub fn new(
        name: &'static str,
        version: &'static str,
        kinds: fn() -> Vec<Kind>,
        sources: fn() -> Vec<Source>,
    ) -> Self {
        Self { name, version, kinds, sources, ephemeral: Vec::new, known: OnceLock::new() }
    }

    pub fn with_ephemeral(self, ephemeral: fn() -> Vec<Source>) -> Self {
        Self { ephemeral, ..self }
    }

    fn known(&self) -> &Arc<Known> {
        self.known.get_or_init(|| {
            let (kinds, sources, ephemeral) = ((self.kinds)(), (self.sources)(), (self.ephemeral)());
            let shape = |source: &Source| (Text::from(source.name), schema_of(0, (source.rules)()));
            let schema = ProviderSchema {
                resources: kinds.iter().map(|kind| (Text::from(kind.name), kind.schema())).collect(),
                data_sources: sources.iter().map(shape).collect(),
                ephemeral: ephemeral.iter().map(shape).collect(),
                ..ProviderSchema::default()
            };
            Arc::new(Known { schema, kinds, sources, ephemeral })
        })
    }
}

#[async_trait]
impl Provider for Small {
    fn source(&self) -> ProviderSource {
        ProviderSource::official(self.name)
    }

    fn version(&self) -> &str {
        self.version
    }

    fn schema(&self) -> &ProviderSchema {
        &self.known().schema
    }

    fn validate(&self, mode: ResourceMode, kind: &str, configuration: &Value) -> Vec<Complaint> {
        let known = self.known();
        let source =
            |sources: &[Source]| sources.iter().find(|source| source.name == kind).map(|source| source.validate);
        let validate = match mode {
            ResourceMode::Managed => known.kind(kind).map(|kind| kind.validate),
            ResourceMode::Data => source(&known.sources),
            ResourceMode::Ephemeral => source(&known.ephemeral),
        };
        validate.map(|validate| validate(configuration)).unwrap_or_default()
    }

    fn upgrade(&self, kind: &str, version: u64, attributes: serde_json::Value) -> Result<serde_json::Value, Complaint> {
        match self.known().kind(kind) {
            Some(kind) => (kind.upgrade)(version, attributes),
            None => Ok(attributes),
        }
    }

    async fn connect(&self, _configuration: Value) -> Result<Arc<dyn Connection>, Vec<Complaint>> {
        Ok(self.known().clone())
    }
}

impl Known {
    fn kind(&self, name: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.name == name)
    }
}

#[async_trait]
impl Connection for Known {
    fn plan(&self, request: PlanRequest<'_>) -> Planned {
        match self.kind(request.kind) {
            Some(kind) => rule::plan(&(kind.rules)(), kind.adjust, &request),
            None => Planned::refused(&request, unsupported(request.kind)),
        }
    }

    async fn read(&self, requests: Vec<ReadRequest>) -> Vec<ReadOutcome> {
        let read = |request: ReadRequest| match self.kind(&request.kind).map(|kind| (kind.is_present)(&request.prior)) {
            Some(Ok(true)) => {
                ReadOutcome::Present { object: request.prior, private: request.private, complaints: Vec::new() }
            }
            Some(Ok(false)) => ReadOutcome::Gone,
            Some(Err(complaint)) => ReadOutcome::Failed(vec![complaint]),
            None => ReadOutcome::Failed(vec![unsupported(&request.kind)]),
        };
        requests.into_iter().map(read).collect()
    }

    async fn read_data(&self, requests: Vec<DataRequest>) -> Vec<DataOutcome> {
        let read = |request: DataRequest| {
            let source = self.sources.iter().find(|source| source.name == &*request.kind);
            let source = source.ok_or_else(|| vec![unsupported(&request.kind)])?;
            (source.read)(&Object(request.configuration))
                .map(|object| (object, Vec::new()))
                .map_err(|complaint| vec![complaint])
        };
        requests.into_iter().map(read).collect()
    }

    async fn apply(&self, request: ApplyRequest) -> Applied {
        let Some(kind) = self.kind(&request.kind) else {
            let complaints = vec![unsupported(&request.kind)];
            return Applied { object: request.prior, private: request.private, complaints, is_open: false };
        };
        let outcome = match (request.prior.is_null(), request.planned.is_null()) {
            (_, true) => wait((kind.pause)(&request.prior, false), &request.cancellation)
                .await
                .and_then(|()| (kind.remove)(&request.prior))
                .map(|()| request.planned.clone()),
            (true, false) => wait((kind.pause)(&request.planned, true), &request.cancellation)
                .await
                .and_then(|()| (kind.make)(&Object(request.planned.clone()))),
            (false, false) => (kind.update)(&Object(request.planned.clone())),
        };
        match outcome {
            Ok(object) => Applied { object, private: request.private, complaints: Vec::new(), is_open: false },
            Err(complaint) => {
                Applied { object: request.prior, private: request.private, complaints: vec![complaint], is_open: false }
            }
        }
    }

    /// Effects are repeatable: doing it again gives what was wanted.
    async fn recover(&self, intent: &Intent) -> Recovered {
        if intent.prior.is_null() {
            let trace = self.kind(&intent.kind).and_then(|kind| (kind.trace)(&Object(intent.planned.clone())));
            return trace.map_or(Recovered::Absent, |trace| Recovered::Adopt {
                object: trace.object,
                private: intent.private.clone(),
                is_complete: trace.is_complete,
            });
        }
        let is_present = self.kind(&intent.kind).map(|kind| (kind.is_present)(&intent.prior));
        match is_present {
            Some(Ok(false)) => Recovered::Absent,
            Some(Err(complaint)) => Recovered::Unclear(complaint),
            _ => Recovered::Adopt { object: intent.prior.clone(), private: intent.private.clone(), is_complete: false },
        }
    }

    async fn open(&self, kind: &str, configuration: Value) -> Result<OpenedEphemeral, Vec<Complaint>> {
        let source = self.ephemeral.iter().find(|source| source.name == kind).ok_or_else(|| vec![unsupported(kind)])?;
        let result = (source.read)(&Object(configuration)).map_err(|complaint| vec![complaint])?;
        Ok(OpenedEphemeral { result, private: Private::from([]), complaints: Vec::new() })
    }

    async fn import(&self, requests: Vec<ImportRequest>) -> Vec<Result<Imported, Vec<Complaint>>> {
        let import = |request: ImportRequest| {
            let kind = self.kind(&request.kind).ok_or_else(|| vec![unsupported(&request.kind)])?;
            let object = (kind.import)(&request.id).map_err(|complaint| vec![complaint])?;
            let rules = (kind.rules)();
            let whole = rules.iter().map(|rule| {
                let value =
                    object.get(rule.name).cloned().unwrap_or_else(|| Value::null(rule.attribute.implied_type()));
                (Text::from(rule.name), value)
            });
            Ok(Imported { object: Value::object(whole), kind: request.kind, private: Private::from([]) })
        };
        requests.into_iter().map(import).collect()
    }
}

/// Gives up when the run is cancelled.
async fn wait(pause: Duration, cancellation: &Cancellation) -> Result<(), Complaint> {
    let end = tokio::time::Instant::now() + pause;
    while tokio::time::Instant::now() < end {
        if cancellation.is_cancelled() {
            return Err(Complaint::error("Waiting was cancelled", "The run was cancelled before the time was up."));
        }
        tokio::time::sleep_until(end.min(tokio::time::Instant::now() + Duration::from_millis(100))).await;
    }
    Ok(())
}

fn unsupported(kind: &str) -> Complaint {
    Complaint::error("Resource type not supported", format!("The provider has no type {kind:?}."))
}

#[cfg(test)]
mod tests;
