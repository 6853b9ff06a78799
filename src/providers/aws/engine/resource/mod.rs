//! A resource type: its fields and what is its own, run by the same life cycle as all.
//!
//! [`Resource`] is what a type says, in the SDK's types. [`Life`] is what happens to its objects: it sees requests and answers as our
//! values only ([`sdk`]), so that it is compiled once and not once a type.
//!
//! Create: the request is filled from the fields, sent with a token and the tags, awaited until ready; what the request could not
//! take is changed afterwards; then the object is read. Update: one call for each change whose fields differ. Delete: retried
//! while something still depends on it, awaited until gone. Read: as many ids a call as the API takes.

mod call;
mod changing;
mod creating;
mod declaring;
mod deleting;
mod importing;
mod reading;
mod recovering;
mod sdk;
mod settling;

pub use call::Call;
pub use changing::AGAIN;
pub use importing::not_importable;
pub use reading::{Readiness, ready};

use super::complaints::complaints_about;
use super::declared::Declared;
use super::field::Field;
use super::kind::Kind;
use super::planning::{self, Ground};
use super::schema::{block_of, timeouts_block};
use super::tags::tags_of;
use super::wait::parse_duration;
use super::{Failure, Patience, Tagging, Want, with_attributes};
use crate::provider::{
    Applied, ApplyRequest, Cancellation, Complaint, ImportRequest, Imported, Intent, PlanRequest, Planned, ReadOutcome,
    ReadRequest, Recovered, TrafficRole,
};
use crate::providers::aws::connection::Aws;
use crate::schema::Schema;
use crate::value::{Text, Type, Value};
use async_trait::async_trait;
use futures::future::BoxFuture;
use sdk::{Create, Describe, Making, Shown, Sight};
use std::sync::Arc;

