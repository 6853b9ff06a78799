//! Type constraints of variables: `object({ name = string, size = optional(number, 1) })`.
//!
//! The rules are those of HCL's type expressions (<https://github.com/hashicorp/hcl/tree/main/ext/typeexpr>), with `any` and
//! `optional` allowed.

use super::reading::{Reading, list_of, pairs_of, plain_text};
use crate::diag::{Diagnostic, Span};
use crate::syntax::{Call, Expression, ExpressionKind, JsonKind};
use crate::value::{ConvertError, Data, ObjectType, Text, Type, Value, unify};
use std::collections::BTreeMap;
use std::sync::Arc;

/// `type = object({ name = string, size = optional(number, 1) })`
#[derive(Clone, Debug)]
pub struct TypeConstraint {
    /// With optional attributes marked as such.
    pub of: Type,
    pub defaults: Option<Arc<TypeDefaults>>,
    /// Whether there is a `type` argument.
    pub is_written: bool,
}

/// What `optional(type, default)` says, for a type and for what is inside it.
#[derive(Clone, Debug, Default)]
pub struct TypeDefaults {
    /// By attribute of this object type.
    pub values: BTreeMap<Text, Value>,
    pub children: BTreeMap<DefaultsChild, Arc<TypeDefaults>>,
}

/// Where further defaults apply inside a type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DefaultsChild {
    Attribute(Text),
    /// Of a tuple.
    Position(usize),
    /// Every element of a collection.
    Element,
}

impl TypeConstraint {
    /// A value with defaults filled in and in the constraint's type. Null stays null.
    pub fn apply(&self, value: Value) -> Result<Value, ConvertError> {
        let value = match &self.defaults {
            Some(defaults) if !value.is_null() => defaults.apply(value),
            _ => value,
        };
        value.convert(&self.of)
    }
}

impl TypeDefaults {
    /// Fills in what is missing or null inside a value; the result may have another type and still needs conversion.
    pub fn apply(&self, value: Value) -> Value {
        if !value.is_known() || value.is_null() {
            return value;
        }
        let (value, marks) = value.unmark();
        let filled = match value.data() {
            Data::List(_) | Data::Set(_) | Data::Tuple(_) => self.apply_to_items(value),
            Data::Map(_) | Data::Object(_) => self.apply_to_entries(value),
            _ => value,
        };
        filled.with_marks(marks)
    }

    fn apply_to_items(&self, value: Value) -> Value {
        let items = value.as_items().unwrap_or_default();
        let items: Vec<Value> = items
            .iter()
            .enumerate()
            .map(|(index, item)| match self.child(&DefaultsChild::Position(index)) {
                Some(child) => child.apply(item.clone()),
                None => item.clone(),
            })
            .collect();
        match value.data() {
            _ if items.is_empty() => value,
            Data::List(_) => unified(&items).map_or_else(|| Value::tuple(items), |(of, items)| Value::list(of, items)),
            Data::Set(_) => unified(&items).map_or_else(|| Value::tuple(items), |(of, items)| Value::set(of, items)),
            _ => Value::tuple(items),
        }
    }

    fn apply_to_entries(&self, value: Value) -> Value {
        let mut entries: BTreeMap<Text, Value> = BTreeMap::new();
        for (key, item) in value.as_entries().into_iter().flat_map(|entries| entries.iter()) {
            let child = self.child(&DefaultsChild::Attribute(key.clone()));
            entries.insert(key.clone(), child.map_or_else(|| item.clone(), |child| child.apply(item.clone())));
        }
        for (name, default) in &self.values {
            if entries.get(name).is_none_or(Value::is_null) {
                let child = self.child(&DefaultsChild::Attribute(name.clone()));
                let filled = child.map_or_else(|| default.clone(), |child| child.apply(default.clone()));
                entries.insert(name.clone(), filled);
            }
        }
        if matches!(value.data(), Data::Map(_)) {
            if entries.is_empty() {
                return value;
            }
            let items: Vec<Value> = entries.values().cloned().collect();
            if let Some((of, items)) = unified(&items) {
                return Value::map(of, entries.into_keys().zip(items));
            }
        }
        Value::object(entries)
    }

    /// Values need not have the shape that the defaults are for; conversion says so later.
    fn child(&self, wanted: &DefaultsChild) -> Option<&Arc<TypeDefaults>> {
        self.children.get(wanted).or_else(|| self.children.get(&DefaultsChild::Element))
    }
}

/// The items in the one type that all can have.
fn unified(items: &[Value]) -> Option<(Type, Vec<Value>)> {
    let types: Vec<Type> = items.iter().map(Value::type_of).collect();
    let of = unify(&types)?;
    let items = items.iter().map(|item| item.convert(&of).ok()).collect::<Option<Vec<_>>>()?;
    Some((of, items))
}

