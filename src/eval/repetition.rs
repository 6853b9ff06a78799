//! `count` and `for_each`: how many instances a block has, and which.

use super::{Scope, evaluate, evaluator, for_loop};
use crate::diag::{Cause, Diagnostic, Diagnostics};
use crate::syntax::Expression;
use crate::value::{Data, Marks, Text, Type, Value};

use super::operator::convert;

/// What `count` says.
#[derive(Clone, Debug)]
pub enum Count {
    Known(u64),
    Unknown,
}

/// What `for_each` says: instance keys with the values of `each.value`, in order.
#[derive(Clone, Debug)]
pub enum ForEach {
    Known(Vec<(Text, Value)>),
    Unknown,
}

/// Evaluates `count`. That it is not known yet is for the caller to judge: see [`unknown_count`].
pub fn count(expression: &Expression, scope: &dyn Scope) -> Result<Count, Diagnostics> {
    let (value, mut diagnostics) = evaluate(expression, scope);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let wrong = |detail: String| Diagnostic::error("Invalid count argument", detail).at(expression.span);
    let value = match convert(&value, &Type::Number) {
        Ok(value) => value,
        Err(problem) => {
            let mut error = Diagnostic::error("Incorrect value type", format!("Invalid expression value: {problem}."))
                .at(expression.span);
            error.expression_values = evaluator::explain_values(scope, expression, None, None);
            diagnostics.push(error);
            return Err(diagnostics);
        }
    };
    if value.marks().is_ephemeral() {
        let mut error = wrong(
            "The given \"count\" is derived from an ephemeral value, which means that Terraform cannot persist it between plan/apply \
             rounds. Use only non-ephemeral values to specify the number of resource instances."
                .to_owned(),
        );
        error.cause = Some(Cause::Ephemeral);
        return Err(error.into());
    }
    let number = match value.data() {
        Data::Unknown(_) => return Ok(Count::Unknown),
        Data::Number(number) => number,
        _ => return Err(wrong("The given \"count\" argument value is null. An integer is required.".to_owned()).into()),
    };
    let unsuitable =
        |why: &str| Diagnostics::from(wrong(format!("The given \"count\" argument value is unsuitable: {why}.")));
    match number.to_i64() {
        Some(count) => {
            u64::try_from(count).map(Count::Known).map_err(|_| unsuitable("must be greater than or equal to zero"))
        }
        None => Err(unsuitable("value must be a whole number, between -9223372036854775808 and 9223372036854775807")),
    }
}

/// The diagnostic for a `count` that is not known yet.
pub fn unknown_count(expression: &Expression) -> Diagnostic {
    let mut error = Diagnostic::error(
        "Invalid count argument",
        "The \"count\" value depends on resource attributes that cannot be determined until apply, so Terraform cannot predict how \
         many instances will be created. To work around this, use the -target argument to first apply only the resources that the \
         count depends on.",
    )
    .at(expression.span);
    error.cause = Some(Cause::Unknown);
    error
}

/// Evaluates `for_each` of a resource or module. That it is not known yet is for the caller to judge: see [`unknown_for_each`].
pub fn for_each(expression: &Expression, scope: &dyn Scope) -> Result<ForEach, Diagnostics> {
    let (value, diagnostics) = evaluate(expression, scope);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let is_unknown_set = matches!(value.type_of(), Type::Set(_)) && !value.is_wholly_known();
    check_for_each(expression, &value, scope)?;
    if !value.is_known() || is_unknown_set {
        return Ok(ForEach::Unknown);
    }
    let (value, _) = value.unmark();
    let mut elements = Vec::new();
    for_loop::for_each_element(&value, true, &mut |key, item| {
        elements.extend(key.and_then(|key| key.as_str().cloned()).map(|key| (key, item)));
    });
    Ok(ForEach::Known(elements))
}

/// Evaluates `for_each` of an `import` block, which takes any collection. Unknown parts are an error.
pub fn import_for_each(expression: &Expression, scope: &dyn Scope) -> Result<Vec<(Value, Value)>, Diagnostics> {
    let (value, diagnostics) = evaluate(expression, scope);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    if !value.is_wholly_known() {
        let detail = "The \"for_each\" expression includes values derived from other resource attributes that cannot be determined \
                      until apply, and so Terraform cannot determine the full set of values that might be used to import this resource.";
        return Err(wrong(expression, scope, detail, Some(Cause::Unknown)).into());
    }
    if value.marks().is_ephemeral() {
        return Err(wrong(expression, scope, EPHEMERAL, Some(Cause::Ephemeral)).into());
    }
    if value.is_null() {
        return Ok(Vec::new());
    }
    if !for_loop::can_iterate(&value.type_of()) {
        return Err(wrong(expression, scope, "The \"for_each\" expression must be a collection.", None).into());
    }
    let (value, marks) = value.unmark();
    let mut elements = Vec::new();
    for_loop::for_each_element(&value, true, &mut |key, item| {
        elements.extend(key.map(|key| (key, item.with_marks(marks))));
    });
    Ok(elements)
}