type Doing<R> = BoxFuture<'static, Result<R, Failure>>;
type Step = Arc<dyn Fn(Call) -> Doing<()> + Send + Sync>;
/// Attributes found out.
type Look = Arc<dyn Fn(Call) -> Doing<Vec<(&'static str, Value)>> + Send + Sync>;
/// Finds the object of an interrupted create, if it was made.
type Finding = Arc<dyn Fn(Call) -> Doing<Option<String>> + Send + Sync>;
/// What an import id says: attributes by name, `id` among them.
type ReadImport = Arc<dyn Fn(Arc<Aws>, String) -> Doing<Imports> + Send + Sync>;
pub type Imports = Vec<(&'static str, Value)>;

/// An in-place change that serves some fields.
struct Change {
    name: &'static str,
    /// Also made after a create, for fields that the create request does not take.
    follows_create: bool,
    /// The object has another id afterwards: the one that `recovered_by` finds.
    gives_new_id: bool,
    run: Step,
}

/// How an interrupted create is found again.
enum Recovery {
    /// The API offers nothing to find it by: somebody has to look. Creating again might make a second one.
    Unclear,
    /// The API knows the token: the same create again gives the same object.
    Token,
    /// Found by a unique name, or by what it is of.
    Find(Finding),
    /// Found by a tag that it is made with.
    Tag(Tagging),
}

/// `T` is what the API says about one object, `C` the request that creates one.
pub struct Resource<T, C> {
    fields: Vec<Field<T, C>>,
    making: Making<C>,
    sight: Sight<T>,
    rules: Box<Rules>,
}

/// What a type says that needs no type of the SDK.
struct Rules {
    /// `EC2 Subnet`, for messages.
    label: &'static str,
    version: u64,
    ids_per_call: usize,
    /// Whether state does not say yet what only a closer look tells.
    lacks_closer_look: Option<fn(&Want) -> bool>,
    /// What an object is read by, where that is not its id.
    key: Option<fn(&Want) -> String>,
    id_after_change: Option<fn(&Want) -> String>,
    change_tags: Option<Step>,
    before_create: Option<Look>,
    /// What belongs to a create and takes calls of its own.
    rest_of_create: Option<Step>,
    changes: Vec<Change>,
    /// It was there before it was created, with tags of its own, and stays when it is destroyed.
    is_adopted: bool,
    /// Of hashicorp's newer framework, which tells null from empty.
    is_newer_kind: bool,
    delete: Step,
    missing: Vec<&'static str>,
    retry_delete_on: Vec<&'static str>,
    /// A deleted object is waited for until it is gone.
    delete_is_awaited: bool,
    retry_create_on: Vec<&'static str>,
    reconcile: Option<fn(Value, &Value) -> Value>,
    refreshed: Option<fn(Value) -> Value>,
    kept: Vec<&'static str>,
    recovery: Recovery,
    read_import: Option<ReadImport>,
    timeouts: Vec<(&'static str, u64)>,
    traffic: Option<TrafficRole>,
    configured: Option<fn(&Value, bool) -> Value>,
}

impl Rules {
    fn new(label: &'static str, version: u64) -> Self {
        Self {
            label,
            version,
            ids_per_call: 1,
            lacks_closer_look: None,
            key: None,
            id_after_change: None,
            change_tags: None,
            before_create: None,
            rest_of_create: None,
            changes: Vec::new(),
            delete: Arc::new(|_| Box::pin(async { Ok(()) })),
            is_adopted: false,
            is_newer_kind: false,
            missing: Vec::new(),
            retry_delete_on: Vec::new(),
            delete_is_awaited: true,
            retry_create_on: Vec::new(),
            reconcile: None,
            refreshed: None,
            kept: Vec::new(),
            recovery: Recovery::Unclear,
            read_import: None,
            timeouts: Vec::new(),
            traffic: None,
            configured: None,
        }
    }
}

/// What happens to the objects of a type.
struct Life {
    rules: Rules,
    declared: Vec<Declared>,
    create: Create,
    describe: Describe,
}

impl<T: Send + Sync + 'static, C: Send + 'static> From<Resource<T, C>> for Box<dyn Kind> {
    fn from(resource: Resource<T, C>) -> Self {
        let Resource { fields, making, sight, rules } = resource;
        let mut declared = Vec::with_capacity(fields.len());
        let (mut reads, mut sends) = (Vec::with_capacity(fields.len()), Vec::with_capacity(fields.len()));
        for field in fields {
            declared.push(field.declared);
            reads.push(field.read);
            sends.push(field.send);
        }
        Box::new(Life { rules: *rules, declared, create: making.through(sends), describe: sight.through(reads) })
    }
}

impl Life {
    pub(super) fn call(&self, aws: &Arc<Aws>, request: &ApplyRequest) -> Call {
        let object = if request.planned.is_null() { &request.prior } else { &request.planned };
        let all = object.get("tags_all").map(tags_of).unwrap_or_default();
        Call {
            aws: aws.clone(),
            id: Want(request.prior.clone()).id(),
            is_new: false,
            prior: Want(request.prior.clone()),
            want: Want(request.planned.clone()),
            configuration: Want(request.configuration.clone()),
            token: request.token.to_string(),
            tags: all,
            cancellation: request.cancellation.clone(),
        }
    }

    pub(super) fn patience(&self, operation: &str, object: &Value, cancellation: &Cancellation) -> Patience {
        let default =
            self.rules.timeouts.iter().find(|(name, _)| *name == operation).map_or(10, |(_, minutes)| *minutes);
        let own = object.get("timeouts").and_then(|timeouts| timeouts.get(operation)).and_then(Value::as_str);
        let patience = Patience::minutes(default).until_cancelled(cancellation);
        match own.and_then(|text| parse_duration(text)) {
            Some(longest) => patience.at_most(longest),
            None => patience,
        }
    }

    pub(super) fn timeouts_type(&self) -> Type {
        Type::object(self.rules.timeouts.iter().map(|(name, _)| (Text::from(*name), Type::String)))
    }
}

#[async_trait]
impl Kind for Life {
    fn traffic_role(&self) -> Option<TrafficRole> {
        self.rules.traffic
    }

    fn schema(&self) -> Schema {
        let mut block = block_of(&self.declared);
        if !self.rules.timeouts.is_empty() {
            block.blocks.insert("timeouts".into(), timeouts_block(self.rules.timeouts.iter().map(|(name, _)| *name)));
        }
        Schema { version: self.rules.version, block }
    }

    fn writable(&self, object: Value) -> Value {
        importing::writable(&self.declared, object)
    }

    fn validate(&self, configuration: &Value) -> Vec<Complaint> {
        complaints_about(&self.declared, configuration)
    }

    fn plan(&self, aws: &Aws, request: PlanRequest<'_>) -> Planned {
        let ground = Ground { tags: &aws.tags, servers_are_immutable: request.servers_are_immutable };
        let completed = match self.rules.configured {
            Some(configured) if !request.proposed.is_null() => {
                configured(request.configuration, request.prior.is_null())
            }
            _ => request.configuration.clone(),
        };
        let request = PlanRequest { configuration: &completed, ..request };
        let mut planned = planning::plan(&self.declared, &ground, &request);
        if !self.rules.timeouts.is_empty() && !planned.object.is_null() {
            let timeouts =
                request.proposed.get("timeouts").cloned().unwrap_or_else(|| Value::null(self.timeouts_type()));
            let entries = planned.object.as_entries().into_iter().flat_map(|entries| entries.iter());
            let with_timeouts =
                entries.map(|(key, value)| (key.clone(), value.clone())).chain([("timeouts".into(), timeouts)]);
            planned.object = Value::object(with_timeouts.collect::<Vec<_>>());
        }
        planned
    }

    async fn read(&self, aws: &Arc<Aws>, requests: Vec<ReadRequest>) -> Vec<ReadOutcome> {
        self.read_all(aws, requests).await
    }

    async fn apply(&self, aws: &Arc<Aws>, request: ApplyRequest) -> Applied {
        match (request.prior.is_null(), request.planned.is_null()) {
            (true, false) => self.create(aws, &request).await,
            (false, true) => self.destroy(aws, &request).await,
            _ => self.update(aws, &request).await,
        }
    }

    async fn recover(&self, aws: &Arc<Aws>, intent: &Intent) -> Recovered {
        self.recover_step(aws, intent).await
    }

    async fn import(&self, aws: &Arc<Aws>, request: ImportRequest) -> Result<Imported, Vec<Complaint>> {
        self.import_object(aws, request).await
    }
}

fn failed(object: Value, request: &ApplyRequest, complaint: Complaint) -> Applied {
    Applied { object, private: request.private.clone(), complaints: vec![complaint], is_open: false }
}

fn with_id(object: Value, id: &str) -> Value {
    with_attributes(&object, &[("id", Value::text(id))])
}
