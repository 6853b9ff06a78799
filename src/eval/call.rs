//! Function calls: `name(arguments...)`.
//!
//! What a function is and how arguments become values is the functions' own convention; here arguments are evaluated and what went wrong
//! is said where it was written. `try`, `can` and `templatestring` get their arguments as expressions.

use super::evaluator::{Evaluator, unknown};
use super::{Frame, Scope, lazy, unknown_function};
use crate::diag::{Diagnostic, FunctionCall, Span};
use crate::functions::{self, CallError, Context, Function, signature_json};
use crate::syntax::{Call, Expression, ExpressionKind, TemplatePart};
use crate::value::{Data, Type, Value};

/// An argument: an expression, or an item of the last argument, which `...` spread out.
enum Argument<'e> {
    Expression(&'e Expression),
    Item(Value, Span),
}

impl Argument<'_> {
    /// Where diagnostics point.
    fn start_span(&self) -> Span {
        match self {
            Self::Expression(expression) => start_span(expression),
            Self::Item(_, span) => *span,
        }
    }
}

/// One call and what its diagnostics need.
struct Site<'e> {
    expression: &'e Expression,
    call: &'e Call,
    function: &'static Function,
}

impl Evaluator<'_> {
    pub(super) fn call(&mut self, expression: &Expression, call: &Call, frame: Option<&Frame<'_>>) -> Value {
        let scope = self.scope;
        let Some(context) = scope.functions() else {
            let error = Diagnostic::error("Function calls not allowed", "Functions may not be called here.");
            self.fail(error.at(expression.span), expression, frame);
            return unknown();
        };
        let Some(function) = find(&call.name, context, scope) else {
            let error = unknown_function::diagnostic(&call.name, context, scope);
            self.fail(error.at(call.name_span).within(expression.span), expression, frame);
            return unknown();
        };
        let site = Site { expression, call, function };
        let Some(arguments) = self.arguments(&site, frame) else { return unknown() };
        if let Err(error) = function.check_count(arguments.len()) {
            let span = match error {
                CallError::TooManyArguments => arguments[function.parameters.len()].start_span(),
                _ => call.close_span,
            };
            self.fail_call(&site, &error, span, Some(expression), frame);
            return unknown();
        }
        if function.takes_expressions() {
            let expressions: Option<Vec<&Expression>> = arguments
                .iter()
                .map(|argument| match argument {
                    Argument::Expression(expression) => Some(*expression),
                    Argument::Item(..) => None,
                })
                .collect();
            if let Some(outcome) =
                expressions.and_then(|expressions| lazy::call(self, function, &expressions, context, frame))
            {
                return outcome.unwrap_or_else(|error| self.call_failed(&site, &error, &arguments, frame));
            }
        }
        match self.argument_values(&site, &arguments, frame) {
            None => unknown(),
            Some(values) => function
                .call(values, context)
                .unwrap_or_else(|error| self.call_failed(&site, &error, &arguments, frame)),
        }
    }

    /// The arguments as written, the last one spread out where it should be; nothing where that cannot be done (or is not known yet).
    fn arguments<'e>(&mut self, site: &Site<'e>, frame: Option<&Frame<'_>>) -> Option<Vec<Argument<'e>>> {
        let written = &site.call.arguments;
        let Some((last, others)) = written.split_last().filter(|_| site.call.expands_last) else {
            return Some(written.iter().map(Argument::Expression).collect());
        };
        let before = self.checkpoint();
        let value = self.evaluate(last, frame);
        if self.failed_since(before) {
            return None;
        }
        let is_sequence = matches!(value.type_of(), Type::Tuple(_) | Type::List(_) | Type::Set(_));
        let problem = match value.data() {
            Data::Null(of) if is_sequence || *of == Type::Dynamic => {
                "The expanding argument (indicated by ...) must not be null."
            }
            Data::Unknown(unknown) if is_sequence || *unknown.type_of() == Type::Dynamic => return None,
            _ if is_sequence => {
                let marks = value.marks();
                let items = value.as_items().unwrap_or_default().iter();
                let items = items.map(|item| Argument::Item(item.clone().with_marks(marks), last.span));
                return Some(others.iter().map(Argument::Expression).chain(items).collect());
            }
            _ => "The expanding argument (indicated by ...) must be of a tuple, list, or set type.",
        };
        let mut error = Diagnostic::error("Invalid expanding argument value", problem).at(last.span);
        error.function_call = Some(site.called(self.scope.functions()));
        self.fail(error.within(site.expression.span), last, frame);
        None
    }

    /// Every argument as its parameter's type; nothing after an error.
    fn argument_values(
        &mut self,
        site: &Site<'_>,
        arguments: &[Argument<'_>],
        frame: Option<&Frame<'_>>,
    ) -> Option<Vec<Value>> {
        let before = self.checkpoint();
        let mut values = Vec::with_capacity(arguments.len());
        for (index, argument) in arguments.iter().enumerate() {
            let value = match argument {
                Argument::Expression(expression) => self.evaluate(expression, frame),
                Argument::Item(value, _) => value.clone(),
            };
            match site.function.convert_argument(index, value) {
                Ok(value) => values.push(value),
                Err(error) => {
                    let about = match argument {
                        Argument::Expression(expression) => Some(*expression),
                        Argument::Item(..) => None,
                    };
                    self.fail_call(site, &error, argument.start_span(), about, frame);
                }
            }
        }
        (!self.failed_since(before)).then_some(values)
    }

    /// The call itself gave an error.
    fn call_failed(
        &mut self,
        site: &Site<'_>,
        error: &CallError,
        arguments: &[Argument<'_>],
        frame: Option<&Frame<'_>>,
    ) -> Value {
        let (span, about) = match error.index(arguments.len()).map(|index| &arguments[index]) {
            Some(argument @ Argument::Expression(expression)) => (argument.start_span(), Some(*expression)),
            Some(argument @ Argument::Item(..)) => (argument.start_span(), None),
            None => match error {
                CallError::Argument { index, .. } if site.function.parameter(*index).is_some() => {
                    (site.expression.span, Some(site.expression))
                }
                _ => (start_span(site.expression), Some(site.expression)),
            },
        };
        self.fail_call(site, error, span, about, frame);
        unknown()
    }

    fn fail_call(
        &mut self,
        site: &Site<'_>,
        error: &CallError,
        span: Span,
        about: Option<&Expression>,
        frame: Option<&Frame<'_>>,
    ) {
        let summary = error.summary(site.function);
        let mut diagnostic = Diagnostic::error(summary, error.detail(site.function, &site.call.name))
            .at(span)
            .within(site.expression.span);
        diagnostic.function_call = Some(site.called(self.scope.functions()));
        match about {
            Some(about) => self.fail(diagnostic, about, frame),
            None => self.push(diagnostic),
        }
    }
}

impl Site<'_> {
    fn called(&self, context: Option<&Context>) -> FunctionCall {
        let name = &*self.call.name;
        let base = name.rsplit_once("::").map_or(name, |(_, base)| base);
        FunctionCall {
            name: name.to_owned(),
            signature: self.function.signature(base),
            json: context.map(|context| signature_json(self.function, base, context)).unwrap_or_default(),
        }
    }
}

