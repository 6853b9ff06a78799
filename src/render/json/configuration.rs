//! The configuration as JSON, the part of a plan's JSON that says where values come from (Terraform's `internal/command/jsonconfig`).
//!
//! Expressions are shown as the constant they are, or as the list of what they refer to, each reference with all its shorter forms.

use super::known_json;
use super::resource::mode_text;
use crate::addr::reference::{Subject, parse_reference};
use crate::addr::{InstanceKey, ModulePath, ResourceMode};
use crate::config::version::Constraints;
use crate::config::{Config, Module, ModuleCall, Output, ResourceBlock, Variable};
use crate::eval::decode::arguments_as_blocks;
use crate::eval::{constant, variables};
use crate::render::schemas::Schemas;
use crate::schema::{Block, Nesting};
use crate::syntax::{Body, BodySchema, Expression, Traversal, TraversalStep, TraversalStepKind};
use crate::value::{Type, Value, convert};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

pub fn configuration_json(config: &Config, schemas: &Schemas) -> Json {
    let mut providers = Providers::default();
    providers.add_module(config, &ModulePath::root(), schemas);
    let mut json = Map::new();
    let shown = providers.shown();
    if !shown.is_empty() {
        json.insert("provider_config".to_owned(), Json::Object(shown));
    }
    json.insert("root_module".to_owned(), module_json(config, config.root(), schemas, &providers));
    Json::Object(json)
}

/// One provider configuration, or the name under which a module got its parent's.
#[derive(Clone, Debug, Default)]
struct ProviderEntry {
    name: String,
    full_name: String,
    alias: Option<String>,
    version: Option<String>,
    module: String,
    expressions: Option<Json>,
    parent: Option<String>,
}

/// All provider configurations by key: `aws`, `aws.west`, `module.m:aws`.
#[derive(Debug, Default)]
struct Providers(BTreeMap<String, ProviderEntry>);

impl Providers {
    fn add_module(&mut self, config: &Config, path: &ModulePath, schemas: &Schemas) {
        let Some(module) = config.module(path) else { return };
        for (local, block) in &module.providers {
            let source = module.provider_source(&local.name);
            let schema = schemas.provider(&source).map(|provider| &provider.configuration.block);
            let empty = Block::default();
            let entry = ProviderEntry {
                name: local.name.to_string(),
                full_name: source.to_string(),
                alias: local.alias.as_ref().map(ToString::to_string),
                version: version_of(module, &local.name),
                module: path.to_string(),
                expressions: expressions_json(&block.body, schema.unwrap_or(&empty)),
                parent: None,
            };
            self.0.insert(provider_key(&local.to_string(), path), entry);
        }
        for (name, requirement) in &module.requirements.by_name {
            let entry = ProviderEntry {
                name: name.to_string(),
                full_name: requirement.source.to_string(),
                version: version_of(module, name),
                module: path.to_string(),
                ..ProviderEntry::default()
            };
            for alias in &requirement.aliases {
                self.0.entry(provider_key(&alias.to_string(), path)).or_insert_with(|| entry.clone());
            }
            self.add_inherited(entry, name, path);
        }
        for name in implied_providers(module) {
            let entry = ProviderEntry {
                name: name.clone(),
                full_name: module.provider_source(&name).to_string(),
                module: path.to_string(),
                ..ProviderEntry::default()
            };
            self.add_inherited(entry, &name, path);
        }
        for call in module.calls.values() {
            self.add_call(config, path, call, schemas);
        }
    }

    fn add_call(&mut self, config: &Config, path: &ModulePath, call: &ModuleCall, schemas: &Schemas) {
        let child_path = path.child(&call.name);
        let Some(child) = config.module(&child_path) else { return };
        for passed in &call.providers {
            let full_name = child.provider_source(&passed.in_child.local.name).to_string();
            let parent = self.origin(provider_key(&passed.in_parent.local.to_string(), path), &full_name);
            let name = passed.in_child.local.to_string();
            let entry = ProviderEntry {
                name: name.clone(),
                full_name,
                module: child_path.to_string(),
                parent,
                ..Default::default()
            };
            self.0.insert(provider_key(&name, &child_path), entry);
        }
        self.add_module(config, &child_path, schemas);
    }

    /// A configuration that the module has from its parent, where the parent has one.
    fn add_inherited(&mut self, mut entry: ProviderEntry, name: &str, path: &ModulePath) {
        let key = provider_key(name, path);
        if self.0.contains_key(&key) {
            return;
        }
        if let Some(parent) = path.parent() {
            entry.parent = self.origin(provider_key(name, &parent), &entry.full_name);
        }
        self.0.insert(key, entry);
    }

