//! YAML as values: mappings are objects, sequences are tuples.
//!
//! One document, keys of text (or what converts to it), anchors, merge keys (`<<`). Messages are libyaml's; a place is only named
//! from the second line on, and lines are counted from zero there.

use super::layout::straighten;
use super::scalar::resolve;
use crate::value::quote::quote;
use crate::value::{Data, Text, Type, Value};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use std::collections::HashMap;

const MAX_DEPTH: usize = 500;
/// Parts of the result, repeated ones counted every time: aliases of aliases grow without bound.
const MAX_PARTS: usize = 10_000_000;

pub(super) fn decode(text: &str) -> Result<Value, String> {
    check_characters(text)?;
    check_directives(text)?;
    let straight = straighten(text);
    let source = if straight.is_empty() { "\n" } else { &straight };
    let mut decoder = Decoder {
        source,
        length: source.chars().count(),
        lines: source.split('\n').collect(),
        events: Parser::new_from_str(source),
        anchors: HashMap::new(),
        is_flow: Vec::new(),
        depth: 0,
        parts: 0,
    };
    decoder.document()
}

/// Neither control characters nor a byte order mark but the first.
fn check_characters(text: &str) -> Result<(), String> {
    let is_allowed = |character: char| matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..);
    match text.chars().all(is_allowed) {
        true => Ok(()),
        false => Err("control characters are not allowed".into()),
    }
}

/// Only version 1.1 is known.
fn check_directives(text: &str) -> Result<(), String> {
    for line in text.lines().take_while(|line| line.is_empty() || line.starts_with(['%', '#'])) {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("%YAML"), Some(version)) if version != "1.1" => return Err("found incompatible YAML document".into()),
            (Some("%YAML" | "%TAG"), _) => {}
            (Some(directive), _) if directive.starts_with('%') => return Err("found unknown directive name".into()),
            _ => {}
        }
    }
    Ok(())
}

struct Decoder<'t> {
    source: &'t str,
    /// In characters.
    length: usize,
    lines: Vec<&'t str>,
    events: Parser<'t, StrInput<'t>>,
    /// By number; nothing while the value is being read.
    anchors: HashMap<usize, Option<(Value, usize)>>,
    /// Of the collections that are open: written in brackets.
    is_flow: Vec<bool>,
    depth: usize,
    parts: usize,
}

type Found<'t> = (Event<'t>, Span);

impl<'t> Decoder<'t> {
    fn document(&mut self) -> Result<Value, String> {
        self.next()?;
        let start = self.next()?;
        if !matches!(start.0, Event::DocumentStart(_)) {
            return Err(at(start.1.start, "missing start of document"));
        }
        let first = self.next()?;
        let value = self.value(first)?;
        let (event, span) = self.next()?;
        if !matches!(event, Event::DocumentEnd) {
            return Err(at(span.start, "unexpected extra content after value"));
        }
        match self.next()? {
            (Event::StreamEnd, _) => Ok(value),
            (Event::DocumentStart(false), span) => Err(at(span.start, "did not find expected <document start>")),
            (_, span) => Err(at(span.start, "unexpected extra content after value")),
        }
    }

