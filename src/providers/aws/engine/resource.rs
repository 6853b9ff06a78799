//! A resource type: its fields and what is its own, run by the same life cycle as all.
//!
//! Create: the request is filled from the fields, sent with a token and the tags, awaited until ready; what the request could not
//! take is changed afterwards; then the object is read. Update: one call for each change whose fields differ. Delete: retried
//! while something still depends on it, awaited until gone. Read: as many ids a call as the API takes.

use super::field::{Declared, Field, block_of, complaints_about, timeouts_block};
use super::kind::Kind;
use super::planning::{self, Ground};
use super::tags::tags_of;
use super::wait::{Patience, Seen};
use super::{Failure, Want};
use crate::provider::{
    Applied, ApplyRequest, Cancellation, Complaint, ImportRequest, Imported, Intent, PlanRequest, Planned, Private,
    ReadOutcome, ReadRequest, Recovered, TrafficRole,
};
use crate::providers::aws::connection::Aws;
use crate::schema::Schema;
use crate::value::{Data, Text, Type, Value};
use async_trait::async_trait;
use futures::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

type Doing<R> = BoxFuture<'static, Result<R, Failure>>;
type Step = Arc<dyn Fn(Call) -> Doing<()> + Send + Sync>;
/// Finds the object of an interrupted create, if it was made.
type Finding = Arc<dyn Fn(Call) -> Doing<Option<String>> + Send + Sync>;
/// Sends a filled create request; gives the new object's id.
type Submit<C> = Arc<dyn Fn(C, Call) -> Doing<String> + Send + Sync>;
/// Describes objects by id.
type ReadMany<T> = Arc<dyn Fn(Arc<Aws>, Vec<String>) -> Doing<Vec<T>> + Send + Sync>;
type TagsOf<T> = Arc<dyn Fn(&T) -> BTreeMap<String, String> + Send + Sync>;

/// Completes what is known of one object.
type Complete<T> = Arc<dyn Fn(Arc<Aws>, T) -> Doing<T> + Send + Sync>;
/// And whether state does not say it yet.
type Closer<T> = (Complete<T>, fn(&Want) -> bool);

/// Before an object is looked for whose create gave no answer: the APIs show new objects with a delay.
const BEFORE_LOOKING: Duration = Duration::from_millis(500);

/// What a function of a type gets to do its work.
#[derive(Clone)]
pub struct Call {
    pub aws: Arc<Aws>,
    /// Empty while the object does not exist.
    pub id: String,
    pub prior: Want,
    pub want: Want,
    /// What is written, where state keeps something else of it (see `Field::stored`) or nothing (`Field::write_only`).
    pub configuration: Want,
    /// For the API's idempotency parameter; the same for every try.
    pub token: String,
    /// All tags that the object should have.
    pub tags: BTreeMap<String, String>,
}

impl Call {
    /// The wanted attributes that are not yet so, and only those.
    pub fn changed(&self) -> Want {
        let entries = self.want.0.as_entries().into_iter().flat_map(|entries| entries.iter());
        let differing = entries.filter(|(name, value)| self.prior.0.get(name) != Some(value));
        Want(Value::object(differing.map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>()))
    }

    /// The name as configured, or one made of its prefix, or of this.
    pub fn name_or_generated(&self, name: &str, prefix: &str, otherwise: &str) -> String {
        self.want.filled(name).unwrap_or_else(|| {
            let prefix = self.want.filled(prefix).unwrap_or_else(|| otherwise.to_owned());
            format!("{prefix}{}", self.generated_suffix())
        })
    }

    /// 26 digits for a generated name, from the token: the same for every try of the same step, as long as hashicorp's.
    pub fn generated_suffix(&self) -> String {
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(self.token.as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()[..26].to_owned()
    }
}

/// Whether an object that exists is usable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    Ready,
    Waiting(String),
    Gone,
}

/// Shorthand for the common `state` attribute: ready in one of these states, gone in others, waiting in the rest.
pub fn ready(state: Option<&str>, ready: &[&str], gone: &[&str]) -> Readiness {
    match state {
        Some(state) if gone.contains(&state) => Readiness::Gone,
        Some(state) if !ready.contains(&state) => Readiness::Waiting(state.to_owned()),
        _ => Readiness::Ready,
    }
}

