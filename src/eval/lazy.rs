//! Functions that take expressions rather than values, and the templates of `templatefile` and `templatestring`.

use super::evaluator::{Evaluator, unknown};
use super::{Frame, Scope, variables};
use crate::addr::reference::Subject;
use crate::diag::{Diagnostic, Diagnostics, SourceMap, Span};
use crate::functions::{CallError, Context, Function, Template};
use crate::syntax::{Expression, ExpressionKind, TemplatePart, parse_template};
use crate::value::{Type, Value};
use std::fmt::Write;

/// Calls `try`, `can` or `templatestring`; nothing for other functions.
pub(super) fn call(
    evaluator: &mut Evaluator<'_>,
    function: &Function,
    arguments: &[&Expression],
    context: &Context,
    frame: Option<&Frame<'_>>,
) -> Option<Result<Value, CallError>> {
    match function.name {
        "try" => Some(try_each(evaluator, arguments, frame)),
        "can" => Some(Ok(can(evaluator, arguments[0], frame))),
        "templatestring" => {
            let before = evaluator.checkpoint();
            let names = evaluator.evaluate(arguments[1], frame);
            if evaluator.failed_since(before) {
                return Some(Ok(unknown()));
            }
            Some(template_string(evaluator, function, arguments[0], names, context, frame))
        }
        _ => None,
    }
}

/// The first argument that has a value. While that is not wholly known, another one may be chosen later.
fn try_each(
    evaluator: &mut Evaluator<'_>,
    arguments: &[&Expression],
    frame: Option<&Frame<'_>>,
) -> Result<Value, CallError> {
    if arguments.is_empty() {
        return Err("at least one argument is required".into());
    }
    let mut problems = Vec::new();
    for argument in arguments {
        match attempt(evaluator, argument, frame) {
            Ok(value) if value.is_wholly_known() => return Ok(value),
            Ok(_) => return Ok(Value::unknown(Type::Dynamic)),
            Err(more) => problems.extend(more),
        }
    }
    let mut message = "no expression succeeded:\n".to_owned();
    for problem in &problems {
        let place = problem.subject.map(|span| format!(" (at {})", span.mention())).unwrap_or_default();
        let _ = writeln!(message, "- {}{place}\n  {}", problem.summary, problem.detail);
    }
    message.push_str("\nAt least one expression must produce a successful result");
    Err(message.into())
}

fn can(evaluator: &mut Evaluator<'_>, argument: &Expression, frame: Option<&Frame<'_>>) -> Value {
    match attempt(evaluator, argument, frame) {
        Ok(value) if value.is_wholly_known() => Value::bool(true),
        Ok(_) => Value::unknown(Type::Bool),
        Err(_) => Value::bool(false),
    }
}

/// The value, or what is wrong; nothing is left in the evaluator's diagnostics.
fn attempt(
    evaluator: &mut Evaluator<'_>,
    argument: &Expression,
    frame: Option<&Frame<'_>>,
) -> Result<Value, Vec<Diagnostic>> {
    let before = evaluator.checkpoint();
    let was_quiet = std::mem::replace(&mut evaluator.is_quiet, true);
    let value = evaluator.evaluate(argument, frame);
    evaluator.is_quiet = was_quiet;
    let has_failed = evaluator.failed_since(before);
    let problems = evaluator.take_since(before);
    if has_failed { Err(problems) } else { Ok(value) }
}

/// Renders a template that some other part of the configuration holds.
fn template_string(
    evaluator: &mut Evaluator<'_>,
    function: &Function,
    argument: &Expression,
    names: Value,
    context: &Context,
    frame: Option<&Frame<'_>>,
) -> Result<Value, CallError> {
    let invalid = |what: &str| CallError::argument(0, format!("invalid template expression: {what}"));
    match &argument.kind {
        ExpressionKind::TemplateWrap(_) => {
            return Err(invalid(
                "templatestring is only for rendering templates retrieved dynamically from elsewhere; to treat the inner expression \
                 as template syntax, write the reference expression directly without any template interpolation syntax",
            ));
        }
        ExpressionKind::Template(template) if matches!(template.parts[..], [TemplatePart::Literal { .. }]) => {
            return Err(invalid(
                "templatestring is only for rendering templates retrieved dynamically from elsewhere, and so does not support \
                 providing a literal template; consider using a template string expression instead",
            ));
        }
        ExpressionKind::Template(_) => {
            return Err(invalid(
                "templatestring is only for rendering templates retrieved dynamically from elsewhere; to render an inline template, \
                 consider using a plain template string expression",
            ));
        }
        _ if !is_reference(argument) => {
            return Err(invalid(
                "must be a direct reference to a single string from elsewhere, containing valid Terraform template syntax",
            ));
        }
        _ => {}
    }
    let template = attempt(evaluator, argument, frame)
        .map_err(|problems| invalid(&Diagnostics::from_iter(problems).one_line()))?;
    function.call(vec![template, names], context)
}

fn is_reference(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Traversal(_) => true,
        ExpressionKind::RelativeTraversal { source, .. } | ExpressionKind::Splat { source, .. } => is_reference(source),
        ExpressionKind::Index { collection, .. } => is_reference(collection),
        _ => false,
    }
}

/// What templates see: no names but their variables, which are a frame.
struct TemplateScope<'c>(&'c Context);

impl Scope for TemplateScope<'_> {
    fn value_of(&self, subject: &Subject, span: Option<Span>) -> Result<Value, Diagnostics> {
        let detail = format!("There is no variable named \"{subject}\".");
        let mut error = Diagnostic::error("Unknown variable", detail);
        error.subject = span;
        Err(error.into())
    }

    fn functions(&self) -> Option<&Context> {
        Some(self.0)
    }
}

/// Parses and evaluates the text of a template: the evaluator's part of `templatefile` and `templatestring`.
pub fn render_template(template: &Template<'_>, context: &Context) -> Result<Value, CallError> {
    let mut sources = SourceMap::new();
    let file = sources.add(template.name, template.text);
    let fail = |problems: &Diagnostics, prefix: &str| {
        let text = format!("{prefix}{}", problems.one_line());
        sources.resolve(&text).into_owned()
    };
    let (expression, problems) = parse_template(template.text, file, 0);
    if problems.has_errors() {
        return Err(match context.place {
            crate::functions::Place::TemplateString => CallError::argument(0, fail(&problems, "invalid template: ")),
            _ => fail(&problems, "").into(),
        });
    }
    let known = template.variables.as_entries();
    for variable in variables(&expression) {
        let traversal = variable.traversal();
        if !known.is_some_and(|known| known.contains_key(&traversal.root)) {
            let place = traversal.root_span.mention();
            let message = format!("vars map does not contain key {:?}, referenced at {place}", &*traversal.root);
            return Err(CallError::argument(1, sources.resolve(&message).into_owned()));
        }
    }
    let (value, problems) = Evaluator::render(&TemplateScope(context), &expression, template.variables);
    if problems.has_errors() {
        return Err(fail(&problems, "").into());
    }
    if value.is_null() {
        let detail = "The result of the template is null, which is not a valid result for a templatestring call.";
        let error = Diagnostic::error("Template result is null", detail).at(expression.span);
        return Err(fail(&error.into(), "").into());
    }
    Ok(value)
}
