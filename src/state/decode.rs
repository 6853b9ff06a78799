//! Saved objects as values, by their schema.

use super::{Attributes, Object};
use crate::diag::Diagnostic;
use crate::provider::Provider;
use crate::schema::Schema;
use crate::value::{Marks, Type, Value, from_json_as, mark_paths};

impl Object {
    /// The object as a value of the current schema, brought up to it where it was saved with an older one.
    /// Marked where it was saved as sensitive; what the schema calls sensitive is marked by whoever shows it.
    pub fn decode(
        &self,
        address: &str,
        kind: &str,
        schema: &Schema,
        provider: &dyn Provider,
    ) -> Result<Value, Diagnostic> {
        self.decode_as(address, kind, schema, &schema.block.implied_type(), provider)
    }

    /// [`Object::decode`] for many objects of a kind: `of` is the schema's implied type, worked out once.
    pub fn decode_as(
        &self,
        address: &str,
        kind: &str,
        schema: &Schema,
        of: &Type,
        provider: &dyn Provider,
    ) -> Result<Value, Diagnostic> {
        let value = match &self.attributes {
            Attributes::Decoded { value, .. } => value.clone(),
            Attributes::Raw(text) => self.decode_text(text, address, kind, schema, of, provider)?,
        };
        Ok(mark_paths(value, &self.sensitive_paths, Marks::SENSITIVE))
    }

    fn decode_text(
        &self,
        text: &str,
        address: &str,
        kind: &str,
        schema: &Schema,
        of: &Type,
        provider: &dyn Provider,
    ) -> Result<Value, Diagnostic> {
        let invalid = |problem: String| {
            let detail = format!("The saved state of {address} does not fit the current schema of {kind}: {problem}.");
            Diagnostic::error("Failed to decode resource from state", detail)
        };
        if self.schema_version > schema.version {
            let detail = format!(
                "The state of {address} was saved with schema version {}, and this version of Terrace knows {kind} only up to version {}. \
                 Use a newer version.",
                self.schema_version, schema.version
            );
            return Err(Diagnostic::error("Resource instance managed by newer provider version", detail));
        }
        let mut json: serde_json::Value = serde_json::from_str(text).map_err(|error| invalid(error.to_string()))?;
        if self.schema_version < schema.version {
            let upgraded = provider.upgrade(kind, self.schema_version, json);
            json =
                upgraded.map_err(|complaint| Diagnostic::error(complaint.summary, complaint.detail).about(address))?;
        }
        if let (Some(entries), Type::Object(object)) = (json.as_object_mut(), of) {
            // Attributes that a schema has lost since are dropped, as Terraform drops them.
            entries.retain(|name, _| object.attributes.contains_key(name.as_str()));
        }
        let value = from_json_as(&json, of).map_err(|error| invalid(error.to_string()))?;
        Ok(schema.block.with_empty_blocks(value))
    }
}
