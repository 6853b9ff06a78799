//! The console: one line is one expression, or a word for the console itself.

use crate::addr::reference::{Reference, Subject};
use crate::diag::{Diagnostic, Diagnostics, SourceMap, Span};
use crate::eval::{Scope, evaluate_checked};
use crate::functions::{Context, Function};
use crate::plan::{self, Evaluation, Input, Place, Silence};
use crate::syntax::parse_expression;
use crate::value::{Data, Value};
use std::sync::Arc;

/// What came of a line.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A type is what `type()` gave.
    Value(Value),
    /// Nothing, or help.
    Text(&'static str),
    /// The user wants to leave.
    Exit,
}

const HELP: &str = "The Terraform console allows you to experiment with Terraform interpolations.
You may access resources in the state (if you have one) just as you would
from a configuration. For example: \"aws_instance.foo.id\" would evaluate
to the ID of \"aws_instance.foo\" if it exists in your state.

Type in the interpolation to test and hit <enter> to see the result.

To exit the console, type \"exit\" and hit <enter>, or use Control-C or
Control-D.";

/// The values that a plan expects, instead of those that are recorded.
pub fn evaluate_from_plan(input: Arc<Input>) -> (Evaluation, Diagnostics) {
    let options = plan::Options::default();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let detail = format!("The machine gave no event loop: {error}.");
            return (Evaluation::new(input), Diagnostic::error("Cannot make a plan", detail).into());
        }
    };
    let planned = runtime.block_on(plan::make(input, &options, &Silence));
    (planned.evaluation, planned.diagnostics)
}

/// The root module as seen from the console, which has a function of its own and lacks one.
pub struct ConsoleScope<'a> {
    module: &'a Place<'a>,
    functions: Context,
}

impl<'a> ConsoleScope<'a> {
    pub fn new(module: &'a Place<'a>) -> Self {
        let functions = Context { is_console: true, ..Context::clone(&module.input.functions) };
        Self { module, functions }
    }
}

impl Scope for ConsoleScope<'_> {
    fn value_of(&self, subject: &Subject, span: Option<Span>) -> Result<Value, Diagnostics> {
        self.module.value_of(subject, span)
    }

    fn check(&self, reference: &Reference<'_>) -> Diagnostics {
        self.module.check(reference)
    }

    fn functions(&self) -> Option<&Context> {
        Some(&self.functions)
    }

    fn provider_function(&self, provider: &str, function: &str) -> Option<&'static Function> {
        self.module.provider_function(provider, function)
    }

    fn has_provider_functions(&self, provider: &str) -> bool {
        self.module.has_provider_functions(provider)
    }
}

/// Answers a line. The line is added to the sources, so that diagnostics can point into it.
pub fn answer(line: &str, scope: &dyn Scope, sources: &mut SourceMap) -> Result<Answer, Diagnostics> {
    match line.trim() {
        "" => Ok(Answer::Text("")),
        "exit" => Ok(Answer::Exit),
        "help" => Ok(Answer::Text(HELP)),
        line => evaluate_line(line, scope, sources).map(Answer::Value),
    }
}

fn evaluate_line(line: &str, scope: &dyn Scope, sources: &mut SourceMap) -> Result<Value, Diagnostics> {
    let file = sources.add("<console-input>", line);
    let (expression, problems) = parse_expression(line, file, 0);
    if problems.has_errors() {
        return Err(problems);
    }
    let (value, problems) = evaluate_checked(&expression, scope);
    if problems.has_errors() {
        return Err(problems);
    }
    if !matches!(value.data(), Data::Type(_)) && holds_type(&value) {
        let detail = "The console-only \"type\" function cannot be used as part of an expression.";
        return Err(Diagnostic::error("Invalid use of type function", detail).into());
    }
    Ok(value)
}

/// Whether there is a type as a value anywhere inside.
fn holds_type(value: &Value) -> bool {
    match value.data() {
        Data::Type(_) => true,
        _ => {
            value.as_items().unwrap_or_default().iter().any(holds_type)
                || value.as_entries().is_some_and(|entries| entries.values().any(holds_type))
        }
    }
}