/// Deeper types than this are refused; nobody writes them by hand.
const DEPTH_LIMIT: usize = 200;
const SUMMARY: &str = "Invalid type specification";

/// A type and what its optional attributes default to.
type Found = (Type, Option<Arc<TypeDefaults>>);

pub(super) fn read_constraint(expression: &Expression, reading: &mut Reading) -> TypeConstraint {
    let mark = reading.mark();
    let (of, defaults) = match &expression.kind {
        ExpressionKind::Template(template) => {
            quoted_type(plain_text(template), expression.span, reading);
            (Type::Dynamic, None)
        }
        _ => match reading.keyword(expression).as_deref() {
            // As in Terraform 0.11: elements of any one type.
            Some("list") => (Type::list(Type::Dynamic), None),
            Some("map") => (Type::map(Type::Dynamic), None),
            _ => read_type(expression, 0, reading),
        },
    };
    if reading.failed_since(mark) {
        return TypeConstraint { of: Type::Dynamic, defaults: None, is_written: true };
    }
    TypeConstraint { of, defaults, is_written: true }
}

/// `type = "string"`, as Terraform 0.11 wanted it.
fn quoted_type(text: Option<String>, span: Span, reading: &mut Reading) {
    let legacy = "Terraform 0.11 and earlier required type constraints to be given in quotes, but that form is now deprecated and will be removed in a future version of Terraform. Remove the quotes around";
    let Some(text) = text else {
        reading.error("Variables not allowed", "Variables may not be used here.", span);
        return;
    };
    let advice = match text.as_str() {
        "string" => " \"string\".",
        "list" => " \"list\" and write list(string) instead to explicitly indicate that the list elements are strings.",
        "map" => " \"map\" and write map(string) instead to explicitly indicate that the map elements are strings.",
        _ => {
            return reading.error(
                "Invalid legacy variable type hint",
                "To provide a full type expression, remove the surrounding quotes and give the type expression directly.",
                span,
            );
        }
    };
    reading.error("Invalid quoted type constraints", format!("{legacy}{advice}"), span);
}

fn read_type(expression: &Expression, depth: usize, reading: &mut Reading) -> Found {
    let span = expression.span;
    if depth > DEPTH_LIMIT {
        return wrong("The type is nested too deeply.", span, reading);
    }
    if let Some(keyword) = reading.keyword(expression) {
        return match &*keyword {
            "bool" => (Type::Bool, None),
            "string" => (Type::String, None),
            "number" => (Type::Number, None),
            "any" => (Type::Dynamic, None),
            "list" | "map" | "set" | "object" | "tuple" => wrong(needs_argument(&keyword), span, reading),
            _ => wrong(format!("The keyword \"{keyword}\" is not a valid type specification."), span, reading),
        };
    }
    let Some(call) = call_of(expression, reading) else {
        return wrong(
            "A type specification is either a primitive type keyword (bool, number, string) or a complex type constructor call, like list(string).",
            span,
            reading,
        );
    };
    let arguments_span = call.open_span.to(call.close_span);
    match &*call.name {
        "bool" | "string" | "number" => {
            let detail = format!("Primitive type keyword \"{}\" does not expect arguments.", call.name);
            return wrong(detail, arguments_span, reading);
        }
        "any" => return wrong("Type constraint keyword \"any\" does not expect arguments.", arguments_span, reading),
        "optional" if call.arguments.len() == 1 => {}
        "list" | "set" | "map" | "object" | "tuple" if call.arguments.len() != 1 => {
            let extra = call.arguments.get(1).zip(call.arguments.last());
            let subject = extra.map_or(arguments_span, |(first, last)| first.span.to(last.span));
            reading
                .diagnostics
                .push(Diagnostic::error(SUMMARY, needs_argument(&call.name)).at(subject).within(arguments_span));
            return (Type::Dynamic, None);
        }
        _ => {}
    }
    match (&*call.name, call.arguments.first()) {
        ("list", Some(argument)) => collection(Type::list, argument, depth, reading),
        ("set", Some(argument)) => collection(Type::set, argument, depth, reading),
        ("map", Some(argument)) => collection(Type::map, argument, depth, reading),
        ("object", Some(argument)) => read_object(argument, span, depth, reading),
        ("tuple", Some(argument)) => read_tuple(argument, span, depth, reading),
        ("optional", _) => {
            let detail = "Keyword \"optional\" is valid only as a modifier for object type attributes.";
            wrong(detail, call.name_span, reading)
        }
        _ => wrong(format!("Keyword \"{}\" is not a valid type constructor.", call.name), span, reading),
    }
}

fn wrong(detail: impl Into<String>, span: Span, reading: &mut Reading) -> Found {
    reading.error(SUMMARY, detail, span);
    (Type::Dynamic, None)
}

