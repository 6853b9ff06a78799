//! Settings that the API keeps as pairs of texts, `idle_timeout.timeout_seconds = 60`, beside the object itself.

use crate::providers::aws::engine::Want;
use crate::value::{Data, Type, Value};
use std::collections::BTreeMap;

/// The pairs of one object.
pub type Pairs = BTreeMap<String, String>;

/// One setting: our attribute and the API's key.
pub struct Setting {
    pub attribute: &'static str,
    pub key: &'static str,
    /// Kinds of load balancer (or protocols of a group) that know it; empty where all do.
    pub only: &'static [&'static str],
}

impl Setting {
    pub fn is_known_to(&self, kind: &str) -> bool {
        self.only.is_empty() || self.only.contains(&kind)
    }
}

/// A value as the API writes it.
pub fn pair_text(value: &Value) -> Option<String> {
    match value.data() {
        Data::String(text) => Some(text.to_string()),
        Data::Bool(flag) => Some(flag.to_string()),
        Data::Number(number) => Some(number.to_i64()?.to_string()),
        _ => None,
    }
}

/// What is wanted of these settings, as far as the configuration or a default says something.
pub fn wanted(settings: &[Setting], kind: &str, want: &Want) -> Pairs {
    let pair = |setting: &Setting| Some((setting.key.to_owned(), pair_text(want.value(setting.attribute)?)?));
    settings.iter().filter(|setting| setting.is_known_to(kind)).filter_map(pair).collect()
}

/// The pairs that differ.
pub fn changed(former: &Pairs, wanted: Pairs) -> Pairs {
    wanted.into_iter().filter(|(key, value)| former.get(key) != Some(value)).collect()
}

/// One setting as text; conversion to the attribute's own type follows. Null where the API does not have it.
pub fn read_pair(pairs: &Pairs, key: &str) -> Value {
    pairs.get(key).map_or(Value::null(Type::String), |text| Value::text(text))
}
