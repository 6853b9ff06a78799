//! `hashicorp/null`: resources that do nothing but exist.

use super::small::{Kind, Object, Small, Source, computed, optional, optional_computed, other_values};
use crate::provider::Complaint;
use crate::value::{Type, Value};

pub fn provider() -> Small {
    Small::new("null", "3.3.1", || vec![resource()], || vec![source()])
}

fn resource() -> Kind {
    let rules = || {
        let triggers = optional("triggers", Type::map(Type::String)).replaces_if(other_values);
        vec![computed("id", Type::String).kept(), triggers]
    };
    Kind::new("null_resource", rules, |object| Ok(object.finished([("id", Value::string(random_number()))])))
}

/// hashicorp's provider makes ids of a random 63-bit number.
fn random_number() -> String {
    (rand::random::<u64>() >> 1).to_string()
}

fn source() -> Source {
    let rules = || {
        vec![
            optional_computed("has_computed_default", Type::String),
            computed("id", Type::String).deprecated(),
            optional("inputs", Type::map(Type::String)),
            computed("outputs", Type::map(Type::String)),
            computed("random", Type::String),
        ]
    };
    Source { name: "null_data_source", rules, validate: |_| Vec::new(), read }
}

fn read(object: &Object) -> Result<Value, Complaint> {
    let default = object.text("has_computed_default").unwrap_or_else(|| "default".into());
    Ok(object.finished([
        ("has_computed_default", Value::string(default)),
        ("id", Value::string("static")),
        ("outputs", object.get("inputs")),
        ("random", Value::string(random_number())),
    ]))
}
