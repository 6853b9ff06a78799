//! One kind of resource as its provider describes it, with what would be costly to work out per instance.

use super::options::Providers;
use crate::addr::{ProviderSource, Resource, ResourceMode};
use crate::change::{has_attribute, mark_sensitive, sensitive_paths, with_marks_at};
use crate::diag::Diagnostic;
use crate::provider::{Private, Provider};
use crate::schema::{Block, Schema};
use crate::state::{Attributes, Object, ObjectStatus};
use crate::value::{Marks, Text, Type, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// A resource type, data source or ephemeral resource of a provider.
pub struct Kind {
    pub source: ProviderSource,
    pub mode: ResourceMode,
    pub name: Text,
    pub provider: Arc<dyn Provider>,
    pub implied: Type,
    pub has_sensitive: bool,
    pub has_write_only: bool,
    schema: Schema,
}

/// All kinds asked for so far.
#[derive(Default)]
pub struct Kinds(HashMap<(ProviderSource, ResourceMode, Text), Option<Arc<Kind>>>);

impl Kinds {
    pub fn get(&mut self, providers: &Providers, source: &ProviderSource, resource: &Resource) -> Option<Arc<Kind>> {
        let key = (source.clone(), resource.mode, resource.kind.clone());
        self.0.entry(key).or_insert_with(|| Kind::new(providers, source, resource).map(Arc::new)).clone()
    }
}

/// An object as planning sees it: decoded by the current schema, marked.
#[derive(Clone, Debug)]
pub struct Known {
    pub value: Value,
    pub is_tainted: bool,
    pub private: Private,
}

impl Kind {
    fn new(providers: &Providers, source: &ProviderSource, resource: &Resource) -> Option<Self> {
        let provider = providers.get(source)?.clone();
        let schema = provider.schema().resource(resource.mode, &resource.kind)?.clone();
        Some(Self {
            source: source.clone(),
            mode: resource.mode,
            name: resource.kind.clone(),
            implied: schema.block.implied_type(),
            has_sensitive: has_attribute(&schema.block, &|attribute| attribute.is_sensitive),
            has_write_only: has_attribute(&schema.block, &|attribute| attribute.is_write_only),
            schema,
            provider,
        })
    }

    pub fn block(&self) -> &Block {
        &self.schema.block
    }

    pub fn null(&self) -> Value {
        Value::null(self.implied.clone())
    }

    /// Adds the marks that the schema asks for.
    pub fn mark(&self, value: Value) -> Value {
        if self.has_sensitive { mark_sensitive(self.block(), value) } else { value }
    }

    /// A saved object by the current schema.
    pub fn decode(&self, address: &str, object: &Object) -> Result<Known, Diagnostic> {
        let value = match &object.attributes {
            Attributes::Decoded(value) => value.clone(),
            Attributes::Raw(text) => self.decode_text(address, object.schema_version, text)?,
        };
        let marks: Vec<_> = object.sensitive_paths.iter().map(|path| (path.clone(), Marks::SENSITIVE)).collect();
        let value = self.mark(with_marks_at(value, &marks));
        let is_tainted = object.status == ObjectStatus::Tainted;
        Ok(Known { value, is_tainted, private: object.private.clone() })
    }

    fn decode_text(&self, address: &str, version: u64, text: &str) -> Result<Value, Diagnostic> {
        let current = self.schema.version;
        if version > current {
            return Err(Diagnostic::error(
                "Resource instance managed by newer provider version",
                format!(
                    "The current state of {address} was created by a newer provider version than is currently selected. Upgrade the {} provider to work with this state.",
                    self.source.name
                ),
            ));
        }
        let json: serde_json::Value = serde_json::from_str(text).map_err(|error| undecodable(address, &error))?;
        // Providers are always asked, as attributes may also be of no version's shape.
        let json = self.provider.upgrade(&self.name, version, json).map_err(|complaint| {
            Diagnostic::error(complaint.summary, complaint.detail).about(address)
        })?;
        crate::value::from_json_as(&json, &self.implied).map_err(|error| undecodable(address, &error))
    }

    /// The object to save.
    pub fn encode(&self, known: &Known) -> Object {
        let (value, _) = known.value.clone().unmark_deep();
        Object {
            status: if known.is_tainted { ObjectStatus::Tainted } else { ObjectStatus::Ready },
            schema_version: self.schema.version,
            sensitive_paths: sensitive_paths(&known.value),
            attributes: Attributes::Decoded(value),
            private: known.private.clone(),
            dependencies: Vec::new(),
            create_before_destroy: false,
        }
    }

}

fn undecodable(address: &str, error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(
        "Invalid resource instance data in state",
        format!("Instance {address} data could not be decoded from the state: {error}."),
    )
}
