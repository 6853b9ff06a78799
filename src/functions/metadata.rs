//! The signatures of all functions as `terraform metadata functions -json` prints them.

use super::{Availability, Context, Function, Parameter, Returns, all};
use crate::value::{Type, Value, write_text};

/// One line of JSON, the final newline included. Every function is there twice, the second time with `core::` in front.
pub fn metadata_json(context: &Context) -> String {
    let documented: Vec<&Function> = all()
        .iter()
        .filter(|function| function.availability != Availability::OnlyInConsole && !function.documentation.is_empty())
        .collect();
    let mut named: Vec<(String, &Function)> = documented
        .iter()
        .flat_map(|function| [(function.name.to_owned(), *function), (format!("core::{}", function.name), *function)])
        .collect();
    named.sort_by(|a, b| a.0.cmp(&b.0));
    let signatures: Vec<String> =
        named.iter().map(|(name, function)| format!("{}:{}", quoted(name), signature(function, context))).collect();
    format!("{{\"format_version\":\"1.0\",\"function_signatures\":{{{}}}}}\n", signatures.join(","))
}

fn signature(function: &Function, context: &Context) -> String {
    let mut fields = vec![
        format!("\"description\":{}", quoted(function.documentation)),
        format!("\"return_type\":{}", type_json(&return_type(function, context))),
    ];
    if !function.parameters.is_empty() {
        let parameters: Vec<String> = function.parameters.iter().map(parameter_json).collect();
        fields.push(format!("\"parameters\":[{}]", parameters.join(",")));
    }
    fields.extend(
        function.variadic.iter().map(|parameter| format!("\"variadic_parameter\":{}", parameter_json(parameter))),
    );
    format!("{{{}}}", fields.join(","))
}

/// The signature of one function as diagnostics carry it: names and types only.
pub fn signature_json(function: &Function, called_name: &str, context: &Context) -> String {
    let parameter_json = |parameter: &Parameter| {
        format!("{{\"name\":{},\"type\":{}}}", quoted(parameter.name), type_json(&parameter.of))
    };
    let parameters: Vec<String> = function.parameters.iter().map(parameter_json).collect();
    let mut fields =
        vec![format!("\"name\":{}", quoted(called_name)), format!("\"params\":[{}]", parameters.join(","))];
    fields
        .extend(function.variadic.iter().map(|parameter| format!("\"variadic_param\":{}", parameter_json(parameter))));
    fields.push(format!("\"return_type\":{}", type_json(&return_type(function, context))));
    format!("{{{}}}", fields.join(","))
}

fn parameter_json(parameter: &Parameter) -> String {
    let mut fields = vec![format!("\"name\":{}", quoted(parameter.name))];
    if !parameter.documentation.is_empty() {
        fields.push(format!("\"description\":{}", quoted(parameter.documentation)));
    }
    if parameter.allows_null && !parameter.is_expression {
        fields.push("\"is_nullable\":true".to_owned());
    }
    fields.push(format!("\"type\":{}", type_json(&parameter.of)));
    format!("{{{}}}", fields.join(","))
}

/// What a call gives when nothing but the parameters' types is known.
fn return_type(function: &Function, context: &Context) -> Type {
    let parameters: Vec<&Parameter> = function.parameters.iter().chain(&function.variadic).collect();
    let is_untyped =
        |parameter: &&Parameter| parameter.of == Type::Dynamic && !parameter.allows_dynamic && !parameter.is_expression;
    match &function.returns {
        Returns::Always(returns) if function.takes_expressions() => returns.clone(),
        _ if parameters.iter().any(is_untyped) => Type::Dynamic,
        Returns::Always(returns) => returns.clone(),
        Returns::Depends(type_body) => {
            let arguments: Vec<Value> =
                parameters.iter().map(|parameter| Value::unknown(parameter.of.clone())).collect();
            type_body(&arguments, context).unwrap_or(Type::Dynamic)
        }
    }
}

fn type_json(of: &Type) -> String {
    of.to_json().to_string()
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    write_text(text, &mut out);
    out
}