const EPHEMERAL: &str = "The given \"for_each\" value is derived from an ephemeral value, which means that Terraform cannot persist it \
                         between plan/apply rounds. Use only non-ephemeral values to specify a resource's instance keys.";

fn wrong(expression: &Expression, scope: &dyn Scope, detail: impl Into<String>, cause: Option<Cause>) -> Diagnostic {
    let mut error = Diagnostic::error("Invalid for_each argument", detail).at(expression.span);
    error.expression_values = evaluator::explain_values(scope, expression, None, cause);
    error.cause = cause;
    error
}

/// Whether a value, known or not, can be the `for_each` of a resource or module.
fn check_for_each(expression: &Expression, value: &Value, scope: &dyn Scope) -> Result<(), Diagnostics> {
    let mut marked = Diagnostics::new();
    if value.marks().contains(Marks::SENSITIVE) {
        let detail = "Sensitive values, or values derived from sensitive values, cannot be used as for_each arguments. If used, the \
                      sensitive value could be exposed as a resource instance key.";
        marked.push(wrong(expression, scope, detail, Some(Cause::Sensitive)));
    }
    if value.marks().is_ephemeral() {
        marked.push(wrong(expression, scope, EPHEMERAL, Some(Cause::Ephemeral)));
    }
    if marked.has_errors() {
        return Err(marked);
    }
    let unsuitable = |why: String| {
        wrong(expression, scope, format!("The given \"for_each\" argument value is unsuitable: {why}"), None)
    };
    let of = value.type_of();
    let problem = match &of {
        _ if value.is_null() => {
            unsuitable("the given \"for_each\" argument value is null. A map, or set of strings is allowed.".to_owned())
        }
        Type::Dynamic | Type::Map(_) | Type::Object(_) => return Ok(()),
        Type::Set(element) => return check_set(value, element, unsuitable),
        _ => unsuitable(format!(
            "the \"for_each\" argument must be a map, or set of strings, and you have provided a value of type {}.",
            of.friendly_name()
        )),
    };
    Err(problem.into())
}

fn check_set(value: &Value, element: &Type, unsuitable: impl Fn(String) -> Diagnostic) -> Result<(), Diagnostics> {
    let items = value.as_items().unwrap_or_default();
    if items.is_empty() || !value.is_wholly_known() {
        return Ok(());
    }
    let why = if *element != Type::String {
        format!(
            "\"for_each\" supports maps and sets of strings, but you have provided a set containing type {}.",
            element.friendly_name()
        )
    } else if items.iter().any(Value::is_null) {
        "\"for_each\" sets must not contain null values.".to_owned()
    } else {
        return Ok(());
    };
    let mut error = unsuitable(why);
    error.summary = "Invalid for_each set argument".to_owned();
    Err(error.into())
}

/// The diagnostic for a `for_each` that is not known yet.
pub fn unknown_for_each(expression: &Expression, scope: &dyn Scope) -> Diagnostic {
    let (value, _) = evaluate(expression, scope);
    let detail = match value.type_of() {
        Type::Set(_) => {
            "The \"for_each\" set includes values derived from resource attributes that cannot be determined until apply, and so \
             Terraform cannot determine the full set of keys that will identify the instances of this resource.\n\nWhen working with \
             unknown values in for_each, it's better to use a map value where the keys are defined statically in your configuration \
             and where only the values contain apply-time results.\n\nAlternatively, you could use the -target planning option to \
             first apply only the resources that the for_each value depends on, and then apply a second time to fully converge."
        }
        _ => {
            "The \"for_each\" map includes keys derived from resource attributes that cannot be determined until apply, and so \
             Terraform cannot determine the full set of keys that will identify the instances of this resource.\n\nWhen working with \
             unknown values in for_each, it's better to define the map keys statically in your configuration and place apply-time \
             results only in the map values.\n\nAlternatively, you could use the -target planning option to first apply only the \
             resources that the for_each value depends on, and then apply a second time to fully converge."
        }
    };
    wrong(expression, scope, detail, Some(Cause::Unknown))
}
