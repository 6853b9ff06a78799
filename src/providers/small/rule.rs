//! Attributes of a small type, and what follows from them for planning.
//!
//! The order of things is that of hashicorp's plugin framework: defaults first; then, if anything differs from the prior object, every
//! computed attribute that the configuration leaves open becomes unknown, except those that keep their value for life; then the type's
//! own last word; and at the end what forces a new object.
//! <https://developer.hashicorp.com/terraform/plugin/framework/resources/plan-modification>

use crate::provider::{PlanRequest, Planned};
use crate::schema::Attribute;
use crate::value::{Path, Text, Type, Value};

/// One attribute.
pub struct Rule {
    pub name: &'static str,
    pub attribute: Attribute,
    default: Option<Value>,
    /// A computed attribute that stays what it is as long as the object lives.
    is_kept: bool,
    replaces: Replaces,
}

/// Whether another value needs another object.
#[derive(Clone, Copy)]
enum Replaces {
    Never,
    Always,
    /// Asked about a change from the first to the second.
    If(fn(&Value, &Value) -> bool),
}

pub fn required(name: &'static str, of: Type) -> Rule {
    Rule { name, attribute: Attribute::required(of), default: None, is_kept: false, replaces: Replaces::Never }
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
        Self { replaces: Replaces::Always, ..self }
    }

    pub fn replaces_if(self, is_needed: fn(&Value, &Value) -> bool) -> Self {
        Self { replaces: Replaces::If(is_needed), ..self }
    }

    pub fn kept(self) -> Self {
        Self { is_kept: true, ..self }
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

    fn is_left_open(&self, configuration: &Value) -> bool {
        configuration.get(self.name).is_none_or(Value::is_null)
    }

    fn open_value(&self) -> Value {
        Value::unknown(self.attribute.implied_type())
    }

    /// What the attribute would be if nothing changed.
    fn proposed(&self, request: &PlanRequest<'_>) -> Value {
        if !self.is_left_open(request.configuration) {
            return request.configuration.get(self.name).cloned().unwrap_or_default();
        }
        match (&self.default, self.attribute.is_computed, request.prior.get(self.name)) {
            (Some(default), _, _) => default.clone(),
            (None, true, Some(prior)) => prior.clone(),
            (None, true, None) => self.open_value(),
            (None, false, _) => Value::null(self.attribute.implied_type()),
        }
    }

    fn opens_on_change(&self, request: &PlanRequest<'_>) -> bool {
        let is_open = self.attribute.is_computed && self.default.is_none() && self.is_left_open(request.configuration);
        let has_kept = self.is_kept && request.prior.get(self.name).is_some_and(|prior| !prior.is_null());
        is_open && !has_kept
    }
}

/// Whether another map of keepers or triggers needs another object. Keys without a value count for nothing: older versions of the
/// providers left them out of the state.
pub fn other_values(prior: &Value, planned: &Value) -> bool {
    if !planned.is_known() {
        return true;
    }
    let (before, after) = (prior.as_entries(), planned.as_entries());
    let value_before = |key: &str| before.and_then(|before| before.get(key));
    let value_after = |key: &str| after.and_then(|after| after.get(key));
    let is_new = |(key, value): (&Text, &Value)| value_before(key).map_or(!value.is_null(), |old| old != value);
    let is_dropped = |(key, _): (&Text, &Value)| value_after(key).is_none();
    after.is_some_and(|after| after.iter().any(is_new)) || before.is_some_and(|before| before.iter().any(is_dropped))
}

/// What will become of an object.
pub fn plan(rules: &[Rule], adjust: fn(&PlanRequest<'_>, &mut Planned), request: &PlanRequest<'_>) -> Planned {
    let mut planned = Planned::as_proposed(request);
    if request.proposed.is_null() {
        return planned;
    }
    let mut values: Vec<Value> = rules.iter().map(|rule| rule.proposed(request)).collect();
    let is_new = request.prior.is_null();
    let differs = |rule: &Rule, value: &Value| request.prior.get(rule.name) != Some(value);
    if is_new || rules.iter().zip(&values).any(|(rule, value)| differs(rule, value)) {
        let open = rules.iter().zip(&mut values).filter(|(rule, _)| rule.opens_on_change(request));
        open.for_each(|(rule, value)| *value = rule.open_value());
    }
    planned.object = Value::object(rules.iter().map(|rule| Text::from(rule.name)).zip(values));
    adjust(request, &mut planned);
    if !is_new {
        let null = Value::untyped_null();
        let forces = |rule: &&Rule| {
            let before = request.prior.get(rule.name).unwrap_or(&null);
            let after = planned.object.get(rule.name).unwrap_or(&null);
            before != after
                && match rule.replaces {
                    Replaces::Never => false,
                    Replaces::Always => true,
                    Replaces::If(is_needed) => is_needed(before, after),
                }
        };
        planned.requires_replace = rules.iter().filter(forces).map(|rule| Path::of_attribute(rule.name)).collect();
    }
    planned
}
