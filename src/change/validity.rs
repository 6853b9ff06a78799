//! Whether a provider's plan keeps to the configuration: what the core promises the user about every provider.
//!
//! Follows Terraform's `objchange.AssertPlanValid`. A planned attribute is what is configured, or the prior value of something configured
//! (the provider sees no difference), or anything where it is computed and not configured.

use super::propose::{elements_of, is_same_unrefined, part};
use crate::schema::{Attribute, AttributeShape, Block, NestedBlock, Nesting};
use crate::value::{Data, Path, Text, Value};
use std::collections::BTreeMap;

/// What is wrong with an object, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Inconsistency {
    pub path: Path,
    pub problem: String,
}

/// All that is wrong with a planned object. Values carry no marks.
pub fn check_plan(block: &Block, prior: &Value, configuration: &Value, planned: &Value) -> Vec<Inconsistency> {
    let mut found = Vec::new();
    check_block(block, prior, configuration, planned, &Path::root(), &mut found);
    found
}

fn report(found: &mut Vec<Inconsistency>, path: &Path, problem: impl Into<String>) {
    found.push(Inconsistency { path: path.clone(), problem: problem.into() });
}

fn check_block(
    block: &Block,
    prior: &Value,
    configuration: &Value,
    planned: &Value,
    path: &Path,
    found: &mut Vec<Inconsistency>,
) {
    match (planned.is_null(), configuration.is_null()) {
        (true, false) => return report(found, path, "planned for absence but config wants existence"),
        (false, true) => return report(found, path, "planned for existence but config wants absence"),
        (true, true) => return,
        (false, false) => {}
    }
    check_attributes(&block.attributes, prior, configuration, planned, path, found);
    for (name, nested) in &block.blocks {
        let of = || nested.implied_type();
        let (prior, configured) = (part(prior, name, of), part(configuration, name, of));
        let planned = part(planned, name, of);
        if planned != configured {
            check_nested_blocks(nested, &prior, &configured, &planned, &path.attribute(name), found);
        }
    }
}

fn check_nested_blocks(
    nested: &NestedBlock,
    prior: &Value,
    configured: &Value,
    planned: &Value,
    path: &Path,
    found: &mut Vec<Inconsistency>,
) {
    if !configured.is_known() {
        return report(found, path, format!("planned value {planned:?} for unknown dynamic block"));
    }
    if !planned.is_known() {
        let problem = "attribute representing nested block must not be unknown itself; set nested attribute values to unknown instead";
        return report(found, path, problem);
    }
    let plural = match nested.nesting {
        Nesting::Single | Nesting::Group => {
            return check_block(&nested.block, prior, configured, planned, path, found);
        }
        Nesting::List => "list",
        Nesting::Map => "map",
        Nesting::Set => "set",
    };
    if planned.is_null() {
        let problem =
            format!("attribute representing a {plural} of nested blocks must be empty to indicate no blocks, not null");
        return report(found, path, problem);
    }
    if nested.nesting == Nesting::Map {
        return check_block_map(nested, prior, configured, planned, path, found);
    }
    let elements = elements_of(nested.nesting, planned);
    let configured = elements_of(nested.nesting, configured);
    if nested.nesting == Nesting::List && elements.len() != configured.len() {
        let (planned, configured) = (elements.len(), configured.len());
        let problem = format!("block count in plan ({planned}) disagrees with count in config ({configured})");
        return report(found, path, problem);
    }
    let prior = elements_of(nested.nesting, prior);
    for (index, element) in elements.iter().enumerate() {
        let path = path.index(index);
        if !element.is_known() {
            report(found, &path, UNKNOWN_ELEMENT);
        } else if nested.nesting == Nesting::List {
            let prior = prior.get(index).cloned().unwrap_or_else(|| Value::null(nested.block.implied_type()));
            check_block(&nested.block, &prior, &configured[index], element, &path, found);
        }
    }
}

const UNKNOWN_ELEMENT: &str =
    "element representing nested block must not be unknown itself; set nested attribute values to unknown instead";

fn check_block_map(
    nested: &NestedBlock,
    prior: &Value,
    configured: &Value,
    planned: &Value,
    path: &Path,
    found: &mut Vec<Inconsistency>,
) {
    for (key, element) in planned.as_entries().into_iter().flat_map(|entries| entries.iter()) {
        let element_path = path.key(key);
        let Some(configured) = configured.get(key) else {
            report(found, path, format!("block key {key:?} from plan is not present in config"));
            continue;
        };
        if !element.is_known() {
            report(found, &element_path, UNKNOWN_ELEMENT);
            continue;
        }
        let prior = part(prior, key, || nested.block.implied_type());
        check_block(&nested.block, &prior, configured, element, &element_path, found);
    }
    for key in configured.as_entries().into_iter().flat_map(|entries| entries.keys()) {
        if planned.get(key).is_none() {
            report(found, path, format!("block key {key:?} from config is not present in plan"));
        }
    }
}

