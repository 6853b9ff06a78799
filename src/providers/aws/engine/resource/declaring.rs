//! What a type says of itself: fields, functions over the SDK, codes of the API, how an interrupted create is found.

use super::super::declared::Declared;
use super::super::field::Field;
use super::super::{Failure, Tagging, Want, map_of_text, text};
use super::sdk::{Making, Sight};
use super::{Call, Change, Doing, Imports, Readiness, Recovery, Resource, Rules};
use crate::provider::TrafficRole;
use crate::providers::aws::connection::Aws;
use crate::value::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

impl<T: Send + Sync + 'static, C: Send + 'static> Resource<T, C> {
    /// `begin` starts the create request, `submit` sends it and returns the new object's id.
    pub fn new<B, S, F>(label: &'static str, version: u64, begin: B, submit: S) -> Self
    where
        B: Fn(&Aws) -> C + Send + Sync + 'static,
        S: Fn(C, Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<String, Failure>> + Send + 'static,
    {
        let submit = move |request, call| -> Doing<String> { Box::pin(submit(request, call)) };
        let sight = Sight {
            read_many: Box::new(|_, _| Box::pin(async { Ok(Vec::new()) })),
            id_of: |_| String::new(),
            readiness: |_| Readiness::Ready,
            tags: |_| BTreeMap::new(),
            closer: None,
        };
        let making = Making { begin: Box::new(begin), submit: Box::new(submit) };
        Self { fields: Vec::new(), making, sight, rules: Box::new(Rules::new(label, version)) }
    }

    /// For what AWS makes by itself: to create it is to take over what `find` finds, to destroy it is to let it go.
    pub fn adopting<S, F>(label: &'static str, version: u64, find: S) -> Self
    where
        S: Fn(Call) -> F + Send + Sync + Clone + 'static,
        F: Future<Output = Result<Option<String>, Failure>> + Send + 'static,
        C: Default,
    {
        let find_again = find.clone();
        let adopt = move |_, call| {
            let looking = find(call);
            async move { looking.await?.ok_or_else(|| Failure::new("adopting", "NotFound", "there is none to take over")) }
        };
        Self::new(label, version, |_| C::default(), adopt).recovered_by(find_again).adopted()
    }

    /// It was there, with tags of its own, and stays when it is let go: for what AWS makes by itself, mostly.
    pub fn adopted(mut self) -> Self {
        self.rules.is_adopted = true;
        self.rules.delete_is_awaited = false;
        self
    }

    pub fn fields(mut self, fields: Vec<Field<T, C>>) -> Self {
        self.fields = fields;
        self.fields.push(text("id").optional().computed());
        self
    }

    /// What is declared of its attributes.
    pub fn declarations(self) -> Vec<Declared> {
        self.fields.into_iter().map(|field| field.declared).collect()
    }

    /// Describes objects by id, at most so many a call; those that do not exist are left out or give a `missing` code.
    pub fn read_many<R, F>(mut self, ids_per_call: usize, id_of: fn(&T) -> String, read: R) -> Self
    where
        R: Fn(Arc<Aws>, Vec<String>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Vec<T>, Failure>> + Send + 'static,
    {
        self.rules.ids_per_call = ids_per_call;
        self.sight.id_of = id_of;
        self.sight.read_many = Box::new(move |aws, ids| Box::pin(read(aws, ids)));
        self
    }

    /// Attributes that cost calls of their own for every object. They are asked for after a create or a change, and in a
    /// read only where `is_unknown` says that state doesn't have them.
    pub fn read_closer<R, F>(mut self, is_unknown: fn(&Want) -> bool, read: R) -> Self
    where
        R: Fn(Arc<Aws>, T) -> F + Send + Sync + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        self.rules.lacks_closer_look = Some(is_unknown);
        self.sight.closer = Some(Arc::new(move |aws, found| Box::pin(read(aws, found))));
        self
    }

    /// For objects whose id the API does not know: they are read by what these attributes say, and keep the id they have.
    /// `read_many` gets such keys and its `id_of` gives them.
    pub fn read_by(mut self, key: fn(&Want) -> String) -> Self {
        self.rules.key = Some(key);
        self
    }

    /// For ids that are made from attributes that may change in place.
    pub fn id_after_change(mut self, id: fn(&Want) -> String) -> Self {
        self.rules.id_after_change = Some(id);
        self
    }

    /// What the type is to a rollout.
    pub fn traffic(mut self, role: TrafficRole) -> Self {
        self.rules.traffic = Some(role);
        self
    }

    pub fn ready(mut self, readiness: fn(&T) -> Readiness) -> Self {
        self.sight.readiness = readiness;
        self
    }

    /// Where the API shows tags, and how they are changed.
    pub fn tagged<S, F>(mut self, tags: fn(&T) -> BTreeMap<String, String>, change: S) -> Self
    where
        S: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        self.sight.tags = tags;
        self.rules.change_tags = Some(Arc::new(move |call| Box::pin(change(call))));
        let id = self.fields.pop();
        self.fields.push(map_of_text("tags").optional());
        self.fields.push(map_of_text("tags_all").optional().computed());
        self.fields.extend(id);
        self
    }

    /// A type of the newer kind: `id` and `tags_all` can't be written.
    pub fn without_writable_id(mut self) -> Self {
        self.rules.is_newer_kind = true;
        for field in self.fields.iter_mut().filter(|field| ["id", "tags_all"].contains(&field.declared.name)) {
            field.declared.is_optional = false;
        }
        self
    }

    /// An in-place change; fields name it with `changed_by`.
    pub fn change<S, F>(mut self, name: &'static str, run: S) -> Self
    where
        S: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        self.rules.changes.push(Change {
            name,
            follows_create: false,
            gives_new_id: false,
            run: Arc::new(move |call| Box::pin(run(call))),
        });
        self
    }

    /// An in-place change that is also made after a create when its fields are configured.
    pub fn change_after_create<S, F>(self, name: &'static str, run: S) -> Self
    where
        S: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let mut resource = self.change(name, run);
        if let Some(change) = resource.rules.changes.last_mut() {
            change.follows_create = true;
        }
        resource
    }

    /// Attributes that only a look before the create can tell.
    pub fn before_create<S, F>(mut self, look: S) -> Self
    where
        S: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Vec<(&'static str, Value)>, Failure>> + Send + 'static,
    {
        self.rules.before_create = Some(Arc::new(move |call| Box::pin(look(call))));
        self
    }

    /// An in-place change that gives the object another id: what `recovered_by` finds is the same object.
    pub fn change_to_new_id<S, F>(self, name: &'static str, run: S) -> Self
    where
        S: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let mut resource = self.change(name, run);
        if let Some(change) = resource.rules.changes.last_mut() {
            change.gives_new_id = true;
        }
        resource
    }

    /// What belongs to a create and takes calls of its own, when the new object has its id. It may run twice.
    pub fn rest_of_create<S, F>(mut self, run: S) -> Self
    where
        S: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        self.rules.rest_of_create = Some(Arc::new(move |call| Box::pin(run(call))));
        self
    }

    pub fn delete<S, F>(mut self, run: S) -> Self
    where
        S: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        self.rules.delete = Arc::new(move |call| Box::pin(run(call)));
        self
    }

    /// Codes that say "does not exist".
    pub fn missing(mut self, codes: &[&'static str]) -> Self {
        self.rules.missing.extend(codes);
        self
    }

    /// Codes that say "something still depends on it": the delete is tried again.
    pub fn retry_delete_on(mut self, codes: &[&'static str]) -> Self {
        self.rules.retry_delete_on.extend(codes);
        self
    }

    /// The API goes on to show what was deleted, or has no way to delete it.
    pub fn delete_not_awaited(mut self) -> Self {
        self.rules.delete_is_awaited = false;
        self
    }

    /// Codes that say "what it depends on is not visible yet": the create is tried again.
    pub fn retry_create_on(mut self, codes: &[&'static str]) -> Self {
        self.rules.retry_create_on.extend(codes);
        self
    }

    /// What is planned in place of the configuration (and whether for a new object): with what the API is known to add.
    pub fn configured(mut self, configured: fn(&Value, bool) -> Value) -> Self {
        self.rules.configured = Some(configured);
        self
    }

    /// A last word on what was read, with what was known before: where the API says the same in another form.
    pub fn reconcile(mut self, reconcile: fn(Value, &Value) -> Value) -> Self {
        self.rules.reconcile = Some(reconcile);
        self
    }

    /// What a refresh says otherwise than state did after the apply.
    pub fn refreshed(mut self, refreshed: fn(Value) -> Value) -> Self {
        self.rules.refreshed = Some(refreshed);
        self
    }

    /// Attributes that a refresh leaves as they were where the API does not say them.
    pub fn keeps(mut self, names: impl IntoIterator<Item = &'static str>) -> Self {
        self.rules.kept.extend(names);
        self
    }

    /// What an import id says, where it is not the object's id.
    pub fn imported_by<S, F>(mut self, read: S) -> Self
    where
        S: Fn(Arc<Aws>, String) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Imports, Failure>> + Send + 'static,
    {
        self.rules.read_import = Some(Arc::new(move |aws, id| Box::pin(read(aws, id))));
        self
    }

    /// The create request carries the call's token: sent again, it gives the same object.
    pub fn recovered_by_token(mut self) -> Self {
        self.rules.recovery = Recovery::Token;
        self
    }

    /// The create request carries `call.tags`, to which the engine adds one that the object is found by.
    pub fn recovered_by_tag(mut self, tagging: Tagging) -> Self {
        self.rules.recovery = Recovery::Tag(tagging);
        self
    }

    /// How an interrupted create is found again where the API has no token.
    pub fn recovered_by<S, F>(mut self, find: S) -> Self
    where
        S: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Option<String>, Failure>> + Send + 'static,
    {
        self.rules.recovery = Recovery::Find(Arc::new(move |call| Box::pin(find(call))));
        self
    }

    /// Operations of the `timeouts` block and their defaults, in minutes.
    pub fn timeouts(mut self, timeouts: &[(&'static str, u64)]) -> Self {
        self.rules.timeouts.extend(timeouts);
        self
    }
}