fn needs_argument(constructor: &str) -> String {
    match constructor {
        "object" => {
            "The object type constructor requires one argument specifying the attribute types and values as a map."
                .to_owned()
        }
        "tuple" => {
            "The tuple type constructor requires one argument specifying the element types as a list.".to_owned()
        }
        _ => format!("The {constructor} type constructor requires one argument specifying the element type."),
    }
}

/// A constructor call; in JSON it is the content of a string.
fn call_of(expression: &Expression, reading: &mut Reading) -> Option<Call> {
    match &expression.kind {
        ExpressionKind::Call(call) => Some(Call::clone(call)),
        ExpressionKind::Json(json) if matches!(json.node.kind, JsonKind::String(_)) => {
            let native = reading.native_expression(&Arc::new(expression.clone()))?;
            match &native.kind {
                ExpressionKind::Call(call) => Some(Call::clone(call)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn collection(constructor: fn(Type) -> Type, argument: &Expression, depth: usize, reading: &mut Reading) -> Found {
    let (element, defaults) = read_type(argument, depth + 1, reading);
    let children = defaults.map(|defaults| BTreeMap::from([(DefaultsChild::Element, defaults)]));
    (constructor(element), children.map(|children| Arc::new(TypeDefaults { values: BTreeMap::new(), children })))
}

fn read_tuple(argument: &Expression, whole: Span, depth: usize, reading: &mut Reading) -> Found {
    let Some(items) = list_of(argument) else {
        let detail = "Tuple type constructor requires a list of element types.";
        reading.diagnostics.push(Diagnostic::error(SUMMARY, detail).at(argument.span).within(whole));
        return (Type::Dynamic, None);
    };
    let mut elements = Vec::new();
    let mut defaults = TypeDefaults::default();
    for (index, item) in items.iter().enumerate() {
        let (element, inner) = read_type(item, depth + 1, reading);
        elements.push(element);
        defaults.children.extend(inner.map(|inner| (DefaultsChild::Position(index), inner)));
    }
    (Type::tuple(elements), defaults.unless_empty())
}

fn read_object(argument: &Expression, whole: Span, depth: usize, reading: &mut Reading) -> Found {
    let Some(pairs) = pairs_of(argument) else {
        let detail = "Object type constructor requires a map whose keys are attribute names and whose values are the corresponding attribute types.";
        reading.diagnostics.push(Diagnostic::error(SUMMARY, detail).at(argument.span).within(whole));
        return (Type::Dynamic, None);
    };
    let mut object = ObjectType::default();
    let mut defaults = TypeDefaults::default();
    for (key, value) in &pairs {
        let problem = match reading.keyword(key) {
            None => "Object constructor map keys must be attribute names.",
            Some(name) if object.attributes.contains_key(&name) => "Object constructor map keys must be unique.",
            Some(name) => {
                read_attribute(name, value, depth, &mut object, &mut defaults, reading);
                continue;
            }
        };
        reading.diagnostics.push(Diagnostic::error(SUMMARY, problem).at(key.span).within(whole));
    }
    (Type::Object(Arc::new(object)), defaults.unless_empty())
}

fn read_attribute(
    name: Text,
    expression: &Expression,
    depth: usize,
    object: &mut ObjectType,
    defaults: &mut TypeDefaults,
    reading: &mut Reading,
) {
    let call = call_of(expression, reading).filter(|call| &*call.name == "optional");
    let mut default = None;
    let mut written = expression;
    if let Some(call) = &call {
        let arguments_span = call.open_span.to(call.close_span);
        let mut complain = |detail: &str| {
            reading.diagnostics.push(Diagnostic::error(SUMMARY, detail).at(arguments_span).within(expression.span));
        };
        match call.arguments.as_slice() {
            [] => return complain("Optional attribute modifier requires the attribute type as its argument."),
            [_] => drop(object.optional.insert(name.clone())),
            [_, given] => {
                if let Some(value) = reading.constant(given) {
                    object.optional.insert(name.clone());
                    default = Some((value, given.span));
                }
            }
            _ => complain(
                "Optional attribute modifier expects at most two arguments: the attribute type, and a default value.",
            ),
        }
        written = &call.arguments[0];
    }
    let (of, inner) = read_type(written, depth + 1, reading);
    if let Some((value, span)) = default {
        match value.convert(&of) {
            Ok(value) => drop(defaults.values.insert(name.clone(), value)),
            Err(problem) => {
                let detail =
                    format!("This default value is not compatible with the attribute's type constraint: {problem}.");
                reading.error("Invalid default value for optional attribute", detail, span);
            }
        }
    }
    defaults.children.extend(inner.map(|inner| (DefaultsChild::Attribute(name.clone()), inner)));
    object.attributes.insert(name, of);
}

impl TypeDefaults {
    fn unless_empty(self) -> Option<Arc<Self>> {
        (!self.values.is_empty() || !self.children.is_empty()).then(|| Arc::new(self))
    }
}
