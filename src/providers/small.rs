//! What the small providers have in common: types whose objects live in the state, or in a file, and nowhere else.
//!
//! A [`Kind`] is a list of [`Rule`]s, from which schema and plan follow, and a function that makes the object. Creating may
//! have an effect (a file, a pause); reading, updating and deleting have one where the kind says so.

use crate::addr::{ProviderSource, ResourceMode};
use crate::provider::{
    Applied, ApplyRequest, Cancellation, Complaint, Connection, DataOutcome, DataRequest, ImportRequest, Imported,
    Intent, PlanRequest, Planned, Private, Provider, ProviderSchema, ReadOutcome, ReadRequest, Recovered,
};
use crate::schema::{Attribute, Block, Schema};
use crate::value::{Data, Path, Text, Type, Value};
use async_trait::async_trait;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// One attribute.
pub struct Rule {
    pub name: &'static str,
    pub attribute: Attribute,
    pub replaces: bool,
    pub default: Option<Value>,
    /// Computed anew whenever something changes; other computed attributes keep their value.
    pub is_recomputed: bool,
}

pub fn required(name: &'static str, of: Type) -> Rule {
    Rule { name, attribute: Attribute::required(of), replaces: false, default: None, is_recomputed: false }
}

pub fn optional(name: &'static str, of: Type) -> Rule {
    Rule { attribute: Attribute::optional(of.clone()), ..required(name, of) }
}

pub fn computed(name: &'static str, of: Type) -> Rule {
    Rule { attribute: Attribute::computed(of.clone()), ..required(name, of) }
}

pub fn optional_computed(name: &'static str, of: Type) -> Rule {
    Rule { attribute: Attribute::optional_computed(of.clone()), ..required(name, of) }
}

impl Rule {
    pub fn replaces(self) -> Self {
        Self { replaces: true, ..self }
    }

    pub fn default(self, value: impl Into<Value>) -> Self {
        let attribute = Attribute { is_computed: true, ..self.attribute };
        Self { default: Some(value.into()), attribute, ..self }
    }

    pub fn sensitive(self) -> Self {
        Self { attribute: self.attribute.sensitive(), ..self }
    }

    pub fn deprecated(self) -> Self {
        Self { attribute: self.attribute.deprecated(), ..self }
    }

    pub fn recomputed(self) -> Self {
        Self { is_recomputed: true, ..self }
    }

    pub fn described(self, description: &str) -> Self {
        Self { attribute: self.attribute.described(description), ..self }
    }
}

/// A resource type.
pub struct Kind {
    pub name: &'static str,
    pub version: u64,
    pub rules: fn() -> Vec<Rule>,
    pub validate: fn(&Value) -> Vec<Complaint>,
    /// A last word on what is planned, with the prior object: both are objects.
    pub adjust: fn(&Value, &mut Planned),
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
    pub upgrade: fn(u64, serde_json::Value) -> serde_json::Value,
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
            upgrade: |_, attributes| attributes,
        }
    }

    fn schema(&self) -> Schema {
        let attributes = (self.rules)().into_iter().map(|rule| (Text::from(rule.name), rule.attribute)).collect();
        Schema { version: self.version, block: Block { attributes, ..Block::default() } }
    }
}

/// A data source.
pub struct Source {
    pub name: &'static str,
    pub rules: fn() -> Vec<Rule>,
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

    /// The object with these attributes; others that are still unknown become null.
    pub fn finished<const N: usize>(&self, filled: [(&str, Value); N]) -> Value {
        let value = |name: &Text, value: &Value| match filled.iter().find(|(filled, _)| *filled == &**name) {
            Some((_, filled)) => filled.clone(),
            None => match value.data() {
                Data::Unknown(unknown) => Value::null(unknown.type_of().clone()),
                _ => value.clone(),
            },
        };
        let entries = self.0.as_entries().into_iter().flat_map(|entries| entries.iter());
        Value::object(entries.map(|(name, old)| (name.clone(), value(name, old))).collect::<Vec<_>>())
    }
}

/// A provider of such types.
pub struct Small {
    name: &'static str,
    version: &'static str,
    kinds: fn() -> Vec<Kind>,
    sources: fn() -> Vec<Source>,
    known: OnceLock<Arc<Known>>,
}

struct Known {
    schema: ProviderSchema,
    kinds: Vec<Kind>,
    sources: Vec<Source>,
}

impl Small {
    pub fn new(
        name: &'static str,
        version: &'static str,
        kinds: fn() -> Vec<Kind>,
        sources: fn() -> Vec<Source>,
    ) -> Self {
        Self { name, version, kinds, sources, known: OnceLock::new() }
    }