    fn next(&mut self) -> Result<Found<'t>, String> {
        match self.events.next_event() {
            Some(Ok((event, span))) => {
                self.check_tabs(&event, span.start)?;
                Ok((event, span))
            }
            Some(Err(error)) => Err(self.syntax_error(&error)),
            None => Err("invalid YAML syntax".into()),
        }
    }

    /// Outside of brackets no tab may stand before the first word of a line, or after a dash.
    fn check_tabs(&mut self, event: &Event<'_>, start: Marker) -> Result<(), String> {
        let line = self.lines.get(start.line().saturating_sub(1)).copied().unwrap_or_default();
        let byte = line.char_indices().nth(start.col()).map_or(line.len(), |(byte, _)| byte);
        let (before, rest) = line.split_at(byte);
        let is_inside_flow = self.is_flow.last() == Some(&true);
        match event {
            Event::SequenceEnd | Event::MappingEnd => {
                self.is_flow.pop();
                return Ok(());
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                self.is_flow.push(is_inside_flow || rest.starts_with(['[', '{']));
            }
            Event::Scalar(..) | Event::Alias(_) => {}
            _ => return Ok(()),
        }
        let word = before.trim_end_matches([' ', '\t']);
        let is_wrong =
            !is_inside_flow && before[word.len()..].contains('\t') && word.trim_matches(['-', ' ']).is_empty();
        match is_wrong {
            true => Err(scanner_error(start.line() - 1, "found character that cannot start any token")),
            false => Ok(()),
        }
    }

    fn value(&mut self, (event, span): Found<'t>) -> Result<Value, String> {
        self.depth += 1;
        self.parts += 1;
        if self.depth > MAX_DEPTH {
            return Err(at(span.start, "exceeded max depth"));
        }
        let before = self.parts;
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => (anchor, self.scalar(&text, style, tag.as_deref(), span)?),
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_deref(), "seq", "sequence", span)?;
                self.anchors.insert(anchor, None);
                (anchor, self.sequence()?)
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_deref(), "map", "mapping", span)?;
                self.anchors.insert(anchor, None);
                (anchor, self.mapping()?)
            }
            Event::Alias(anchor) => (0, self.alias(anchor, span)?),
            Event::StreamEnd => return Err(at(span.start, "expecting value but found end of stream")),
            _ => return Err(at(span.start, "only a single document is allowed")),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, Some((value.clone(), self.parts - before + 1)));
        }
        self.depth -= 1;
        Ok(value)
    }

    /// Without a tag, anything but a plain word is text.
    fn scalar(&self, text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Result<Value, String> {
        let tag = full_tag(tag);
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        // The parser ends a block with a line break even where the document has none.
        let is_cut = is_block && span.end.index() >= self.length && !self.source.ends_with(['\n', '\r']);
        let text = if is_cut { text.strip_suffix('\n').unwrap_or(text) } else { text };
        if tag.is_empty() && style != ScalarStyle::Plain {
            return Ok(Value::text(text));
        }
        let is_quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
        resolve(&tag, text, is_quoted).map_err(|message| at(span.start, &message))
    }

    fn sequence(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::tuple(items)),
                found => items.push(self.value(found)?),
            }
        }
    }

    fn mapping(&mut self) -> Result<Value, String> {
        let mut entries: Vec<(Text, Value)> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            let (text, style, tag) = match event {
                Event::MappingEnd => return Ok(Value::object(entries)),
                Event::Scalar(text, style, _, tag) => (text, style, tag),
                _ => return Err(at(span.start, "only strings are allowed as mapping keys")),
            };
            let tag = full_tag(tag.as_deref());
            let found = self.next();
            if tag.is_empty() && text == "<<" || tag == "tag:yaml.org,2002:merge" {
                let merged = self.value(found?)?;
                merge(&merged, &mut entries, span)?;
                continue;
            }
            let is_quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
            let key = resolve(&tag, &text, is_quoted)?;
            let key = key.convert(&Type::String).map_err(|error| at(span.start, &error.message))?;
            let Some(key) = key.as_str().cloned() else {
                return Err(at(span.start, "mapping key cannot be null"));
            };
            entries.push((key, self.value(found?)?));
        }
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<Value, String> {
        let (value, parts) = match self.anchors.get(&anchor) {
            Some(Some(found)) => found.clone(),
            pending => {
                let name = quote(&self.name_at(span.start));
                let message = match pending {
                    Some(_) => format!("cannot refer to anchor {name} from inside its own definition"),
                    None => format!("reference to undefined anchor {name}"),
                };
                return Err(at(span.start, &message));
            }
        };
        self.parts = self.parts.saturating_add(parts);
        match self.parts > MAX_PARTS {
            true => Err(at(span.start, "document contains excessive aliasing")),
            false => Ok(value),
        }
    }

    /// The name after `*`.
    fn name_at(&self, mark: Marker) -> String {
        let rest = self.source.chars().skip(mark.index()).skip_while(|character| *character == '*');
        rest.take_while(|character| !character.is_whitespace() && !",[]{}".contains(*character)).collect()
    }

    fn first_column(&self, mark: Marker) -> usize {
        let line = self.lines.get(mark.line().saturating_sub(1)).copied().unwrap_or_default();
        line.len() - line.trim_start_matches(' ').len()
    }

    /// In libyaml's words. It counts lines from zero and names no place on the first; the scanner is one line ahead.
    fn syntax_error(&self, error: &ScanError) -> String {
        let mark = *error.marker();
        let info = error.info();
        let problem = match info.rsplit_once(", ") {
            Some((context, problem)) if context.starts_with("while") => problem,
            _ => info,
        };
        let is_from_parser = problem.starts_with("did not find expected") || problem.starts_with("expected");
        let problem = match problem {
            "found unknown anchor" => {
                let message = format!("reference to undefined anchor {}", quote(&self.name_at(mark)));
                return at(mark, &message);
            }
            "expected ',' or ']'" => "did not find expected ',' or ']'",
            "simple key expected ':'" | "simple key expected" => "could not find expected ':'",
            problem if problem.starts_with("invalid trailing content") => "did not find expected key",
            problem if problem.contains("tab") || problem.starts_with("unexpected character") => {
                "found character that cannot start any token"
            }
            problem => problem,
        };
        let is_at_end = mark.index() >= self.length;
        let (line, column) = match is_at_end && mark.col() > 0 {
            true => (mark.line(), 0),
            // What is no key is noticed behind its first word.
            false if problem == "did not find expected key" => (mark.line().saturating_sub(1), self.first_column(mark)),
            false => (mark.line().saturating_sub(1), mark.col()),
        };
        match (line, is_from_parser) {
            (0, _) => problem.to_owned(),
            (line, true) => format!("on line {line}, column {}: {problem}", column + 1),
            (line, false) => scanner_error(line, problem),
        }
    }
}

