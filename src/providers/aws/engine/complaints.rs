//! What is wrong with a configuration, in the words of hashicorp's provider.

use super::declared::Declared;
use crate::provider::Complaint;
use crate::value::Value;

/// What is wrong with a configuration as far as its known parts tell.
pub fn complaints_about(fields: &[Declared], configuration: &Value) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    check_object(fields, configuration, &crate::value::Path::root(), &mut complaints);
    complaints
}

fn check_object(fields: &[Declared], object: &Value, at: &crate::value::Path, complaints: &mut Vec<Complaint>) {
    let is_set = |name: &str| {
        object.get(name).is_some_and(|value| !value.is_null() && value.as_items().is_none_or(|items| !items.is_empty()))
    };
    for field in fields {
        let path = at.attribute(field.name);
        let Some(value) = object.get(field.name) else { continue };
        // What is not known yet may turn out to be null.
        let is_given = |name: &str| is_set(name) && object.get(name).is_some_and(Value::is_known);
        if let Some(other) = field.conflicts.iter().find(|other| is_given(field.name) && is_given(other)) {
            let detail = format!("{:?}: conflicts with {other}", field.name);
            complaints.push(Complaint::error("Conflicting configuration arguments", detail).at(path.clone()));
        }
        check_exactly_one(field, object, &is_set, &path, complaints);
        check_company(field, &is_set, &path, complaints);
        check_needed(field, object, &path, complaints);
        if value.is_null() || !value.is_known() {
            continue;
        }
        if field.is_computed && !field.is_optional {
            let detail = format!(
                "Can't configure a value for {:?}: its value will be decided automatically based on the result of applying this \
                 configuration.",
                field.name
            );
            complaints.push(Complaint::error("Value for unconfigurable attribute", detail).at(path));
            continue;
        }
        let stranger = stranger_among(field, value);
        for problem in
            field.checks.iter().filter_map(|check| check(value).err()).chain(stranger).chain(outside(field, value))
        {
            let summary = if problem.contains(field.name) { problem } else { format!("{}: {problem}", field.name) };
            complaints.push(Complaint::error(summary, "").at(path.clone()));
        }
        if let Some(nested) = &field.nested {
            for (index, item) in value.as_items().unwrap_or_default().iter().enumerate() {
                check_object(&nested.fields, item, &path.index(index), complaints);
            }
        }
    }
}

/// What may not be configured alone, or not left out together with others.
fn check_company(
    field: &Declared,
    is_set: &dyn Fn(&str) -> bool,
    path: &crate::value::Path,
    complaints: &mut Vec<Complaint>,
) {
    let with = |others: &[&'static str]| {
        let mut names: Vec<&str> = others.iter().copied().chain([field.name]).collect();
        names.sort_unstable();
        names
    };
    let mut complain = |names: &[&str], rule: &str| {
        let detail = format!("{:?}: {rule} of `{}` must be specified", field.name, names.join(","));
        complaints.push(Complaint::error("Missing required argument", detail).at(path.clone()));
    };
    if is_set(field.name) && !field.needs.iter().all(|name| is_set(name)) {
        complain(&with(&field.needs), "all");
    }
    let either = with(&field.at_least_one);
    if !field.at_least_one.is_empty() && !either.iter().any(|name| is_set(name)) {
        complain(&either, "one");
    }
}

/// What may be left out only where another attribute says so.
fn check_needed(field: &Declared, object: &Value, path: &crate::value::Path, complaints: &mut Vec<Complaint>) {
    let Some((attribute, values)) = field.needed_unless else { return };
    let other = object.get(attribute);
    let is_excused = other.is_some_and(|other| !other.is_known())
        || other.and_then(Value::as_str).is_some_and(|other| values.contains(&&**other));
    if !is_excused && object.get(field.name).is_none_or(Value::is_null) {
        let detail = format!("{:?} must be set unless {attribute} is {}.", field.name, values.join(" or "));
        complaints.push(Complaint::error("Missing required argument", detail).at(path.clone()));
    }
}

fn stranger_among(field: &Declared, value: &Value) -> Option<String> {
    let text = value.as_str().filter(|text| !field.members.is_empty() && !field.members.contains(&&***text))?;
    let members = field.members.iter().map(|member| format!("{member:?}")).collect::<Vec<_>>().join(" ");
    Some(format!("expected {} to be one of [{members}], got {text}", field.name))
}

/// A number that is out of range, in hashicorp's words.
fn outside(field: &Declared, value: &Value) -> Option<String> {
    let (least, most) = field.range?;
    let number = value.as_number()?.to_i64().filter(|number| *number < least || *number > most)?;
    Some(format!("expected {} to be in the range ({least} - {most}), got {number}", field.name))
}

fn check_exactly_one(
    field: &Declared,
    object: &Value,
    is_set: &dyn Fn(&str) -> bool,
    path: &crate::value::Path,
    complaints: &mut Vec<Complaint>,
) {
    if field.exactly_one.is_empty() {
        return;
    }
    let mut names: Vec<&str> = field.exactly_one.iter().copied().chain([field.name]).collect();
    names.sort_unstable();
    // What is not known yet may turn out to be null, or to be the one.
    let (given, open): (Vec<&str>, Vec<&str>) =
        names.iter().filter(|name| is_set(name)).partition(|name| object.get(name).is_some_and(Value::is_known));
    let list = names.join(",");
    let (given_list, is_first) = (given.join(","), names.first() == Some(&field.name));
    if given.is_empty() && open.is_empty() && is_first {
        let detail = format!("one of `{list}` must be specified");
        complaints.push(Complaint::error("Invalid combination of arguments", detail).at(path.clone()));
    } else if given.len() > 1 && given.contains(&field.name) {
        let detail =
            format!("{:?}: only one of `{list}` can be specified, but `{given_list}` were specified.", field.name);
        complaints.push(Complaint::error("Invalid combination of arguments", detail).at(path.clone()));
    }
}