/// An in-place change that serves some fields.
struct Change {
    name: &'static str,
    /// Also made after a create, for fields that the create request does not take.
    follows_create: bool,
    run: Step,
}

/// How an interrupted create is found again.
enum Recovery {
    /// The API offers nothing to find it by: somebody has to look. Creating again might make a second one.
    Unclear,
    /// The API knows the token: the same create again gives the same object.
    Token,
    /// Found by a unique name or by a tag.
    Find(Finding),
}

/// `T` is what the API says about one object, `C` the request that creates one.
pub struct Resource<T, C> {
    name: &'static str,
    /// `EC2 Subnet`, for messages.
    label: &'static str,
    version: u64,
    fields: Vec<Field<T, C>>,
    declared: Vec<Declared>,
    begin: Arc<dyn Fn(&Aws) -> C + Send + Sync>,
    submit: Submit<C>,
    read_many: ReadMany<T>,
    ids_per_call: usize,
    closer: Option<Closer<T>>,
    id_of: Arc<dyn Fn(&T) -> String + Send + Sync>,
    /// What an object is read by, where that is not its id.
    key: Option<fn(&Want) -> String>,
    readiness: Arc<dyn Fn(&T) -> Readiness + Send + Sync>,
    tags: Option<(TagsOf<T>, Step)>,
    /// What belongs to a create and takes calls of its own.
    rest_of_create: Option<Step>,
    changes: Vec<Change>,
    delete: Step,
    missing: Vec<&'static str>,
    retry_delete_on: Vec<&'static str>,
    /// A deleted object is waited for until it is gone.
    delete_is_awaited: bool,
    retry_create_on: Vec<&'static str>,
    reconcile: Option<fn(Value, &Value) -> Value>,
    recovery: Recovery,
    timeouts: Vec<(&'static str, u64)>,
    traffic: Option<TrafficRole>,
}

impl<T: Send + Sync + 'static, C: Send + 'static> Resource<T, C> {
    /// `begin` starts the create request, `submit` sends it and returns the new object's id.
    pub fn new<B, S, F>(name: &'static str, label: &'static str, version: u64, begin: B, submit: S) -> Self
    where
        B: Fn(&Aws) -> C + Send + Sync + 'static,
        S: Fn(C, Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<String, Failure>> + Send + 'static,
    {
        Self {
            name,
            label,
            version,
            fields: Vec::new(),
            declared: Vec::new(),
            begin: Arc::new(begin),
            submit: Arc::new(move |request, call| Box::pin(submit(request, call))),
            read_many: Arc::new(|_, _| Box::pin(async { Ok(Vec::new()) })),
            ids_per_call: 1,
            closer: None,
            id_of: Arc::new(|_| String::new()),
            key: None,
            readiness: Arc::new(|_| Readiness::Ready),
            tags: None,
            rest_of_create: None,
            changes: Vec::new(),
            delete: Arc::new(|_| Box::pin(async { Ok(()) })),
            missing: Vec::new(),
            retry_delete_on: Vec::new(),
            delete_is_awaited: true,
            retry_create_on: Vec::new(),
            reconcile: None,
            recovery: Recovery::Unclear,
            timeouts: Vec::new(),
            traffic: None,
        }
    }

    pub fn fields(mut self, fields: Vec<Field<T, C>>) -> Self {
        self.fields = fields;
        self.fields.push(super::text("id").optional().computed());
        self.declared = self.fields.iter().map(|field| field.declared.clone()).collect();
        self
    }

    /// Describes objects by id, at most so many a call; those that do not exist are left out or give a `missing` code.
    pub fn read_many<R, F>(mut self, ids_per_call: usize, id_of: fn(&T) -> String, read: R) -> Self
    where
        R: Fn(Arc<Aws>, Vec<String>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Vec<T>, Failure>> + Send + 'static,
    {
        self.ids_per_call = ids_per_call;
        self.id_of = Arc::new(id_of);
        self.read_many = Arc::new(move |aws, ids| Box::pin(read(aws, ids)));
        self
    }

    /// Attributes that cost calls of their own for every object. They are asked for after a create or a change, and in a
    /// read only where `is_unknown` says that state doesn't have them.
    pub fn read_closer<R, F>(mut self, is_unknown: fn(&Want) -> bool, read: R) -> Self
    where
        R: Fn(Arc<Aws>, T) -> F + Send + Sync + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        self.closer = Some((Arc::new(move |aws, found| Box::pin(read(aws, found))), is_unknown));
        self
    }

    /// For objects whose id the API does not know: they are read by what these attributes say, and keep the id they have.
    /// `read_many` gets such keys and its `id_of` gives them.
    pub fn read_by(mut self, key: fn(&Want) -> String) -> Self {
        self.key = Some(key);
        self
    }

    /// What the type is to a rollout.
    pub fn traffic(mut self, role: TrafficRole) -> Self {
        self.traffic = Some(role);
        self
    }

    pub fn ready(mut self, readiness: fn(&T) -> Readiness) -> Self {
        self.readiness = Arc::new(readiness);
        self
    }

    /// Where the API shows tags, and how they are changed.
    pub fn tagged<S, F>(mut self, tags: fn(&T) -> BTreeMap<String, String>, change: S) -> Self
    where
        S: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        self.tags = Some((Arc::new(tags), Arc::new(move |call| Box::pin(change(call)))));
        let id = self.fields.pop();
        self.fields.push(super::map_of_text("tags").optional());
        self.fields.push(super::map_of_text("tags_all").optional().computed());
        self.fields.extend(id);
        self.declared = self.fields.iter().map(|field| field.declared.clone()).collect();
        self
    }

