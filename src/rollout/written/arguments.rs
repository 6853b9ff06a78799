//! Arguments of `rollout` blocks as what they should be, with a diagnostic at the argument where they are not.

use super::duration::parse_duration;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::eval::{Scope, evaluate};
use crate::rollout::policy::Amount;
use crate::syntax::{Block, Body, BodySchema, Content};
use crate::value::{Number, Text, Type, Value};
use std::time::Duration;

/// Where arguments are read from, and what was found wrong with them.
pub(super) struct Arguments<'a> {
    pub scope: &'a dyn Scope,
    pub must_be_known: bool,
    pub found: Diagnostics,
}

impl Arguments<'_> {
    pub fn error(&mut self, summary: &str, detail: impl Into<String>, span: Span) {
        self.found.push(Diagnostic::error(summary, detail).at(span));
    }

    /// At the value of an argument that is there.
    pub fn error_at(&mut self, content: &Content, name: &str, summary: &str, detail: impl Into<String>) {
        if let Some(attribute) = content.attribute(name) {
            self.error(summary, detail, attribute.expression.span);
        }
    }

    pub fn content(&mut self, body: &Body, schema: &BodySchema<'_>) -> Content {
        let (content, found) = body.content(schema);
        self.found.extend(found);
        content
    }

    /// Where the second block stands, if there is one.
    pub fn only_one(&self, blocks: &[&Block]) -> Option<Span> {
        blocks.get(1).map(|block| block.header_span())
    }

    /// The value of an argument. Nothing where it is missing, null, or not known.
    pub fn value(&mut self, content: &Content, name: &str) -> Option<Value> {
        let attribute = content.attribute(name)?;
        let (value, found) = evaluate(&attribute.expression, self.scope);
        let has_failed = found.has_errors();
        self.found.extend(found);
        let (value, _) = value.unmark_deep();
        if has_failed || value.is_null() {
            return None;
        }
        if !value.is_wholly_known() {
            if self.must_be_known {
                let detail = format!(
                    "{name} is only known after apply, but the steps of a rollout are part of the plan. Use a value that is known before."
                );
                self.error("Unknown value in rollout", detail, attribute.expression.span);
            }
            return None;
        }
        Some(value)
    }

    fn value_as(&mut self, content: &Content, name: &str, of: &Type, wanted: &str) -> Option<Value> {
        let value = self.value(content, name)?;
        let converted = value.convert(of).ok().filter(|value| !value.is_null());
        if converted.is_none() {
            self.error_at(content, name, "Invalid value in rollout", format!("{name} must be {wanted}."));
        }
        converted
    }

    pub fn text(&mut self, content: &Content, name: &str) -> Option<Text> {
        self.value_as(content, name, &Type::String, "a string")?.as_str().cloned()
    }

    pub fn flag(&mut self, content: &Content, name: &str) -> Option<bool> {
        self.value_as(content, name, &Type::Bool, "true or false")?.as_bool()
    }

    pub fn number(&mut self, content: &Content, name: &str) -> Option<f64> {
        self.value_as(content, name, &Type::Number, "a number")?.as_number().map(Number::to_f64)
    }

    /// A whole number within limits.
    pub fn count(&mut self, content: &Content, name: &str, least: usize, most: usize) -> Option<usize> {
        let number = self.value_as(content, name, &Type::Number, "a number")?;
        let count = number.as_number().and_then(Number::to_usize).filter(|count| (least..=most).contains(count));
        if count.is_none() {
            let detail = format!("{name} must be a whole number from {least} to {most}.");
            self.error_at(content, name, "Invalid value in rollout", detail);
        }
        count
    }

    /// `"5m"`
    pub fn duration(&mut self, content: &Content, name: &str) -> Option<Duration> {
        let text = self.text(content, name)?;
        let duration = parse_duration(&text);
        if duration.is_none() {
            let detail = format!("{name} must be a duration such as \"90s\", \"5m\" or \"1h30m\"; {text:?} is none.");
            self.error_at(content, name, "Invalid duration", detail);
        }
        duration
    }

    /// A duration in which something must have a chance to happen.
    pub fn wait(&mut self, content: &Content, name: &str) -> Option<Duration> {
        let duration = self.duration(content, name)?;
        if duration.is_zero() {
            self.error_at(content, name, "Invalid duration", format!("{name} must be longer than nothing."));
            return None;
        }
        Some(duration)
    }

    /// `2` or `"25%"`
    pub fn amount(&mut self, content: &Content, name: &str, least: usize) -> Option<Amount> {
        let value = self.value(content, name)?;
        let amount = match (value.as_number(), value.as_str()) {
            (Some(number), _) => number.to_usize().map(Amount::Count),
            (None, Some(text)) => match text.strip_suffix('%') {
                Some(percent) => percent.parse().ok().filter(|percent| *percent <= 100).map(Amount::Percent),
                None => text.parse().ok().map(Amount::Count),
            },
            (None, None) => None,
        };
        let amount = amount.filter(|amount| match amount {
            Amount::Count(count) => *count >= least,
            Amount::Percent(percent) => usize::from(*percent) >= least,
        });
        if amount.is_none() {
            let detail = format!(
                "{name} must be a number of servers, at least {least}, or a share of the fleet such as \"25%\"."
            );
            self.error_at(content, name, "Invalid amount of servers", detail);
        }
        amount
    }

    /// A list of whole numbers within limits.
    pub fn counts(&mut self, content: &Content, name: &str, least: usize, most: usize) -> Option<Vec<usize>> {
        let value = self.value_as(content, name, &Type::list(Type::Number), "a list of numbers")?;
        let counts: Option<Vec<usize>> = value
            .as_items()?
            .iter()
            .map(|item| item.as_number()?.to_usize().filter(|count| (least..=most).contains(count)))
            .collect();
        if counts.is_none() {
            let detail = format!("{name} must be a list of whole numbers from {least} to {most}.");
            self.error_at(content, name, "Invalid value in rollout", detail);
        }
        counts
    }
}