fn check_attributes(
    attributes: &BTreeMap<Text, Attribute>,
    prior: &Value,
    configuration: &Value,
    planned: &Value,
    path: &Path,
    found: &mut Vec<Inconsistency>,
) {
    for (name, attribute) in attributes {
        let of = || attribute.implied_type();
        let planned = part(planned, name, of);
        let configured = part(configuration, name, of);
        if planned == configured {
            continue;
        }
        check_attribute(attribute, &part(prior, name, of), &configured, &planned, &path.attribute(name), found);
    }
}

fn check_attribute(
    attribute: &Attribute,
    prior: &Value,
    configured: &Value,
    planned: &Value,
    path: &Path,
    found: &mut Vec<Inconsistency>,
) {
    let keeps_prior = || !prior.is_null() && !configured.is_null() && is_same_unrefined(planned, prior);
    if is_same_unrefined(planned, configured) || keeps_prior() {
        return;
    }
    if attribute.is_write_only {
        if !planned.is_null() {
            report(found, path, "planned value for write-only attribute is not null");
        }
        return;
    }
    if attribute.is_computed && (!attribute.is_optional || configured.is_null()) {
        return;
    }
    let is_sensitive = attribute.is_sensitive;
    if configured.is_null() && !planned.is_null() {
        let problem = match is_sensitive {
            true => "sensitive planned value for a non-computed attribute".to_owned(),
            false => format!("planned value {planned:?} for a non-computed attribute"),
        };
        return report(found, path, problem);
    }
    if let AttributeShape::Nested { nesting, attributes } = &attribute.shape {
        return check_structure(*nesting, attributes, prior, configured, planned, path, found);
    }
    let problem = match (prior.is_null(), is_sensitive) {
        (true, true) => "sensitive planned value does not match config value".to_owned(),
        (true, false) => format!("planned value {planned:?} does not match config value {configured:?}"),
        (false, true) => "sensitive planned value does not match config value nor prior value".to_owned(),
        (false, false) => {
            format!("planned value {planned:?} does not match config value {configured:?} nor prior value {prior:?}")
        }
    };
    report(found, path, problem);
}

fn check_structure(
    nesting: Nesting,
    attributes: &BTreeMap<Text, Attribute>,
    prior: &Value,
    configured: &Value,
    planned: &Value,
    path: &Path,
    found: &mut Vec<Inconsistency>,
) {
    match (planned.is_null(), configured.is_null()) {
        (true, false) => return report(found, path, "planned for absence but config wants existence"),
        (false, true) => return report(found, path, "planned for existence but config wants absence"),
        (true, true) => return,
        (false, false) => {}
    }
    if !planned.is_known() {
        return report(found, path, "planned unknown for configured value");
    }
    if !configured.is_known() {
        return;
    }
    let count = |value: &Value| match value.data() {
        Data::List(_) | Data::Set(_) | Data::Tuple(_) => value.as_items().map_or(0, <[Value]>::len),
        _ => value.as_entries().map_or(0, |entries| entries.len()),
    };
    let disagree = |found: &mut Vec<Inconsistency>| {
        let problem =
            format!("count in plan ({}) disagrees with count in config ({})", count(planned), count(configured));
        report(found, path, problem);
    };
    match nesting {
        Nesting::Single | Nesting::Group => {
            check_attributes(attributes, prior, configured, planned, path, found);
        }
        Nesting::Set if count(planned) > count(configured) => disagree(found),
        Nesting::Set => {}
        _ if count(planned) != count(configured) => disagree(found),
        Nesting::List => {
            let prior = elements_of(nesting, prior);
            let configured = elements_of(nesting, configured);
            for (index, element) in elements_of(nesting, planned).iter().enumerate() {
                let before = prior.get(index).cloned().unwrap_or_default();
                check_attributes(attributes, &before, &configured[index], element, &path.index(index), found);
            }
        }
        Nesting::Map => {
            for (key, element) in planned.as_entries().into_iter().flat_map(|entries| entries.iter()) {
                match configured.get(key) {
                    Some(configured) => {
                        let before = prior.get(key).cloned().unwrap_or_default();
                        check_attributes(attributes, &before, configured, element, &path.key(key), found);
                    }
                    None => report(found, path, format!("map key {key:?} from plan is not present in config")),
                }
            }
        }
    }
}