    /// A type of the newer kind: `id` and `tags_all` can't be written.
    pub fn without_writable_id(mut self) -> Self {
        for declared in self.declared.iter_mut().filter(|field| ["id", "tags_all"].contains(&field.name)) {
            declared.is_optional = false;
        }
        self
    }

    /// An in-place change; fields name it with `changed_by`.
    pub fn change<S, F>(mut self, name: &'static str, run: S) -> Self
    where
        S: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        self.changes.push(Change { name, follows_create: false, run: Arc::new(move |call| Box::pin(run(call))) });
        self
    }

    /// An in-place change that is also made after a create when its fields are configured.
    pub fn change_after_create<S, F>(self, name: &'static str, run: S) -> Self
    where
        S: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let mut resource = self.change(name, run);
        if let Some(change) = resource.changes.last_mut() {
            change.follows_create = true;
        }
        resource
    }

    /// What belongs to a create and takes calls of its own, when the new object has its id. It may run twice.
    pub fn rest_of_create<S, F>(mut self, run: S) -> Self
    where
        S: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        self.rest_of_create = Some(Arc::new(move |call| Box::pin(run(call))));
        self
    }

    pub fn delete<S, F>(mut self, run: S) -> Self
    where
        S: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        self.delete = Arc::new(move |call| Box::pin(run(call)));
        self
    }

    /// Codes that say "does not exist".
    pub fn missing(mut self, codes: &[&'static str]) -> Self {
        self.missing.extend(codes);
        self
    }

    /// Codes that say "something still depends on it": the delete is tried again.
    pub fn retry_delete_on(mut self, codes: &[&'static str]) -> Self {
        self.retry_delete_on.extend(codes);
        self
    }

    /// The API goes on to show what was deleted, or has no way to delete it.
    pub fn delete_not_awaited(mut self) -> Self {
        self.delete_is_awaited = false;
        self
    }

    /// Codes that say "what it depends on is not visible yet": the create is tried again.
    pub fn retry_create_on(mut self, codes: &[&'static str]) -> Self {
        self.retry_create_on.extend(codes);
        self
    }

    /// A last word on what was read, with what was known before: where the API says the same in another form.
    pub fn reconcile(mut self, reconcile: fn(Value, &Value) -> Value) -> Self {
        self.reconcile = Some(reconcile);
        self
    }

    /// The create request carries the call's token: sent again, it gives the same object.
    pub fn recovered_by_token(mut self) -> Self {
        self.recovery = Recovery::Token;
        self
    }

    /// How an interrupted create is found again where the API has no token.
    pub fn recovered_by<S, F>(mut self, find: S) -> Self
    where
        S: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Option<String>, Failure>> + Send + 'static,
    {
        self.recovery = Recovery::Find(Arc::new(move |call| Box::pin(find(call))));
        self
    }

    /// Operations of the `timeouts` block and their defaults, in minutes.
    pub fn timeouts(mut self, timeouts: &[(&'static str, u64)]) -> Self {
        self.timeouts.extend(timeouts);
        self
    }

    fn call(&self, aws: &Arc<Aws>, request: &ApplyRequest) -> Call {
        let object = if request.planned.is_null() { &request.prior } else { &request.planned };
        let all = object.get("tags_all").map(tags_of).unwrap_or_default();
        Call {
            aws: aws.clone(),
            id: Want(request.prior.clone()).id(),
            prior: Want(request.prior.clone()),
            want: Want(request.planned.clone()),
            configuration: Want(request.configuration.clone()),
            token: request.token.to_string(),
            tags: all,
        }
    }

    fn patience(&self, operation: &str, object: &Value, cancellation: &Cancellation) -> Patience {
        let default = self.timeouts.iter().find(|(name, _)| *name == operation).map_or(10, |(_, minutes)| *minutes);
        let own = object.get("timeouts").and_then(|timeouts| timeouts.get(operation)).and_then(Value::as_str);
        let patience = Patience::minutes(default).until_cancelled(cancellation);
        match own.and_then(|text| parse_duration(text)) {
            Some(longest) => patience.at_most(longest),
            None => patience,
        }
    }

    /// What an object is read by.
    fn key_of(&self, object: &Value) -> String {
        let want = Want(object.clone());
        self.key.map_or_else(|| want.id(), |key| key(&want))
    }

    /// One object as the API shows it now; nothing where it does not exist.
    async fn look(&self, aws: &Arc<Aws>, key: &str) -> Result<Option<T>, Failure> {
        match (self.read_many)(aws.clone(), vec![key.to_owned()]).await {
            Ok(found) => {
                let found = found
                    .into_iter()
                    .find(|object| (self.id_of)(object) == key)
                    .filter(|object| (self.readiness)(object) != Readiness::Gone);
                match (found, &self.closer) {
                    (Some(found), Some((closer, _))) if (self.readiness)(&found) == Readiness::Ready => {
                        closer(aws.clone(), found).await.map(Some)
                    }
                    (found, _) => Ok(found),
                }
            }
            Err(failure) if failure.is_any(&self.missing) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn await_ready(&self, aws: &Arc<Aws>, key: &str, patience: &Patience) -> Result<T, Failure> {
        patience
            .until("waiting", || async {
                match self.look(aws, key).await? {
                    None => Ok(Seen::NotYet("not found yet".into())),
                    Some(found) => match (self.readiness)(&found) {
                        Readiness::Ready => Ok(Seen::Done(found)),
                        Readiness::Waiting(state) => Ok(Seen::NotYet(state)),
                        Readiness::Gone => Err(Failure::new("waiting", "Gone", "it disappeared while it was made")),
                    },
                }
            })
            .await
    }

    /// The object's value: what the API says over what was known before.
    fn object_of(&self, aws: &Aws, found: &T, before: &Value) -> Value {
        let (own_tags, all_tags) = match &self.tags {
            Some((tags, _)) => {
                let found_tags = tags(found);
                let visible = aws.tags.visible(found_tags.iter().map(|(key, value)| (key.as_str(), value.as_str())));
                let nothing = Value::null(Type::map(Type::String));
                aws.tags.split(&visible, before.get("tags").unwrap_or(&nothing))
            }
            None => Default::default(),
        };
        let timeouts = before.get("timeouts").cloned().unwrap_or_else(|| Value::null(self.timeouts_type()));
        let attributes = self.fields.iter().map(|field| {
            let name = field.declared.name;
            let value = match (name, &field.read) {
                ("tags", None) => own_tags.clone(),
                ("tags_all", None) => all_tags.clone(),
                ("id", None) if self.key.is_none() => Value::text(&(self.id_of)(found)),
                (_, Some(read)) => read(found),
                _ => before.get(name).cloned().unwrap_or_else(|| Value::null(field.declared.of.clone())),
            };
            (Text::from(name), without_unknowns(value))
        });
        let mut entries: Vec<(Text, Value)> = attributes.collect();
        if !self.timeouts.is_empty() {
            entries.push(("timeouts".into(), timeouts));
        }
        let object = Value::object(entries);
        self.reconcile.map_or(object.clone(), |reconcile| reconcile(object, before))
    }

    fn timeouts_type(&self) -> Type {
        Type::object(self.timeouts.iter().map(|(name, _)| (Text::from(*name), Type::String)))
    }

    async fn create(&self, aws: &Arc<Aws>, request: &ApplyRequest) -> Applied {
        let call = self.call(aws, request);
        let patience = self.patience("create", &request.planned, &request.cancellation);
        let is_in_doubt = AtomicBool::new(false);
        match patience.until("creating", || self.try_create(aws, request, &call, &is_in_doubt)).await {
            Ok(id) => self.finish_create(aws, request, id, &patience).await,
            Err(failure) => {
                let nothing = Value::null(request.planned.type_of());
                let complaint = failure.complaint(&format!("creating {}", self.label));
                Applied { is_open: is_in_doubt.into_inner(), ..failed(nothing, request, complaint) }
            }
        }
    }

    /// One try. When a former one may have had its effect, its object is looked for first: nothing is made twice.
    async fn try_create(
        &self,
        aws: &Arc<Aws>,
        request: &ApplyRequest,
        call: &Call,
        is_in_doubt: &AtomicBool,
    ) -> Result<Seen<String>, Failure> {
        if is_in_doubt.load(Ordering::SeqCst)
            && let Some(id) = self.find_created(aws, request).await?
        {
            return Ok(Seen::Done(id));
        }
        // The SDK may send a call again only if the API knows it for the same.
        let aws = if matches!(self.recovery, Recovery::Token) { aws.clone() } else { aws.without_retries() };
        let begun = (self.begin)(&aws);
        let filled = self.fields.iter().fold(begun, |filling, field| {
            match (&field.send, call.want.value(field.declared.name)) {
                (Some(send), Some(value)) => send(filling, value),
                _ => filling,
            }
        });
        match (self.submit)(filled, Call { aws, ..call.clone() }).await {
            Ok(id) => Ok(Seen::Done(id)),
            Err(failure) if failure.is_any(&self.retry_create_on) => Ok(Seen::NotYet(failure.code)),
            Err(failure) if failure.is_in_doubt => {
                is_in_doubt.store(true, Ordering::SeqCst);
                match self.recovery {
                    Recovery::Find(_) => {
                        tokio::time::sleep(BEFORE_LOOKING).await;
                        Ok(Seen::NotYet(failure.message))
                    }
                    Recovery::Token | Recovery::Unclear => Err(failure),
                }
            }
            Err(failure) => Err(failure),
        }
    }

    /// The object of a create whose answer was never seen.
    async fn find_created(&self, aws: &Arc<Aws>, request: &ApplyRequest) -> Result<Option<String>, Failure> {
        let Recovery::Find(find) = &self.recovery else { return Ok(None) };
        let Some(id) = find(self.call(aws, request)).await? else { return Ok(None) };
        let key = self.key_of(&with_id(request.planned.clone(), &id));
        Ok(self.look(aws, &key).await?.map(|_| id))
    }

    /// From "the API has it" to "it is as planned". Whatever fails now leaves an object behind, and says so.
    async fn finish_create(&self, aws: &Arc<Aws>, request: &ApplyRequest, id: String, patience: &Patience) -> Applied {
        let made = without_unknowns(with_id(request.planned.clone(), &id));
        let key = self.key_of(&made);
        let outcome = async {
            let call = Call { id: id.clone(), ..self.call(aws, request) };
            if let Some(rest) = &self.rest_of_create {
                rest(call.clone()).await?;
            }
            let found = self.await_ready(aws, &key, patience).await?;
            if self.change_after_create_all(call, &self.object_of(aws, &found, &made)).await? {
                return self.await_ready(aws, &key, patience).await;
            }
            Ok(found)
        };
        match outcome.await {
            Ok(found) => Applied {
                object: self.object_of(aws, &found, &made),
                private: request.private.clone(),
                complaints: Vec::new(),
                is_open: false,
            },
            Err(failure) => {
                let complaint = failure.complaint(&format!("creating {} ({id})", self.label));
                Applied { is_open: failure.is_no_verdict(), ..failed(made, request, complaint) }
            }
        }
    }

    /// Makes the changes that follow a create and whose fields are not yet as wanted.
    async fn change_after_create_all(&self, call: Call, found: &Value) -> Result<bool, Failure> {
        let mut has_changed = false;
        for change in self.changes.iter().filter(|change| change.follows_create) {
            let differs = self.fields.iter().filter(|field| field.change == Some(change.name)).any(|field| {
                call.want.value(field.declared.name).is_some_and(|value| found.get(field.declared.name) != Some(value))
            });
            if differs {
                let call = Call { prior: Want(found.clone()), ..call.clone() };
                (change.run)(call).await?;
                has_changed = true;
            }
        }
        Ok(has_changed)
    }

    async fn update(&self, aws: &Arc<Aws>, request: &ApplyRequest) -> Applied {
        let call = self.call(aws, request);
        let patience = self.patience("update", &request.planned, &request.cancellation);
        let outcome = async {
            for change in &self.changes {
                let is_asked = self.fields.iter().any(|field| {
                    field.change == Some(change.name)
                        && request.prior.get(field.declared.name) != request.planned.get(field.declared.name)
                });
                if is_asked {
                    (change.run)(call.clone()).await?;
                }
            }
            if let Some((_, change_tags)) = &self.tags
                && request.prior.get("tags_all") != request.planned.get("tags_all")
            {
                change_tags(call.clone()).await?;
            }
            self.await_ready(aws, &self.key_of(&request.planned), &patience).await
        };
        match outcome.await {
            Ok(found) => {
                let object = self.object_of(aws, &found, &request.planned);
                Applied { object, private: request.private.clone(), complaints: Vec::new(), is_open: false }
            }
            Err(failure) => {
                let now = self.look(aws, &self.key_of(&request.prior)).await.ok().flatten();
                let object = now.map_or(request.prior.clone(), |found| self.object_of(aws, &found, &request.prior));
                failed(object, request, failure.complaint(&format!("updating {} ({})", self.label, call.id)))
            }
        }
    }

    async fn destroy(&self, aws: &Arc<Aws>, request: &ApplyRequest) -> Applied {
        let call = self.call(aws, request);
        let patience = self.patience("delete", &request.prior, &request.cancellation);
        let outcome = async {
            // The configuration asked to leave it where it is and to forget it.
            if call.prior.flag("skip_destroy").unwrap_or_default() {
                return Ok(());
            }
            patience
                .until("deleting", || async {
                    match (self.delete)(call.clone()).await {
                        Ok(()) => Ok(Seen::Done(())),
                        Err(failure) if failure.is_any(&self.missing) => Ok(Seen::Done(())),
                        Err(failure) if failure.is_any(&self.retry_delete_on) => Ok(Seen::NotYet(failure.code)),
                        Err(failure) => Err(failure),
                    }
                })
                .await?;
            if !self.delete_is_awaited {
                return Ok(());
            }
            let look = || async {
                Ok(match self.look(aws, &self.key_of(&request.prior)).await? {
                    None => Seen::Done(()),
                    Some(_) => Seen::NotYet("still there".into()),
                })
            };
            patience.until("deleting", look).await
        };
        match outcome.await {
            Ok(()) => Applied {
                object: Value::null(request.prior.type_of()),
                private: request.private.clone(),
                complaints: Vec::new(),
                is_open: false,
            },
            Err(failure) => failed(
                request.prior.clone(),
                request,
                failure.complaint(&format!("deleting {} ({})", self.label, call.id)),
            ),
        }
    }

    fn unclear(&self, intent: &Intent) -> Complaint {
        let detail = format!(
            "A run was interrupted while it created {} ({}), and nothing tells whether that one exists. Look for it; import it if it is \
             there.",
            intent.address, self.label
        );
        Complaint::error("Interrupted create could not be cleared up", detail)
    }

    /// What is there after an update or a destroy that may have been made or not.
    async fn recover_change(&self, aws: &Arc<Aws>, intent: &Intent) -> Recovered {
        let before = if intent.planned.is_null() { &intent.prior } else { &intent.planned };
        let before = with_id(before.clone(), &Want(intent.prior.clone()).id());
        match self.look(aws, &self.key_of(&before)).await {
            Err(failure) => Recovered::Unclear(failure.complaint(&format!("looking for {}", intent.address))),
            Ok(None) => Recovered::Absent,
            Ok(Some(found)) => Recovered::Adopt {
                object: self.object_of(aws, &found, &before),
                private: intent.private.clone(),
                is_complete: false,
            },
        }
    }

    /// Reads one chunk of ids. Where some spoil the call by not being there, without those that the API names; where it names none,
    /// each alone.
    async fn read_chunk(&self, aws: &Arc<Aws>, mut ids: Vec<String>) -> Result<Vec<T>, Failure> {
        while !ids.is_empty() {
            let failure = match (self.read_many)(aws.clone(), ids.clone()).await {
                Err(failure) if failure.is_any(&self.missing) => failure,
                answer => return answer,
            };
            let (named, others): (Vec<String>, Vec<String>) = ids.into_iter().partition(|id| failure.names(id));
            if named.is_empty() && others.len() > 1 {
                let looks = others.iter().map(|id| self.look(aws, id));
                let found = futures::future::try_join_all(looks).await?;
                return Ok(found.into_iter().flatten().collect());
            }
            ids = if named.is_empty() { Vec::new() } else { others };
        }
        Ok(Vec::new())
    }
}

#[async_trait]
impl<T: Send + Sync + 'static, C: Send + 'static> Kind for Resource<T, C> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn traffic_role(&self) -> Option<TrafficRole> {
        self.traffic
    }

    fn schema(&self) -> Schema {
        let mut block = block_of(&self.declared);
        if !self.timeouts.is_empty() {
            block.blocks.insert("timeouts".into(), timeouts_block(self.timeouts.iter().map(|(name, _)| *name)));
        }
        Schema { version: self.version, block }
    }

    fn validate(&self, configuration: &Value) -> Vec<Complaint> {
        complaints_about(&self.declared, configuration)
    }

    fn plan(&self, aws: &Aws, request: PlanRequest<'_>) -> Planned {
        let ground = Ground { tags: &aws.tags, servers_are_immutable: aws.servers_are_immutable };
        let mut planned = planning::plan(&self.declared, &ground, &request);
        if !self.timeouts.is_empty() && !planned.object.is_null() {
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
        let mut found: BTreeMap<String, T> = BTreeMap::new();
        let mut failures: BTreeMap<String, Failure> = BTreeMap::new();
        let mut ids: Vec<String> = requests.iter().map(|request| self.key_of(&request.prior)).collect();
        ids.sort();
        ids.dedup();
        let chunks: Vec<Vec<String>> = ids.chunks(self.ids_per_call).map(<[String]>::to_vec).collect();
        let answers = futures::future::join_all(chunks.iter().map(|chunk| self.read_chunk(aws, chunk.clone()))).await;
        for (chunk, answer) in chunks.into_iter().zip(answers) {
            match answer {
                Ok(objects) => found.extend(objects.into_iter().map(|object| ((self.id_of)(&object), object))),
                Err(failure) => failures.extend(chunk.into_iter().map(|id| (id, failure.clone()))),
            }
        }
        if let Some((closer, is_unknown)) = &self.closer {
            let unknown = requests.iter().map(|request| Want(request.prior.clone())).filter(is_unknown);
            let objects: Vec<T> = unknown.filter_map(|prior| found.remove(&self.key_of(&prior.0))).collect();
            let looks = objects.into_iter().map(|object| async {
                let id = (self.id_of)(&object);
                (id, closer(aws.clone(), object).await)
            });
            for (id, answer) in futures::future::join_all(looks).await {
                match answer {
                    Ok(object) => drop(found.insert(id, object)),
                    Err(failure) => drop(failures.insert(id, failure)),
                }
            }
        }
        let outcome = |request: ReadRequest| {
            let id = self.key_of(&request.prior);
            if let Some(failure) = failures.get(&id) {
                return ReadOutcome::Failed(vec![failure.complaint(&format!("reading {} ({id})", self.label))]);
            }
            match found.get(&id).filter(|object| (self.readiness)(object) != Readiness::Gone) {
                None => ReadOutcome::Gone,
                Some(object) => ReadOutcome::Present {
                    object: self.object_of(aws, object, &request.prior),
                    private: request.private,
                    complaints: Vec::new(),
                },
            }
        };
        requests.into_iter().map(outcome).collect()
    }

    async fn apply(&self, aws: &Arc<Aws>, request: ApplyRequest) -> Applied {
        match (request.prior.is_null(), request.planned.is_null()) {
            (true, false) => self.create(aws, &request).await,
            (false, true) => self.destroy(aws, &request).await,
            _ => self.update(aws, &request).await,
        }
    }

    async fn recover(&self, aws: &Arc<Aws>, intent: &Intent) -> Recovered {
        let request = ApplyRequest {
            address: intent.address.clone(),
            kind: intent.kind.clone(),
            prior: intent.prior.clone(),
            planned: intent.planned.clone(),
            configuration: intent.planned.clone(),
            private: intent.private.clone(),
            token: intent.token.clone(),
            cancellation: Cancellation::default(),
        };
        match (&self.recovery, intent.prior.is_null()) {
            (_, false) => self.recover_change(aws, intent).await,
            (Recovery::Unclear, true) => Recovered::Unclear(self.unclear(intent)),
            (Recovery::Token, true) => recovered_create(self.create(aws, &request).await),
            (Recovery::Find(_), true) => match self.find_created(aws, &request).await {
                Err(failure) => Recovered::Unclear(failure.complaint(&format!("looking for {}", intent.address))),
                Ok(None) => Recovered::Absent,
                Ok(Some(id)) => {
                    let patience = self.patience("create", &request.planned, &request.cancellation);
                    recovered_create(self.finish_create(aws, &request, id, &patience).await)
                }
            },
        }
    }

    async fn import(&self, _aws: &Arc<Aws>, request: ImportRequest) -> Result<Imported, Vec<Complaint>> {
        let attributes = self.declared.iter().map(|field| {
            let value = if field.name == "id" { Value::text(&request.id) } else { Value::null(field.of.clone()) };
            (Text::from(field.name), value)
        });
        let mut entries: Vec<(Text, Value)> = attributes.collect();
        if !self.timeouts.is_empty() {
            entries.push(("timeouts".into(), Value::null(self.timeouts_type())));
        }
        Ok(Imported { kind: request.kind, object: Value::object(entries), private: Private::from([]) })
    }
}

fn failed(object: Value, request: &ApplyRequest, complaint: Complaint) -> Applied {
    Applied { object, private: request.private.clone(), complaints: vec![complaint], is_open: false }
}

/// An interrupted create that was taken up again.
fn recovered_create(applied: Applied) -> Recovered {
    let is_complete = applied.complaints.is_empty();
    let complaint = applied.complaints.into_iter().next();
    match complaint {
        Some(complaint) if applied.is_open || applied.object.is_null() => Recovered::Unclear(complaint),
        _ => Recovered::Adopt { object: applied.object, private: applied.private, is_complete },
    }
}

fn with_id(object: Value, id: &str) -> Value {
    let entries = object.as_entries().into_iter().flat_map(|entries| entries.iter());
    let set = entries.map(|(key, value)| (key.clone(), if &**key == "id" { Value::text(id) } else { value.clone() }));
    Value::object(set.collect::<Vec<_>>())
}

/// State holds no unknown value: what nobody decided is null.
fn without_unknowns(value: Value) -> Value {
    match value.data() {
        Data::Unknown(unknown) => match unknown.type_of() {
            // Blocks that nobody wrote are none.
            Type::List(block) if matches!(**block, Type::Object(_)) => Value::list((**block).clone(), Vec::new()),
            Type::Set(block) if matches!(**block, Type::Object(_)) => Value::set((**block).clone(), Vec::new()),
            other => Value::null(other.clone()),
        },
        _ if value.is_wholly_known() => value,
        _ => value.map_children(&mut without_unknowns),
    }
}

/// Go's duration text, as `timeouts` blocks have it: `10m`, `1h30m`, `45s`.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let after = &rest[digits..];
        let unit_end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let seconds = match &after[..unit_end] {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        total += Duration::try_from_secs_f64(number * seconds).ok()?;
        rest = &after[unit_end..];
    }
    Some(total)
}
