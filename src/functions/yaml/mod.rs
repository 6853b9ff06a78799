//! `yamldecode` and `yamlencode`.

mod decode;
mod encode;
mod layout;
mod scalar;

use super::Function;
use super::entry::{any, text};
use crate::value::{Type, Value};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("yamldecode", [text("src")], Type::Dynamic, |call| Ok(decode::decode(call.text(0))?))
            .maybe_null()
            .documented("`yamldecode` parses a string as a subset of YAML, and produces a representation of its value.")
            .example("yamldecode(\"a: [1, x]\")", "{\n  \"a\" = [\n    1,\n    \"x\",\n  ]\n}"),
        Function::new("yamlencode", [any("value").null().dynamic()], Type::String, |call| {
            match call.arguments[0].is_wholly_known() {
                true => Ok(Value::text(&encode::encode(&call.arguments[0])?)),
                false => Ok(call.unknown()),
            }
        })
        .maybe_null()
        .documented(
            "`yamlencode` encodes a given value to a string using [YAML \
             1.2](https://yaml.org/spec/1.2/spec.html) block syntax.",
        )
        .example("chomp(yamlencode({ a = \"b\" }))", "\"\\\"a\\\": \\\"b\\\"\""),
    ]
}
