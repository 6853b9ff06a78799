//! Functions that evaluate: `try`, `can` and the templates.
//!
//! `try` and `can` take expressions, not values. Their entries are here for names, arity and documentation; the evaluator runs
//! them. The texts of templates are evaluated by the evaluator, too; what is a valid template and with what is decided here.

use super::entry::{any, text};
use super::filesystem::read;
use super::{Call, CallError, Context, Function, Place, Template};
use crate::syntax;
use crate::value::quote::quote;
use crate::value::{Marks, Type, Value};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("can", [any("expression").expression()], Type::Bool, only_by_evaluator)
            .maybe_null()
            .documented(
                "`can` evaluates the given expression and returns a boolean value indicating whether the \
             expression produced a result without any errors.",
            )
            .example("can(tonumber(\"a\"))", "false"),
        Function::new(
            "templatefile",
            [text("path").marked().unknown(), any("vars").marked().unknown()],
            Type::Dynamic,
            |call| {
                let (path, variables) = (&call.arguments[0], &call.arguments[1]);
                let marks = path.marks() | variables.deep_marks();
                match render_file(call.arguments, call.context)? {
                    Some(value) => Ok(value.with_marks(marks)),
                    None => Ok(Value::unknown(Type::Dynamic).with_marks(marks)),
                }
            },
        )
        .maybe_null()
        .filesystem()
        .template()
        .documented(
            "`templatefile` reads the file at the given path and renders its content as a template using a \
             supplied set of template variables.",
        )
        .example("templatefile(\"greeting.tftpl\", { name = \"Ann\" })", "\"Hello Ann\""),
        Function::new(
            "templatestring",
            [
                text("template")
                    .documented("A simple reference to a string value containing the template source code.")
                    .null()
                    .unknown()
                    .marked()
                    .dynamic()
                    .expression(),
                any("vars").documented("Object of variables to expose in the template scope."),
            ],
            Type::String,
            template_string,
        )
        .template()
        .documented(
            "`templatestring` takes a string from elsewhere in the module and renders its content as a \
             template using a supplied set of template variables.",
        )
        .example("can(templatestring(\"no reference\", {}))", "false"),
        Function::new("try", [], Type::Dynamic, only_by_evaluator)
            .variadic(any("expressions").expression())
            .maybe_null()
            .documented(
                "`try` evaluates all of its argument expressions in turn and returns the result of the first one \
             that does not produce any errors.",
            )
            .example("try(tonumber(\"a\"), 5)", "5"),
    ]
}

fn only_by_evaluator(call: &Call<'_>) -> Result<Value, CallError> {
    Ok(call.unknown())
}

/// A template that is one interpolation may give a value of any type. Nothing where path or variables are not known.
fn render_file(arguments: &[Value], context: &Context) -> Result<Option<Value>, CallError> {
    let (path, variables) = (&arguments[0], &arguments[1]);
    let Some(name) = path.as_str().filter(|_| variables.is_known()) else { return Ok(None) };
    let text = String::from_utf8(read(context, name, path.marks())?).map_err(|_| {
        let shown = crate::value::quote::quote_unless_sensitive(name, path.marks());
        format!(
            "contents of {shown} are not valid UTF-8; use the filebase64 function to obtain the Base64 encoded contents or \
             the other file functions (e.g. filemd5, filesha256) to obtain file hashing results instead"
        )
    })?;
    render(name, &text, variables, &context.in_place(Place::TemplateFile)).map(Some)
}

/// The evaluator has evaluated the reference that stands for the template.
fn template_string(call: &Call<'_>) -> Result<Value, CallError> {
    let (template, marks) = call.arguments[0].clone().unmark();
    if !template.is_known() {
        return Ok(call.unknown().with_marks(marks));
    }
    let Some(text) = template.as_str() else {
        return Err(CallError::argument(0, "invalid template value: a string is required"));
    };
    let context = call.context.in_place(Place::TemplateString);
    let rendered = render("<templatestring argument>", text, &call.arguments[1], &context)?;
    let rendered = rendered.convert(&Type::String);
    let rendered = rendered.map_err(|error| format!("invalid template result: {}", error.message))?;
    Ok(rendered.with_marks(marks))
}

fn render(name: &str, text: &str, variables: &Value, context: &Context) -> Result<Value, CallError> {
    let (variables, _): (Value, Marks) = variables.clone().unmark_deep();
    let names: Vec<String> = match variables.type_of() {
        Type::Object(object) => object.attributes.keys().map(|name| name.to_string()).collect(),
        Type::Map(_) => {
            variables.as_entries().into_iter().flat_map(|entries| entries.keys().map(|key| key.to_string())).collect()
        }
        _ => return Err(CallError::argument(1, "invalid vars value: must be a map")),
    };
    for variable in &names {
        if !syntax::is_identifier(variable) {
            let shown = quote(variable);
            return Err(CallError::argument(
                1,
                format!(
                    "invalid template variable name {shown}: must start with a letter, followed by zero or more letters, \
                     digits, and underscores"
                ),
            ));
        }
    }
    (context.evaluation.render_template)(&Template { name, text, variables: &variables }, context)
}