    fn known(&self) -> &Arc<Known> {
        self.known.get_or_init(|| {
            let (kinds, sources) = ((self.kinds)(), (self.sources)());
            let mut schema = ProviderSchema::default();
            schema.resources = kinds.iter().map(|kind| (Text::from(kind.name), kind.schema())).collect();
            for source in &sources {
                let attributes =
                    (source.rules)().into_iter().map(|rule| (Text::from(rule.name), rule.attribute)).collect();
                let block = Block { attributes, ..Block::default() };
                schema.data_sources.insert(source.name.into(), Schema { version: 0, block });
            }
            Arc::new(Known { schema, kinds, sources })
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
        match (mode, self.known().kind(kind)) {
            (ResourceMode::Managed, Some(kind)) => (kind.validate)(configuration),
            _ => Vec::new(),
        }
    }

    fn upgrade(&self, kind: &str, version: u64, attributes: serde_json::Value) -> Result<serde_json::Value, Complaint> {
        Ok(match self.known().kind(kind) {
            Some(kind) => (kind.upgrade)(version, attributes),
            None => attributes,
        })
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
            Some(kind) => plan(kind, &request),
            None => Planned {
                object: request.proposed.clone(),
                requires_replace: Vec::new(),
                private: request.private.clone(),
                complaints: vec![unsupported(request.kind)],
            },
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
            return Applied { object: request.prior, private: request.private, complaints };
        };
        let outcome = match (request.prior.is_null(), request.planned.is_null()) {
            (_, true) => {
                wait((kind.pause)(&request.prior, false), &request.cancellation).await;
                (kind.remove)(&request.prior).map(|()| request.planned.clone())
            }
            (true, false) => {
                wait((kind.pause)(&request.planned, true), &request.cancellation).await;
                (kind.make)(&Object(request.planned.clone()))
            }
            (false, false) => (kind.update)(&Object(request.planned.clone())),
        };
        match outcome {
            Ok(object) => Applied { object, private: request.private, complaints: Vec::new() },
            Err(complaint) => Applied { object: request.prior, private: request.private, complaints: vec![complaint] },
        }
    }

    /// Effects are repeatable: doing it again gives what was wanted.
    async fn recover(&self, intent: &Intent) -> Recovered {
        if intent.prior.is_null() {
            return Recovered::Absent;
        }
        let is_present = self.kind(&intent.kind).map(|kind| (kind.is_present)(&intent.prior));
        match is_present {
            Some(Ok(false)) => Recovered::Absent,
            Some(Err(complaint)) => Recovered::Unclear(complaint),
            _ => Recovered::Adopt { object: intent.prior.clone(), private: intent.private.clone(), is_complete: false },
        }
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

fn plan(kind: &Kind, request: &PlanRequest<'_>) -> Planned {
    let private = request.private.clone();
    let mut planned =
        Planned { object: request.proposed.clone(), requires_replace: Vec::new(), private, complaints: Vec::new() };
    if request.proposed.is_null() {
        return planned;
    }
    let rules = (kind.rules)();
    let attributes: Vec<(Text, Value)> =
        rules.iter().map(|rule| (Text::from(rule.name), planned_value(rule, request))).collect();
    let is_changed = |rule: &&Rule, value: &Value| request.prior.get(rule.name) != Some(value);
    let has_changed =
        !request.prior.is_null() && rules.iter().zip(&attributes).any(|(rule, (_, value))| is_changed(&rule, value));
    if !request.prior.is_null() {
        let replacing =
            rules.iter().zip(&attributes).filter(|(rule, (_, value))| rule.replaces && is_changed(rule, value));
        planned.requires_replace = replacing.map(|(rule, _)| Path::of_attribute(rule.name)).collect();
    }
    planned.object = Value::object(rules.iter().zip(attributes).map(|(rule, (name, value))| {
        let is_open = rule.is_recomputed && has_changed && is_left_open(rule, request);
        (name, if is_open { Value::unknown(rule.attribute.implied_type()) } else { value })
    }));
    (kind.adjust)(request.prior, &mut planned);
    planned
}

fn is_left_open(rule: &Rule, request: &PlanRequest<'_>) -> bool {
    request.configuration.get(rule.name).is_none_or(Value::is_null)
}

fn planned_value(rule: &Rule, request: &PlanRequest<'_>) -> Value {
    if !is_left_open(rule, request) {
        return request.configuration.get(rule.name).cloned().unwrap_or_default();
    }
    match (&rule.default, rule.attribute.is_computed, request.prior.get(rule.name)) {
        (Some(default), _, _) => default.clone(),
        (None, true, Some(prior)) if !request.prior.is_null() => prior.clone(),
        (None, true, _) => Value::unknown(rule.attribute.implied_type()),
        (None, false, _) => Value::null(rule.attribute.implied_type()),
    }
}

/// Ends early when the run is cancelled.
async fn wait(pause: Duration, cancellation: &Cancellation) {
    let end = tokio::time::Instant::now() + pause;
    while tokio::time::Instant::now() < end && !cancellation.is_cancelled() {
        tokio::time::sleep_until(end.min(tokio::time::Instant::now() + Duration::from_millis(100))).await;
    }
}

fn unsupported(kind: &str) -> Complaint {
    Complaint::error("Resource type not supported", format!("The provider has no type {kind:?}."))
}

/// At least one, or exactly one, of some attributes must be set, as hashicorp's validators say it.
pub fn check_set(configuration: &Value, names: &[&str], only_one: bool) -> Vec<Complaint> {
    let is_unknown = |name: &&&str| configuration.get(name).is_some_and(|value| !value.is_known());
    let is_set = |name: &&&str| configuration.get(name).is_some_and(|value| !value.is_null());
    if names.iter().any(|name| is_unknown(&name)) {
        return Vec::new();
    }
    let count = names.iter().filter(is_set).count();
    let list = names.join(",");
    if count == 0 {
        let (summary, detail) = match only_one {
            true => (
                "Missing Attribute Configuration",
                format!("Exactly one of these attributes must be configured: [{list}]"),
            ),
            false => (
                "Missing Attribute Configuration",
                format!("At least one of these attributes must be configured: [{list}]"),
            ),
        };
        return vec![Complaint::error(summary, detail)];
    }
    if only_one && count > 1 {
        let detail = format!("Exactly one of these attributes must be configured: [{list}]");
        return vec![Complaint::error("Invalid Attribute Combination", detail)];
    }
    Vec::new()
}
