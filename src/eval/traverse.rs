//! Steps into values: `value.name`, `value[key]`.

use super::operator::convert;
use crate::value::{Data, Type, Value};

/// Summary and detail of what is wrong with a step.
pub type StepError = (&'static str, String);

fn unsupported<T>(detail: impl Into<String>) -> Result<T, StepError> {
    Err(("Unsupported attribute", detail.into()))
}

fn invalid_index<T>(detail: impl Into<String>) -> Result<T, StepError> {
    Err(("Invalid index", detail.into()))
}

/// No element has this key, because...
fn no_element<T>(reason: &str) -> Result<T, StepError> {
    invalid_index(format!("The given key does not identify an element in this collection value{reason}."))
}

/// `container.name`
pub fn attribute(container: &Value, name: &str) -> Result<Value, StepError> {
    let marks = container.marks();
    match container.data() {
        Data::Object(entries) => match entries.get(name) {
            Some(value) => Ok(value.clone().with_marks(marks)),
            None => no_attribute(name),
        },
        Data::Map(mapping) => match mapping.entries().get(name) {
            Some(value) => Ok(value.clone().with_marks(marks)),
            None => Err(("Missing map element", format!("This map does not have an element with the key {name:?}."))),
        },
        Data::Null(_) => Err((
            "Attempt to get attribute from null value",
            "This value is null, so it does not have any attributes.".to_owned(),
        )),
        Data::Unknown(unknown) => {
            let of = attribute_type(unknown.type_of(), name)?;
            Ok(Value::unknown(of).with_marks(marks))
        }
        _ => attribute_type(&container.type_of(), name).map(Value::unknown),
    }
}

fn no_attribute<T>(name: &str) -> Result<T, StepError> {
    unsupported(format!("This object does not have an attribute named {name:?}."))
}

/// The type of an attribute of a value of which only the type is known.
fn attribute_type(of: &Type, name: &str) -> Result<Type, StepError> {
    match of {
        Type::Object(_) => of.attribute(name).cloned().map_or_else(|| no_attribute(name), Ok),
        Type::Map(element) => Ok((**element).clone()),
        Type::Dynamic => Ok(Type::Dynamic),
        Type::List(element) if matches!(**element, Type::Object(_)) => match element.attribute(name) {
            Some(_) => unsupported(format!(
                "Can't access attributes on a list of objects. Did you mean to access attribute {name:?} for a specific element of \
                 the list, or across all elements of the list?"
            )),
            None => unsupported(
                "Can't access attributes on a list of objects. Did you mean to access an attribute for a specific element of the \
                 list, or across all elements of the list?",
            ),
        },
        Type::Set(element) if matches!(**element, Type::Object(_)) => unsupported(
            "Can't access attributes on a set of objects. Did you mean to access an attribute across all elements of the set?",
        ),
        of if of.is_primitive() => {
            unsupported(format!("Can't access attributes on a primitive-typed value ({}).", of.friendly_name()))
        }
        _ => unsupported("This value does not have any attributes."),
    }
}

/// `collection[key]`
pub fn index(collection: &Value, key: &Value) -> Result<Value, StepError> {
    if collection.is_null() {
        return Err(("Attempt to index null value", "This value is null, so it does not have any indices.".to_owned()));
    }
    if key.is_null() {
        return invalid_index("Can't use a null value as an indexing key.");
    }
    let marks = collection.marks();
    if is_untyped(collection) || is_untyped(key) {
        return Ok(Value::unknown(Type::Dynamic).with_marks(marks));
    }
    match collection.data() {
        Data::List(sequence) => index_sequence(collection, sequence.elements().as_slice(), key),
        Data::Tuple(items) => index_sequence(collection, items.as_slice(), key),
        Data::Map(_) => index_map(collection, key),
        Data::Object(_) => index_object(collection, key),
        Data::Unknown(unknown) => index_unknown(unknown.type_of(), key).map(|value| value.with_marks(marks)),
        Data::Set(_) => set_has_no_indices(),
        _ => invalid_index("This value does not have any indices."),
    }
}

fn is_untyped(value: &Value) -> bool {
    matches!(value.data(), Data::Unknown(unknown) if *unknown.type_of() == Type::Dynamic)
}

fn set_has_no_indices<T>() -> Result<T, StepError> {
    invalid_index(
        "Elements of a set are identified only by their value and don't have any separate index or key to select with, so it's \
         only possible to perform operations across all elements of the set.",
    )
}

fn key_as(key: &Value, of: &Type) -> Result<Value, StepError> {
    convert(key, of).or_else(|problem| no_element(&format!(": {problem}")))
}

fn index_sequence(collection: &Value, items: &[Value], key: &Value) -> Result<Value, StepError> {
    let key = key_as(key, &Type::Number)?;
    let marks = collection.marks() | key.marks();
    let Some(number) = key.as_number() else {
        let of = match collection.data() {
            Data::List(sequence) => sequence.element().clone(),
            _ => Type::Dynamic,
        };
        return Ok(Value::unknown(of).with_marks(collection.marks()));
    };
    let position = number.to_i64().and_then(|position| usize::try_from(position).ok());
    if let Some(item) = position.and_then(|position| items.get(position)) {
        return Ok(item.clone().with_marks(marks));
    }
    if !number.is_integer() {
        return no_element(": indexing a sequence requires a whole number, but the given index has a fractional part");
    }
    if number.sign().is_lt() {
        return no_element(": a negative number is not a valid index for a sequence");
    }
    if !collection.marks().is_empty() {
        return no_element("");
    }
    if number.to_i64().is_none_or(|position| position > items.len() as i64) {
        return no_element("");
    }
    if items.is_empty() {
        return no_element(": the collection has no elements");
    }
    no_element(": the given index is greater than or equal to the length of the collection")
}

fn index_map(collection: &Value, key: &Value) -> Result<Value, StepError> {
    let key = key_as(key, &Type::String)?;
    let marks = collection.marks() | key.marks();
    let Data::Map(mapping) = collection.data() else { return no_element("") };
    match key.as_str() {
        None => Ok(Value::unknown(mapping.element().clone()).with_marks(collection.marks())),
        Some(name) => match mapping.entries().get(name) {
            Some(value) => Ok(value.clone().with_marks(marks)),
            None => no_element(""),
        },
    }
}

fn index_object(collection: &Value, key: &Value) -> Result<Value, StepError> {
    let was_number = key.type_of() == Type::Number;
    let key = key_as(key, &Type::String)?;
    let Some(name) = key.as_str() else {
        return Ok(Value::unknown(Type::Dynamic).with_marks(collection.marks()));
    };
    match collection.get(name) {
        Some(value) => Ok(value.clone().with_marks(collection.marks())),
        None if was_number => invalid_index(
            "The given key does not identify an element in this collection value. An object only supports looking up attributes \
             by name, not by numeric index.",
        ),
        None => no_element(""),
    }
}

fn index_unknown(of: &Type, key: &Value) -> Result<Value, StepError> {
    match of {
        Type::List(element) => key_as(key, &Type::Number).map(|_| Value::unknown((**element).clone())),
        Type::Map(element) => key_as(key, &Type::String).map(|_| Value::unknown((**element).clone())),
        Type::Tuple(elements) => {
            let key = key_as(key, &Type::Number)?;
            let position = key.as_number().and_then(|number| number.to_i64());
            match position {
                None if key.is_known() => no_element(""),
                None => Ok(Value::unknown(Type::Dynamic)),
                Some(position) => match usize::try_from(position).ok().and_then(|position| elements.get(position)) {
                    Some(element) => Ok(Value::unknown(element.clone())),
                    None => no_element(""),
                },
            }
        }
        Type::Object(_) => {
            key_as(key, &Type::String)?;
            Ok(Value::unknown(Type::Dynamic))
        }
        Type::Set(_) => set_has_no_indices(),
        _ => invalid_index("This value does not have any indices."),
    }
}