    /// Where a configuration was written, going up from a key.
    fn origin(&self, start: String, full_name: &str) -> Option<String> {
        let mut found = None;
        let mut key = Some(start);
        while let Some(entry) =
            key.as_ref().and_then(|key| self.0.get(key)).filter(|entry| entry.full_name == full_name)
        {
            found = key;
            key = entry.parent.clone();
        }
        found
    }

    /// The key that a resource shows.
    fn resolved(&self, key: String) -> String {
        match self.0.get(&key).and_then(|entry| entry.parent.clone()) {
            Some(parent) if self.0.contains_key(&parent) => parent,
            _ => key,
        }
    }

    fn shown(&self) -> Map<String, Json> {
        let written = self.0.iter().filter(|(_, entry)| entry.parent.is_none());
        written.map(|(key, entry)| (key.clone(), entry_json(entry))).collect()
    }
}

fn entry_json(entry: &ProviderEntry) -> Json {
    let mut json = json!({ "name": entry.name, "full_name": entry.full_name });
    let texts = [("alias", &entry.alias), ("version_constraint", &entry.version)];
    for (name, text) in texts {
        if let Some(text) = text {
            json[name] = json!(text);
        }
    }
    if !entry.module.is_empty() {
        json["module_address"] = json!(entry.module);
    }
    if let Some(expressions) = &entry.expressions {
        json["expressions"] = expressions.clone();
    }
    json
}

fn provider_key(name: &str, module: &ModulePath) -> String {
    if module.is_root() { name.to_owned() } else { format!("{module}:{name}") }
}

/// Names of providers that are used without being required or configured.
fn implied_providers(module: &Module) -> Vec<String> {
    let mut names: Vec<String> =
        module.resources.values().map(|resource| resource.local_provider().name.to_string()).collect();
    names.extend(module.imports.iter().map(|import| import.provider_source.name.to_string()));
    names.sort();
    names.dedup();
    names
}

fn version_of(module: &Module, name: &str) -> Option<String> {
    let requirement = module.requirements.by_name.get(name)?.version.as_ref()?;
    Some(constraints_text(&requirement.constraint))
}

