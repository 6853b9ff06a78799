//! A state, or one object of it, as text.

use super::diff::{Options, Pair, diff_block, diff_dynamic, diff_of_type, render};
use super::objects::object_value;
use super::paint::Paint;
use super::schemas::Schemas;
use crate::addr::{ModuleInstance, ModuleResource, ResourceInstance, ResourceMode};
use crate::state::{InstanceState, Object, ObjectStatus, OutputValue, ResourceState, State};
use crate::value::{Marks, Text};
use std::collections::BTreeMap;

/// What `show` prints.
pub fn render_state(state: &State, schemas: &Schemas, paint: Paint) -> String {
    if state.is_empty() {
        return "The state file is empty. No resources are represented.\n".to_owned();
    }
    let mut out = render_modules(state, schemas, paint);
    if !state.outputs.is_empty() {
        out.push_str(&format!("\n\nOutputs:\n\n{}", render_outputs(&state.outputs, paint)));
    }
    out
}

/// What `state show ADDRESS` prints.
pub fn render_instance(
    address: &ResourceInstance,
    instance: &InstanceState,
    resource: &ResourceState,
    schemas: &Schemas,
    paint: Paint,
) -> String {
    let current =
        instance.current.as_ref().map(|object| render_object(address, object, None, resource, schemas, paint));
    let deposed = instance.deposed.iter();
    let deposed = deposed.map(|(key, object)| render_object(address, object, Some(key), resource, schemas, paint));
    current.into_iter().chain(deposed).collect::<Vec<_>>().join("\n")
}

/// The tree of modules that hold something.
#[derive(Default)]
struct ModuleTree<'a> {
    resources: Vec<(&'a ModuleResource, &'a ResourceState)>,
    /// By address.
    children: BTreeMap<String, ModuleTree<'a>>,
}

fn render_modules(state: &State, schemas: &Schemas, paint: Paint) -> String {
    let mut root = ModuleTree::default();
    for (resource, resource_state) in &state.resources {
        let module = (0..resource.module.0.len()).fold(&mut root, |tree, depth| {
            let address = ModuleInstance(resource.module.0[..=depth].to_vec()).to_string();
            tree.children.entry(address).or_default()
        });
        module.resources.push((resource, resource_state));
    }
    render_module(&root, true, schemas, paint)
}

/// An empty line before each object and one more before each module's first; none before what counts as the first of all, which
/// for Terraform is the first object of every child of a module without objects.
fn render_module(module: &ModuleTree, is_first: bool, schemas: &Schemas, paint: Paint) -> String {
    let mut texts = Vec::new();
    for (resource, resource_state) in &module.resources {
        for (key, instance) in &resource_state.instances {
            let address = resource.instance(key.clone());
            let current = instance.current.iter().map(|object| (None, object));
            for (deposed, object) in current.chain(instance.deposed.iter().map(|(key, object)| (Some(key), object))) {
                texts.push(render_object(&address, object, deposed, resource_state, schemas, paint));
            }
        }
    }
    let mut out = String::new();
    if !texts.is_empty() && !is_first {
        out.push_str("\n\n");
    }
    out.push_str(&texts.join("\n"));
    for child in module.children.values() {
        out.push_str(&render_module(child, is_first && texts.is_empty(), schemas, paint));
    }
    out
}

fn render_object(
    address: &ResourceInstance,
    object: &Object,
    deposed: Option<&Text>,
    resource: &ResourceState,
    schemas: &Schemas,
    paint: Paint,
) -> String {
    let note = match (deposed, object.status) {
        (Some(key), _) => format!(" (deposed object {key})"),
        (None, ObjectStatus::Tainted) => " (tainted)".to_owned(),
        (None, ObjectStatus::Ready) => String::new(),
    };
    let block = if address.resource.mode == ResourceMode::Managed { "resource" } else { "data" };
    let schema = schemas.resource(&resource.provider.source, &address.resource);
    let value = object_value(object, schema);
    let diff = match schema {
        Some(schema) => diff_block(Pair::of(&value), &schema.block),
        None => diff_dynamic(Pair::of(&value)),
    };
    let body = render(&diff, 0, &options(paint));
    format!("# {address}:{note}\n{block} \"{}\" \"{}\" {body}\n", address.resource.kind, address.resource.name)
}

fn options(paint: Paint) -> Options {
    Options { paint, shows_unchanged: true, hides_symbols: true, ..Options::default() }
}

fn render_outputs(outputs: &BTreeMap<Text, OutputValue>, paint: Paint) -> String {
    let mut out = String::new();
    for (name, output) in outputs {
        let marks = if output.is_sensitive { Marks::SENSITIVE } else { Marks::NONE };
        let value = output.value.clone().with_marks(marks);
        let diff = diff_of_type(Pair::of(&value), &output.value.type_of());
        out.push_str(&format!("{name} = {}\n", render(&diff, 0, &options(paint))));
    }
    out
}
