//! Tags: what the configuration says, what the provider adds to all, and what AWS keeps for itself.

use super::token_tag::TOKEN_TAG;
use crate::value::{Text, Type, Value};
use std::collections::BTreeMap;

/// The provider's `default_tags` and `ignore_tags`.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    pub defaults: BTreeMap<String, String>,
    pub ignored_keys: Vec<String>,
    pub ignored_prefixes: Vec<String>,
}

impl Tags {
    /// `tags_all`: defaults and over them the resource's own. Unknown where one of its own is.
    pub fn all(&self, own: &Value) -> Value {
        if !own.is_wholly_known() {
            return Value::unknown(Type::map(Type::String));
        }
        let mut all: BTreeMap<Text, Value> =
            self.defaults.iter().map(|(key, value)| (key.as_str().into(), Value::text(value))).collect();
        if let Some(entries) = own.as_entries() {
            // A null element falls back on the default of the same key.
            all.extend(
                entries.iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.clone(), value.clone())),
            );
        }
        Value::map(Type::String, all)
    }

    /// What the API says, without what AWS or the configuration keeps out of sight.
    pub fn visible<'a>(&self, found: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, String> {
        found
            .filter(|(key, _)| !key.starts_with("aws:") && *key != TOKEN_TAG)
            .filter(|(key, _)| !self.ignored_keys.iter().any(|ignored| ignored == key))
            .filter(|(key, _)| !self.ignored_prefixes.iter().any(|prefix| key.starts_with(prefix.as_str())))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }

    /// `tags` and `tags_all` as state keeps them: `tags` holds what is not the provider's default, unless it was configured.
    pub fn split(&self, found: &BTreeMap<String, String>, prior_own: &Value) -> (Value, Value) {
        let text_map = |entries: Vec<(&String, &String)>| {
            Value::map(
                Type::String,
                entries.into_iter().map(|(key, value)| (Text::from(key.as_str()), Value::text(value))),
            )
        };
        let is_own =
            |key: &String, value: &String| prior_own.get(key).is_some() || self.defaults.get(key) != Some(value);
        let own: Vec<_> = found.iter().filter(|(key, value)| is_own(key, value)).collect();
        let nothing = own.is_empty() && (prior_own.is_null() || !prior_own.is_known());
        let own = if nothing { Value::null(Type::map(Type::String)) } else { text_map(own) };
        (own, text_map(found.iter().collect()))
    }
}

/// A map of texts as pairs.
pub fn tags_of(value: &Value) -> BTreeMap<String, String> {
    let entries = value.as_entries().into_iter().flat_map(|entries| entries.iter());
    entries.filter_map(|(key, value)| Some((key.to_string(), value.as_str()?.to_string()))).collect()
}