fn constraints_text(constraints: &Constraints) -> String {
    constraints.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn module_json(config: &Config, module: &Module, schemas: &Schemas, providers: &Providers) -> Json {
    let mut json = Map::new();
    if !module.outputs.is_empty() {
        let outputs = module.outputs.iter().map(|(name, output)| (name.to_string(), output_json(output))).collect();
        json.insert("outputs".to_owned(), Json::Object(outputs));
    }
    let resources = resources_json(module, schemas, providers);
    if !resources.is_empty() {
        json.insert("resources".to_owned(), Json::Array(resources));
    }
    let calls: Map<String, Json> = module
        .calls
        .values()
        .filter_map(|call| Some((call.name.to_string(), call_json(config, module, call, schemas, providers)?)))
        .collect();
    if !calls.is_empty() {
        json.insert("module_calls".to_owned(), Json::Object(calls));
    }
    if !module.variables.is_empty() {
        let variables = module.variables.iter().map(|(name, variable)| (name.to_string(), variable_json(variable)));
        json.insert("variables".to_owned(), Json::Object(variables.collect()));
    }
    Json::Object(json)
}

fn output_json(output: &Output) -> Json {
    let mut json = Map::new();
    if output.is_sensitive() {
        json.insert("sensitive".to_owned(), json!(true));
    }
    json.insert(
        "expression".to_owned(),
        output.value.as_ref().map_or_else(|| json!({}), |value| expression_json(value)),
    );
    insert_depends_on(&mut json, &output.depends_on);
    if let Some(description) = output.description.as_ref().filter(|description| !description.is_empty()) {
        json.insert("description".to_owned(), json!(&**description));
    }
    Json::Object(json)
}

fn variable_json(variable: &Variable) -> Json {
    let mut json = Map::new();
    if let Some(default) = &variable.default {
        json.insert("default".to_owned(), known_json(default));
    }
    if let Some(description) = variable.description.as_ref().filter(|description| !description.is_empty()) {
        json.insert("description".to_owned(), json!(&**description));
    }
    if variable.is_sensitive() {
        json.insert("sensitive".to_owned(), json!(true));
    }
    Json::Object(json)
}

/// Managed resources, then data sources, each by address.
fn resources_json(module: &Module, schemas: &Schemas, providers: &Providers) -> Vec<Json> {
    let of_mode = |mode: ResourceMode| {
        let mut blocks: Vec<&ResourceBlock> =
            module.resources.values().map(|block| &**block).filter(|block| block.address.mode == mode).collect();
        blocks.sort_by_key(|block| block.address.to_string());
        blocks
    };
    let blocks = of_mode(ResourceMode::Managed).into_iter().chain(of_mode(ResourceMode::Data));
    blocks.map(|block| resource_json(module, block, schemas, providers)).collect()
}

fn resource_json(module: &Module, block: &ResourceBlock, schemas: &Schemas, providers: &Providers) -> Json {
    let mut json = Map::new();
    json.insert("address".to_owned(), json!(block.address.to_string()));
    json.insert("mode".to_owned(), json!(mode_text(block.address.mode)));
    json.insert("type".to_owned(), json!(&*block.address.kind));
    json.insert("name".to_owned(), json!(&*block.address.name));
    let key = providers.resolved(provider_key(&block.local_provider().to_string(), &module.path));
    json.insert("provider_config_key".to_owned(), json!(key));
    if !block.provisioners.is_empty() {
        let provisioners = block.provisioners.iter().map(|provisioner| {
            let mut json = Map::from_iter([("type".to_owned(), json!(&*provisioner.kind))]);
            insert_some(&mut json, "expressions", all_expressions_json(&provisioner.body));
            Json::Object(json)
        });
        json.insert("provisioners".to_owned(), provisioners.collect());
    }
    let schema = schemas.resource(&block.provider_source, &block.address);
    let expressions = match schema {
        Some(schema) => expressions_json(&block.body, &schema.block),
        None => all_expressions_json(&block.body),
    };
    insert_some(&mut json, "expressions", expressions);
    json.insert("schema_version".to_owned(), json!(schema.map_or(0, |schema| schema.version)));
    insert_repetition(&mut json, block.count.as_deref(), block.for_each.as_deref());
    insert_depends_on(&mut json, &block.depends_on);
    Json::Object(json)
}

fn call_json(
    config: &Config,
    parent: &Module,
    call: &ModuleCall,
    schemas: &Schemas,
    providers: &Providers,
) -> Option<Json> {
    let child = config.module(&parent.path.child(&call.name))?;
    let mut json = Map::new();
    insert_some(&mut json, "source", call.source_text.as_ref().map(|source| json!(&**source)));
    let arguments = BodySchema {
        attributes: child
            .variables
            .keys()
            .map(|name| crate::syntax::AttributeSchema { name, required: false })
            .collect(),
        blocks: Vec::new(),
    };
    let (content, _, _) = call.body.partial_content(&arguments);
    let expressions: Map<String, Json> = content
        .attributes
        .iter()
        .map(|argument| (argument.name.to_string(), expression_json(&argument.expression)))
        .collect();
    if !expressions.is_empty() {
        json.insert("expressions".to_owned(), Json::Object(expressions));
    }
    insert_repetition(&mut json, call.count.as_deref(), call.for_each.as_deref());
    json.insert("module".to_owned(), module_json(config, child, schemas, providers));
    let version = call.version.as_ref().map(|version| json!(constraints_text(&version.constraint)));
    insert_some(&mut json, "version_constraint", version);
    insert_depends_on(&mut json, &call.depends_on);
    Some(Json::Object(json))
}

fn insert_some(json: &mut Map<String, Json>, name: &str, value: Option<Json>) {
    if let Some(value) = value {
        json.insert(name.to_owned(), value);
    }
}

fn insert_repetition(json: &mut Map<String, Json>, count: Option<&Expression>, for_each: Option<&Expression>) {
    for (name, expression) in [("count_expression", count), ("for_each_expression", for_each)] {
        let shown =
            expression.map(expression_json).filter(|shown| shown.as_object().is_some_and(|map| !map.is_empty()));
        insert_some(json, name, shown);
    }
}

fn insert_depends_on(json: &mut Map<String, Json>, depends_on: &[Traversal]) {
    if !depends_on.is_empty() {
        let subject = |traversal| parse_reference(traversal).0.map(|reference| reference.subject.to_string());
        let subjects: Vec<String> = depends_on.iter().map(|traversal| subject(traversal).unwrap_or_default()).collect();
        json.insert("depends_on".to_owned(), json!(subjects));
    }
}

/// The arguments and blocks of a body as its schema knows them; `dynamic` blocks are not looked into. Nothing where there are none.
fn expressions_json(body: &Body, schema: &Block) -> Option<Json> {
    let json = block_expressions(body, schema);
    (!json.is_empty()).then_some(Json::Object(json))
}

fn block_expressions(body: &Body, schema: &Block) -> Map<String, Json> {
    let mut shape = BodySchema::new();
    let as_blocks = arguments_as_blocks(body, schema);
    for name in schema.attributes.keys() {
        shape = if as_blocks.contains(&**name) { shape.block(name, &[]) } else { shape.optional(name) };
    }
    for (name, nested) in &schema.blocks {
        let labels: &[&str] = if nested.nesting == Nesting::Map { &["key"] } else { &[] };
        shape = shape.block(name, labels);
    }
    let (content, _, _) = body.partial_content(&shape);
    let mut json = Map::new();
    for attribute in &content.attributes {
        json.insert(attribute.name.to_string(), expression_json(&attribute.expression));
    }
    for name in as_blocks {
        let blocks: Vec<&Body> =
            content.blocks.iter().filter(|block| *block.kind == *name).map(|block| &*block.body).collect();
        let of = schema.attributes.get(name).map(|attribute| attribute.implied_type());
        if let Some(of) = of.filter(|_| !blocks.is_empty()) {
            json.insert(name.to_owned(), argument_of_blocks(&blocks, &of));
        }
    }
    for block in &content.blocks {
        let Some(nested) = schema.blocks.get(&block.kind) else { continue };
        let inside = Json::Object(block_expressions(&block.body, &nested.block));
        match nested.nesting {
            Nesting::Single | Nesting::Group => {
                json.insert(block.kind.to_string(), inside);
            }
            Nesting::List | Nesting::Set => {
                let entry = json.entry(block.kind.to_string()).or_insert_with(|| json!([]));
                entry.as_array_mut().expect("only arrays are put there").push(inside);
            }
            Nesting::Map => {
                let label = block.labels.first().map(|label| label.text.to_string()).unwrap_or_default();
                json.entry(block.kind.to_string()).or_insert_with(|| json!({}))[label] = inside;
            }
        }
    }
    json
}

/// An argument that is written as blocks: the objects that they stand for, each with all its attributes.
fn argument_of_blocks(blocks: &[&Body], of: &Type) -> Json {
    let Some(Type::Object(element)) = of.element() else { return json!({}) };
    let (mut objects, mut references, mut is_constant) = (Vec::new(), Vec::new(), true);
    for body in blocks {
        let (written, _) = body.just_attributes();
        let mut object = Map::new();
        for (name, of) in &element.attributes {
            let expression = written.iter().find(|one| one.name == *name).map(|one| &one.expression);
            let value = expression.map_or((Value::null(of.clone()), Default::default()), |it| constant(it));
            is_constant &= !value.1.has_errors() && value.0.is_wholly_known();
            object.insert(name.to_string(), known_json(&convert(&value.0, of).unwrap_or(value.0)));
        }
        objects.push(Json::Object(object));
        let variables = written.iter().flat_map(|one| variables(&one.expression));
        references.extend(variables.flat_map(|variable| reference_texts(variable.traversal())));
    }
    let mut json = Map::new();
    if is_constant {
        json.insert("constant_value".to_owned(), Json::Array(objects));
    }
    if !references.is_empty() {
        json.insert("references".to_owned(), json!(references));
    }
    Json::Object(json)
}

/// The arguments of a body whose schema nobody knows.
fn all_expressions_json(body: &Body) -> Option<Json> {
    let (attributes, _) = body.just_attributes();
    let json: Map<String, Json> =
        attributes.iter().map(|one| (one.name.to_string(), expression_json(&one.expression))).collect();
    (!json.is_empty()).then_some(Json::Object(json))
}

fn expression_json(expression: &Expression) -> Json {
    let mut json = Map::new();
    let references: Vec<String> =
        variables(expression).flat_map(|variable| reference_texts(variable.traversal())).collect();
    let (value, problems) = constant(expression);
    if !problems.has_errors() && value.is_wholly_known() {
        json.insert("constant_value".to_owned(), known_json(&value));
    }
    if !references.is_empty() {
        json.insert("references".to_owned(), json!(references));
    }
    Json::Object(json)
}

/// A reference with all its steps, with one less, and so on down to the thing, and the thing without its key.
fn reference_texts(traversal: &Traversal) -> Vec<String> {
    let Some(reference) = parse_reference(traversal).0 else { return Vec::new() };
    let subject = reference.subject.to_string();
    let mut texts: Vec<String> = (0..=reference.remaining.len())
        .rev()
        .map(|count| format!("{subject}{}", steps_text(&reference.remaining[..count])))
        .collect();
    match &reference.subject {
        Subject::Resource { resource, key } if *key != InstanceKey::None => texts.push(resource.to_string()),
        Subject::Module { name, key, output: Some(_) } => texts.push(format!("module.{name}{key}")),
        Subject::Module { name, key, output: None } if *key != InstanceKey::None => {
            texts.push(format!("module.{name}"))
        }
        _ => {}
    }
    texts
}

fn steps_text(steps: &[TraversalStep]) -> String {
    let step = |step: &TraversalStep| match &step.kind {
        TraversalStepKind::Attribute(name) => format!(".{name}"),
        TraversalStepKind::Index(key) => match key.as_str() {
            Some(text) => format!("[{}]", crate::render::diff::quoted_as_go(text)),
            None => format!("[{}]", known_json(key)),
        },
    };
    steps.iter().map(step).collect()
}
