//! `hashicorp/null`: resources that do nothing but exist.

use super::small::{Kind, Object, Small, Source, computed, optional};
use crate::provider::Complaint;
use crate::value::{Type, Value};

pub fn provider() -> Small {
    Small::new("null", "3.2.4", || vec![resource()], || vec![source()])
}

fn resource() -> Kind {
    let rules = || vec![computed("id", Type::String), optional("triggers", Type::map(Type::String)).replaces()];
    Kind {
        import: |id| Ok(Value::object([("id".into(), Value::text(id))])),
        ..Kind::new("null_resource", rules, |object| Ok(object.finished([("id", Value::string(random_number()))])))
    }
}

/// hashicorp's provider makes ids of a random 63-bit number.
fn random_number() -> String {
    (rand::random::<u64>() >> 1).to_string()
}

fn source() -> Source {
    let rules = || {
        vec![
            optional("has_computed_default", Type::String).default(Value::untyped_null()),
            computed("id", Type::String).deprecated(),
            optional("inputs", Type::map(Type::String)),
            computed("outputs", Type::map(Type::String)),
            computed("random", Type::String),
        ]
    };
    Source { name: "null_data_source", rules, read }
}

fn read(object: &Object) -> Result<Value, Complaint> {
    let default = object.text("has_computed_default").map_or_else(|| "default".into(), |text| text.to_string());
    Ok(object.finished([
        ("has_computed_default", Value::text(&default)),
        ("id", Value::string("static")),
        ("outputs", object.get("inputs")),
        ("random", Value::string(random_number())),
    ]))
}
