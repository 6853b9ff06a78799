//! Reading attributes of a wanted (or former) object.

use crate::value::Value;
use std::collections::BTreeMap;

/// An object whose attributes are asked for by name and type; null and unknown read as absent.
#[derive(Clone, Debug)]
pub struct Want(pub Value);

impl Want {
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null() && value.is_known())
    }

    pub fn text(&self, name: &str) -> Option<String> {
        self.value(name)?.as_str().map(ToString::to_string)
    }

    /// Absent where empty: how older state says "none".
    pub fn filled(&self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.is_empty())
    }

    pub fn flag(&self, name: &str) -> Option<bool> {
        self.value(name)?.as_bool()
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.value(name)?.as_number()?.to_i64()
    }

    pub fn integer(&self, name: &str) -> Option<i32> {
        i32::try_from(self.number(name)?).ok()
    }

    /// A number of something; none stands for nothing said.
    pub fn positive(&self, name: &str) -> Option<i32> {
        self.integer(name).filter(|number| *number > 0)
    }

    pub fn texts(&self, name: &str) -> Vec<String> {
        self.value(name).map(texts_of).unwrap_or_default()
    }

    /// Texts, unless there are none.
    pub fn filled_texts(&self, name: &str) -> Option<Vec<String>> {
        Some(self.texts(name)).filter(|texts| !texts.is_empty())
    }

    /// Blocks of one kind, in order.
    pub fn items(&self, name: &str) -> Vec<Want> {
        let items = self.value(name).and_then(Value::as_items).unwrap_or_default();
        items.iter().map(|item| Want(item.clone())).collect()
    }

    /// The only block of a kind.
    pub fn item(&self, name: &str) -> Option<Want> {
        self.items(name).into_iter().next().filter(|item| !item.0.is_null())
    }

    /// Without one of the attributes.
    pub fn without(&self, name: &str) -> Want {
        let entries = self.0.as_entries().into_iter().flat_map(|entries| entries.iter());
        let others = entries.filter(|(other, _)| &***other != name);
        Want(Value::object(others.map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>()))
    }

    pub fn id(&self) -> String {
        self.text("id").unwrap_or_default()
    }
}

/// An object with other values of these attributes, of those that it has.
pub fn with_attributes(object: &Value, attributes: &[(&'static str, Value)]) -> Value {
    let entries = object.as_entries().into_iter().flat_map(|entries| entries.iter());
    let set = entries.map(|(key, value)| {
        let new = attributes.iter().find(|(name, _)| *name == &**key);
        (key.clone(), new.map_or(value, |(_, new)| new).clone())
    });
    Value::object(set.collect::<Vec<_>>())
}

/// The texts in a list or set, nulls left out.
pub fn texts_of(value: &Value) -> Vec<String> {
    value.as_items().unwrap_or_default().iter().filter_map(Value::as_str).map(ToString::to_string).collect()
}

/// For `Field::same`: two documents that differ in white space and the order of keys only.
pub fn is_same_json(old: &Value, new: &Value) -> bool {
    let parsed = |value: &Value| serde_json::from_str::<BTreeMap<String, serde_json::Value>>(value.as_str()?).ok();
    matches!((parsed(old), parsed(new)), (Some(old), Some(new)) if old == new)
}

/// A document as hashicorp's provider keeps it: without white space, keys in order. What is no JSON stays as it is.
pub fn normal_json(text: &str) -> String {
    serde_json::from_str(text).map_or_else(|_| text.to_owned(), |parsed| in_order(parsed).to_string())
}

fn in_order(json: serde_json::Value) -> serde_json::Value {
    match json {
        serde_json::Value::Object(entries) => {
            let sorted: BTreeMap<String, serde_json::Value> =
                entries.into_iter().map(|(key, value)| (key, in_order(value))).collect();
            serde_json::Value::Object(sorted.into_iter().collect())
        }
        serde_json::Value::Array(items) => serde_json::Value::Array(items.into_iter().map(in_order).collect()),
        plain => plain,
    }
}
