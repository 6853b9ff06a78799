//! Schemas as JSON: `providers schema -json` (Terraform's `internal/command/jsonprovider`, format 1.0).

use crate::addr::ProviderSource;
use crate::provider::ProviderSchema;
use crate::schema::{Attribute, AttributeShape, Block, NestedBlock, Nesting, Schema};
use crate::value::Text;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

const FORMAT_VERSION: &str = "1.0";

/// All schemas as one line of JSON. Provider functions are given by the caller, who knows them.
pub fn schemas_json<'a>(
    providers: impl IntoIterator<Item = (&'a ProviderSource, &'a ProviderSchema)>,
    functions_of: impl Fn(&ProviderSource) -> Option<Json>,
) -> String {
    let mut by_name = Map::new();
    for (source, schema) in providers {
        let mut provider = provider_json(schema);
        if let Some(functions) = functions_of(source) {
            provider.insert("functions".to_owned(), functions);
        }
        by_name.insert(source.to_string(), Json::Object(provider));
    }
    let mut json = json!({ "format_version": FORMAT_VERSION });
    if !by_name.is_empty() {
        json["provider_schemas"] = Json::Object(by_name);
    }
    json.to_string()
}

fn provider_json(provider: &ProviderSchema) -> Map<String, Json> {
    let mut json = Map::new();
    json.insert("provider".to_owned(), schema_json(&provider.configuration));
    let groups = [
        ("resource_schemas", &provider.resources),
        ("data_source_schemas", &provider.data_sources),
        ("ephemeral_resource_schemas", &provider.ephemeral),
    ];
    for (name, schemas) in groups {
        if !schemas.is_empty() {
            let by_kind = schemas.iter().map(|(kind, schema)| (kind.to_string(), schema_json(schema))).collect();
            json.insert(name.to_owned(), Json::Object(by_kind));
        }
    }
    json
}

fn schema_json(schema: &Schema) -> Json {
    json!({ "version": schema.version, "block": block_json(&schema.block) })
}

fn block_json(block: &Block) -> Json {
    let mut json = Map::new();
    if !block.attributes.is_empty() {
        json.insert("attributes".to_owned(), attributes_json(&block.attributes));
    }
    if !block.blocks.is_empty() {
        let blocks = block.blocks.iter().map(|(name, nested)| (name.to_string(), nested_json(nested))).collect();
        json.insert("block_types".to_owned(), Json::Object(blocks));
    }
    if !block.description.is_empty() {
        json.insert("description".to_owned(), json!(block.description));
    }
    json.insert("description_kind".to_owned(), json!("plain"));
    if block.is_deprecated {
        json.insert("deprecated".to_owned(), json!(true));
    }
    Json::Object(json)
}

fn attributes_json(attributes: &BTreeMap<Text, Attribute>) -> Json {
    Json::Object(attributes.iter().map(|(name, attribute)| (name.to_string(), attribute_json(attribute))).collect())
}

fn attribute_json(attribute: &Attribute) -> Json {
    let mut json = Map::new();
    match &attribute.shape {
        AttributeShape::Plain(of) => json.insert("type".to_owned(), of.to_json()),
        AttributeShape::Nested { nesting, attributes } => json.insert(
            "nested_type".to_owned(),
            json!({ "attributes": attributes_json(attributes), "nesting_mode": nesting_text(*nesting) }),
        ),
    };
    if !attribute.description.is_empty() {
        json.insert("description".to_owned(), json!(attribute.description));
    }
    json.insert("description_kind".to_owned(), json!("plain"));
    let flags = [
        ("deprecated", attribute.is_deprecated),
        ("required", attribute.is_required),
        ("optional", attribute.is_optional),
        ("computed", attribute.is_computed),
        ("sensitive", attribute.is_sensitive),
        ("write_only", attribute.is_write_only),
    ];
    for (name, _) in flags.iter().filter(|(_, is_set)| *is_set) {
        json.insert((*name).to_owned(), json!(true));
    }
    Json::Object(json)
}

fn nested_json(nested: &NestedBlock) -> Json {
    let mut json = Map::new();
    json.insert("nesting_mode".to_owned(), json!(nesting_text(nested.nesting)));
    json.insert("block".to_owned(), block_json(&nested.block));
    for (name, count) in [("min_items", nested.min_items), ("max_items", nested.max_items)] {
        if count > 0 {
            json.insert(name.to_owned(), json!(count));
        }
    }
    Json::Object(json)
}

fn nesting_text(nesting: Nesting) -> &'static str {
    match nesting {
        Nesting::Single => "single",
        Nesting::Group => "group",
        Nesting::List => "list",
        Nesting::Set => "set",
        Nesting::Map => "map",
    }
}