fn find(name: &str, context: &Context, scope: &dyn Scope) -> Option<&'static Function> {
    match name.strip_prefix("provider::") {
        None => functions::find(name, context),
        Some(rest) => {
            let (provider, function) = rest.split_once("::")?;
            scope.provider_function(provider, function)
        }
    }
}

/// The beginning of an expression, which is what diagnostics about an argument point at.
pub(super) fn start_span(expression: &Expression) -> Span {
    let first_character = Span { end: expression.span.start + 1, ..expression.span };
    match &expression.kind {
        ExpressionKind::Call(call) => call.name_span.to(call.open_span),
        ExpressionKind::Conditional { condition, .. } => start_span(condition),
        ExpressionKind::Binary { left, .. } => start_span(left),
        ExpressionKind::Unary { operator_span, .. } => *operator_span,
        ExpressionKind::Index { open_span, .. } => *open_span,
        ExpressionKind::Splat { marker_span, .. } => *marker_span,
        ExpressionKind::Tuple(_) | ExpressionKind::Object(_) => first_character,
        ExpressionKind::For(each) => each.open_span,
        ExpressionKind::Parentheses(inner) => start_span(inner),
        ExpressionKind::Template(template) => match template.parts.first() {
            Some(TemplatePart::Literal { span, .. }) => *span,
            Some(TemplatePart::Interpolation(inner)) => start_span(inner),
            Some(TemplatePart::If { condition, .. }) => start_span(condition),
            Some(TemplatePart::For { span, .. }) => *span,
            None => expression.span,
        },
        _ => expression.span,
    }
}