/// The scanner's lines are one ahead of the parser's, but for the first, which neither names.
fn scanner_error(line: usize, problem: &str) -> String {
    match line {
        0 => problem.to_owned(),
        line => format!("on line {}, column 1: {problem}", line + 1),
    }
}

/// With the place of an event.
fn at(mark: Marker, message: &str) -> String {
    match mark.line().saturating_sub(1) {
        0 => message.to_owned(),
        line => format!("on line {line}, column {}: {message}", mark.col() + 1),
    }
}

fn full_tag(tag: Option<&Tag>) -> String {
    tag.map(|tag| format!("{}{}", tag.handle, tag.suffix)).unwrap_or_default()
}

fn check_tag(tag: Option<&Tag>, kind: &str, what: &str, span: Span) -> Result<(), String> {
    let tag = full_tag(tag);
    match tag.is_empty() || tag == format!("tag:yaml.org,2002:{kind}") {
        true => Ok(()),
        false => Err(at(span.start, &format!("can't interpret {what} as {tag}"))),
    }
}

/// `<<`: the entries of a mapping as if they stood here. A sequence of mappings is not merged, and which of two reasons is given
/// depends on what it holds.
fn merge(merged: &Value, entries: &mut Vec<(Text, Value)>, span: Span) -> Result<(), String> {
    let is_mapping = |value: &&Value| matches!(value.data(), Data::Object(_));
    let wrong = match merged.data() {
        Data::Object(own) => {
            entries.extend(own.iter().map(|(key, value)| (key.clone(), value.clone())));
            return Ok(());
        }
        Data::Tuple(items) => items.iter().find(|item| !is_mapping(item)).map(|item| (item, " (from sequence)")),
        _ => None,
    };
    let (value, from) = wrong.unwrap_or((merged, ""));
    Err(at(span.start, &format!("cannot merge {}{from} into mapping", value.type_of().friendly_name())))
}
