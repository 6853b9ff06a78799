//! Finding and changing parts of values by path.

use super::{Data, Marks, Path, PathStep, Text, Value};
use std::collections::BTreeMap;

/// The paths of the outermost parts that carry these marks.
pub fn marked_paths(value: &Value, marks: Marks) -> Vec<Path> {
    let mut found = Vec::new();
    visit(value, &mut Path::root(), &mut |part, path| {
        let is_marked = part.marks().contains(marks);
        if is_marked {
            found.push(path.clone());
        }
        !is_marked && part.deep_marks().contains(marks)
    });
    found
}

/// The paths of all unknown parts.
pub fn unknown_paths(value: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    visit(value, &mut Path::root(), &mut |part, path| {
        if !part.is_known() {
            found.push(path.clone());
        }
        !part.is_wholly_known()
    });
    found
}

/// The value with marks put on the parts that paths name. A path that leads into a set marks the whole set; one that leads nowhere is passed over.
pub fn mark_paths(value: Value, paths: &[Path], marks: Marks) -> Value {
    if paths.is_empty() {
        return value;
    }
    let steps: Vec<&[PathStep]> = paths.iter().map(|path| path.0.as_slice()).collect();
    mark_steps(value, &steps, marks)
}

fn mark_steps(value: Value, paths: &[&[PathStep]], marks: Marks) -> Value {
    if paths.iter().any(|steps| steps.is_empty()) {
        return value.with_marks(marks);
    }
    if matches!(value.data(), Data::Set(_)) {
        return value.with_marks(marks);
    }
    let mut below: BTreeMap<&PathStep, Vec<&[PathStep]>> = BTreeMap::new();
    for steps in paths {
        if let [first, rest @ ..] = steps {
            below.entry(first).or_default().push(rest);
        }
    }
    let names: Vec<Text> = value.as_entries().into_iter().flat_map(|entries| entries.keys().cloned()).collect();
    let mut index = 0;
    value.map_children(&mut |child| {
        let at = index;
        index += 1;
        let found = below.iter().filter(|(step, _)| match step {
            PathStep::Attribute(name) | PathStep::Key(name) => names.get(at) == Some(name),
            PathStep::Index(position) => names.is_empty() && *position == at,
        });
        let inner: Vec<&[PathStep]> = found.flat_map(|(_, rest)| rest.iter().copied()).collect();
        if inner.is_empty() { child } else { mark_steps(child, &inner, marks) }
    })
}

/// Visits the value and, where the visitor says so, what is inside it.
fn visit(value: &Value, path: &mut Path, visitor: &mut dyn FnMut(&Value, &Path) -> bool) {
    if !visitor(value, path) {
        return;
    }
    let steps: Vec<(PathStep, &Value)> = match value.data() {
        Data::Object(entries) => entries.iter().map(|(name, part)| (PathStep::Attribute(name.clone()), part)).collect(),
        Data::Map(mapping) => mapping.entries().iter().map(|(key, part)| (PathStep::Key(key.clone()), part)).collect(),
        _ => value
            .as_items()
            .unwrap_or_default()
            .iter()
            .enumerate()
            .map(|(index, part)| (PathStep::Index(index), part))
            .collect(),
    };
    for (step, part) in steps {
        path.0.push(step);
        visit(part, path, visitor);
        path.0.pop();
    }
}
