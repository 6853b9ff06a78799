//! Taking marks off a value and putting them back: providers see plain values, everybody else sees what is secret.

use crate::schema::{Attribute, AttributeShape, Block, Nesting};
use crate::value::{Data, Marks, Path, PathStep, Text, Value};
use std::collections::BTreeMap;

/// The places of a value that carry marks of their own, in order.
pub fn marks_of(value: &Value) -> Vec<(Path, Marks)> {
    let mut found = Vec::new();
    collect_marks(value, &Path::root(), &mut found);
    found
}

fn collect_marks(value: &Value, path: &Path, found: &mut Vec<(Path, Marks)>) {
    if value.deep_marks().is_empty() {
        return;
    }
    if !value.marks().is_empty() {
        found.push((path.clone(), value.marks()));
    }
    for (step, child) in children(value) {
        collect_marks(&child, &path.then(step), found);
    }
}

/// The places that are sensitive by themselves.
pub fn sensitive_paths(value: &Value) -> Vec<Path> {
    let sensitive = marks_of(value).into_iter().filter(|(_, marks)| marks.is_sensitive());
    sensitive.map(|(path, _)| path).collect()
}

/// Direct parts of a value with the steps that lead to them.
pub fn children(value: &Value) -> Vec<(PathStep, Value)> {
    match value.data() {
        Data::Object(entries) => {
            entries.iter().map(|(name, value)| (PathStep::Attribute(name.clone()), value.clone())).collect()
        }
        Data::Map(mapping) => {
            mapping.entries().iter().map(|(key, value)| (PathStep::Key(key.clone()), value.clone())).collect()
        }
        Data::List(_) | Data::Set(_) | Data::Tuple(_) => {
            let items = value.as_items().unwrap_or_default().iter().cloned().enumerate();
            items.map(|(index, value)| (PathStep::Index(index), value)).collect()
        }
        _ => Vec::new(),
    }
}

/// The value with marks added where they belong. Places that do not exist (any more) mark what is nearest around them.
pub fn with_marks_at(value: Value, marks: &[(Path, Marks)]) -> Value {
    marks.iter().fold(value, |value, (path, marks)| mark_at(value, &path.0, *marks))
}

fn mark_at(value: Value, path: &[PathStep], marks: Marks) -> Value {
    let Some((step, rest)) = path.split_first() else { return value.with_marks(marks) };
    // A set holds no marks inside: one of its elements makes all of it secret.
    if matches!(value.data(), Data::Set(_)) {
        return value.with_marks(marks);
    }
    replace_child(value, step, |child| mark_at(child, rest, marks))
}

/// The value with one direct part replaced, if it has that part.
pub fn replace_child(value: Value, wanted: &PathStep, replace: impl FnOnce(Value) -> Value) -> Value {
    let mut replace = Some(replace);
    let marks = value.marks();
    let mut change = |is_wanted: bool, child: Value| match (is_wanted, replace.take()) {
        (true, Some(replace)) => replace(child),
        (_, kept) => {
            replace = kept;
            child
        }
    };
    match (value.data(), wanted) {
        (Data::Object(entries), PathStep::Attribute(name) | PathStep::Key(name)) => {
            let entries: Vec<_> =
                entries.iter().map(|(key, child)| (key.clone(), change(key == name, child.clone()))).collect();
            Value::object(entries).with_marks(marks)
        }
        (Data::Map(mapping), PathStep::Attribute(name) | PathStep::Key(name)) => {
            let entries: Vec<_> = mapping
                .entries()
                .iter()
                .map(|(key, child)| (key.clone(), change(key == name, child.clone())))
                .collect();
            Value::map(mapping.element().clone(), entries).with_marks(marks)
        }
        (Data::List(_) | Data::Tuple(_), PathStep::Index(wanted)) => {
            let mut index = 0;
            value.map_children(&mut |child| {
                index += 1;
                change(index - 1 == *wanted, child)
            })
        }
        _ => value,
    }
}

/// Adds what the schema says is sensitive.
pub fn mark_sensitive(block: &Block, value: Value) -> Value {
    let paths = schema_paths(block, &value, &|attribute| attribute.is_sensitive);
    let marks: Vec<_> = paths.into_iter().map(|path| (path, Marks::SENSITIVE)).collect();
    with_marks_at(value, &marks)
}

/// Places of attributes that are accepted but never stored.
pub fn write_only_paths(block: &Block, value: &Value) -> Vec<Path> {
    schema_paths(block, value, &|attribute| attribute.is_write_only)
}

/// Whether any attribute of a block or inside it is of a kind.
pub fn has_attribute(block: &Block, is_wanted: &dyn Fn(&Attribute) -> bool) -> bool {
    fn any(attributes: &BTreeMap<Text, Attribute>, is_wanted: &dyn Fn(&Attribute) -> bool) -> bool {
        attributes.values().any(|attribute| {
            is_wanted(attribute)
                || matches!(&attribute.shape, AttributeShape::Nested { attributes, .. } if any(attributes, is_wanted))
        })
    }
    any(&block.attributes, is_wanted) || block.blocks.values().any(|nested| has_attribute(&nested.block, is_wanted))
}

fn schema_paths(block: &Block, value: &Value, is_wanted: &dyn Fn(&Attribute) -> bool) -> Vec<Path> {
    let mut found = Vec::new();
    block_paths(block, value, &Path::root(), is_wanted, &mut found);
    found
}

fn block_paths(
    block: &Block,
    value: &Value,
    path: &Path,
    is_wanted: &dyn Fn(&Attribute) -> bool,
    found: &mut Vec<Path>,
) {
    attribute_paths(&block.attributes, value, path, is_wanted, found);
    for (name, nested) in &block.blocks {
        if !has_attribute(&nested.block, is_wanted) {
            continue;
        }
        let Some(inside) = value.get(name) else { continue };
        for (path, element) in elements(nested.nesting, inside, &path.attribute(name)) {
            block_paths(&nested.block, &element, &path, is_wanted, found);
        }
    }
}

fn attribute_paths(
    attributes: &BTreeMap<Text, Attribute>,
    value: &Value,
    path: &Path,
    is_wanted: &dyn Fn(&Attribute) -> bool,
    found: &mut Vec<Path>,
) {
    for (name, attribute) in attributes {
        let Some(inside) = value.get(name) else { continue };
        if is_wanted(attribute) {
            found.push(path.attribute(name));
        } else if let AttributeShape::Nested { nesting, attributes } = &attribute.shape {
            for (path, element) in elements(*nesting, inside, &path.attribute(name)) {
                attribute_paths(attributes, &element, &path, is_wanted, found);
            }
        }
    }
}

fn elements(nesting: Nesting, value: &Value, path: &Path) -> Vec<(Path, Value)> {
    match nesting {
        Nesting::Single | Nesting::Group => vec![(path.clone(), value.clone())],
        _ => children(value).into_iter().map(|(step, child)| (path.then(step), child)).collect(),
    }
}
