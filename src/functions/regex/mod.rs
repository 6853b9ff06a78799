//! Regular expressions in the syntax of RE2, as Terraform has them, run by the `regex` crate.
//!
//! A pattern is translated once and kept: configurations call with few patterns and many texts.

mod pattern;

use super::entry::text;
use super::{CallError, Context, Function};
use crate::value::{Type, Value};
use pattern::{PatternError, translate};
use regex::{Captures, Regex};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

/// Patterns kept at a time.
const MAX_KEPT: usize = 256;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::computed("regex", [text("pattern"), text("string")], match_type, |call| {
            let pattern = compile(call.text(0)).map_err(invalid)?;
            let captures = pattern.regex.captures(call.text(1));
            let captures = captures.ok_or("pattern did not match any part of the given string")?;
            Ok(pattern.result(&captures))
        })
        .documented(
            "`regex` applies a [regular expression](https://en.wikipedia.org/wiki/Regular_expression) to a \
             string and returns the matching substrings.",
        )
        .example(r#"regex("[a-z]+", "53.345aaabbb23")"#, "\"aaabbb\""),
        Function::computed(
            "regexall",
            [text("pattern"), text("string")],
            |arguments, context| match_type(arguments, context).map(Type::list),
            |call| {
                let pattern = compile(call.text(0)).map_err(invalid)?;
                let matches =
                    pattern.regex.captures_iter(call.text(1)).map(|captures| pattern.result(&captures)).collect();
                Ok(Value::list(pattern.match_type().map_err(|message| CallError::argument(0, message))?, matches))
            },
        )
        .documented(
            "`regexall` applies a [regular expression](https://en.wikipedia.org/wiki/Regular_expression) to a \
             string and returns a list of all matches.",
        )
        .example(r#"length(regexall("[a-z]+", "1234abcd5678efgh9"))"#, "2"),
    ]
}

/// Replaces every match by a template in which `$1` and `${name}` stand for groups.
pub(super) fn replace_all(text: &str, pattern: &str, template: &str) -> Result<String, CallError> {
    let fail = |error: PatternError| format!("error parsing regexp: {}: `{}`", error.problem, error.part);
    let pattern = compile(pattern).map_err(fail)?;
    let replaced = pattern.regex.replace_all(text, |captures: &Captures<'_>| pattern.expand(template, captures));
    Ok(replaced.into_owned())
}

fn match_type(arguments: &[Value], _: &Context) -> Result<Type, CallError> {
    let Some(pattern) = arguments[0].as_str() else { return Ok(Type::Dynamic) };
    compile(pattern).map_err(invalid)?.match_type().map_err(|message| CallError::argument(0, message))
}

fn invalid(error: PatternError) -> CallError {
    CallError::argument(0, format!("invalid regexp pattern: {} in {}", error.problem, error.part))
}

struct Pattern {
    regex: Regex,
    /// Of the groups in order, empty where a group has none. Two groups may have one name.
    names: Vec<String>,
}

static KEPT: LazyLock<Mutex<HashMap<String, Arc<Pattern>>>> = LazyLock::new(Mutex::default);

fn compile(pattern: &str) -> Result<Arc<Pattern>, PatternError> {
    let mut kept = KEPT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(compiled) = kept.get(pattern) {
        return Ok(compiled.clone());
    }
    let translated = translate(pattern)?;
    let too_large = |_| PatternError { problem: "expression too large", part: pattern.to_owned() };
    let regex = regex::RegexBuilder::new(&translated.text).nest_limit(2000).build().map_err(too_large)?;
    let compiled = Arc::new(Pattern { regex, names: translated.names });
    if kept.len() >= MAX_KEPT {
        kept.clear();
    }
    kept.insert(pattern.to_owned(), compiled.clone());
    Ok(compiled)
}

impl Pattern {
    /// Text without groups, a tuple of unnamed ones, an object of named ones.
    fn match_type(&self) -> Result<Type, &'static str> {
        let named = self.names.iter().filter(|name| !name.is_empty()).count();
        match (self.names.len() - named, named) {
            (0, 0) => Ok(Type::String),
            (unnamed, 0) => Ok(Type::tuple(vec![Type::String; unnamed])),
            (0, _) => Ok(Type::object(self.names.iter().map(|name| (name.as_str().into(), Type::String)))),
            _ => Err("invalid regexp pattern: cannot mix both named and unnamed capture groups"),
        }
    }

    fn result(&self, captures: &Captures<'_>) -> Value {
        let group = |index: usize| match captures.get(index) {
            Some(found) => Value::text(found.as_str()),
            None => Value::null(Type::String),
        };
        match self.names.first() {
            None => group(0),
            Some(name) if name.is_empty() => Value::tuple((1..=self.names.len()).map(group).collect()),
            Some(_) => {
                let entries = self.names.iter().enumerate();
                Value::object(entries.map(|(index, name)| (name.as_str().into(), group(index + 1))))
            }
        }
    }

    fn expand(&self, template: &str, captures: &Captures<'_>) -> String {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            if let Some(after) = after.strip_prefix('$') {
                out.push('$');
                rest = after;
            } else if let Some((name, after)) = group_name(after) {
                out.push_str(self.group(name, captures).unwrap_or_default());
                rest = after;
            } else {
                out.push('$');
                rest = after;
            }
        }
        out + rest
    }

    /// By number or, of several with that name, the first that matched.
    fn group<'t>(&self, name: &str, captures: &Captures<'t>) -> Option<&'t str> {
        let found = match name.parse::<usize>() {
            Ok(number) => captures.get(number),
            Err(_) => {
                let numbers = (1..).zip(&self.names).filter(|(_, own)| *own == name);
                numbers.filter_map(|(number, _)| captures.get(number)).next()
            }
        };
        found.map(|found| found.as_str())
    }
}

/// `name` or `{name}`, as long as possible, and what comes after.
fn group_name(text: &str) -> Option<(&str, &str)> {
    let is_word = |character: char| character == '_' || character.is_alphanumeric();
    let (inner, is_braced) = match text.strip_prefix('{') {
        Some(inner) => (inner, true),
        None => (text, false),
    };
    let end = inner.find(|character| !is_word(character)).unwrap_or(inner.len());
    let (name, after) = inner.split_at(end);
    let after = if is_braced { after.strip_prefix('}')? } else { after };
    (!name.is_empty()).then_some((name, after))
}
