//! Texts in a difference: quoted, several lines long, or JSON inside.

use super::sequence::match_items;
use super::text::{Options, forces, indent, null_suffix, symbol_column};
use super::{Diff, Kind, Pair, dynamic, render};
use crate::change::Action;
use crate::value::{Text, Value, from_json};

/// A text looked at from the inside.
enum Content {
    Null,
    Line(Text),
    /// Without blank lines and blanks at either end.
    Lines(String),
    Json(Value),
}

fn content(value: Option<&Value>) -> Content {
    let Some(text) = value.and_then(Value::as_str) else { return Content::Null };
    if text.starts_with(['{', '['])
        && let Ok(json) = serde_json::from_str(text)
    {
        return Content::Json(from_json(&json));
    }
    if text.contains('\n') { Content::Lines(text.trim().to_owned()) } else { Content::Line(text.clone()) }
}

impl Content {
    /// On one line.
    fn simple(&self, options: &Options) -> String {
        match self {
            Content::Null => options.paint.gray("null"),
            Content::Line(text) => quoted_as_go(text),
            Content::Lines(text) => quoted_as_go(text),
            Content::Json(_) => String::new(),
        }
    }

    fn lines(&self) -> Vec<&str> {
        match self {
            Content::Null | Content::Json(_) => vec![""],
            Content::Line(text) => text.split('\n').collect(),
            Content::Lines(text) => text.split('\n').collect(),
        }
    }
}

pub(super) fn render_string(
    diff: &Diff,
    before: Option<&Value>,
    after: Option<&Value>,
    depth: usize,
    options: &Options,
) -> String {
    match diff.action {
        Action::Update => render_update(diff, before, after, depth, options),
        action => {
            let shown = content(if action == Action::Delete { before } else { after });
            match &shown {
                Content::Json(json) => match action {
                    Action::Create => render_json(diff, None, Some(json), depth, options),
                    Action::Delete => render_json(diff, Some(json), None, depth, options),
                    _ => render_json(diff, Some(json), Some(json), depth, options),
                },
                Content::Lines(_) => {
                    let lines: Vec<String> =
                        shown.lines().into_iter().map(|line| text_line(Action::NoOp, line, depth, options)).collect();
                    render_lines(diff, &lines, depth, options)
                }
                Content::Null => format!("{}{}", shown.simple(options), forces(diff, options)),
                Content::Line(_) => {
                    format!("{}{}{}", shown.simple(options), null_suffix(action, options), forces(diff, options))
                }
            }
        }
    }
}

fn render_update(
    diff: &Diff,
    before: Option<&Value>,
    after: Option<&Value>,
    depth: usize,
    options: &Options,
) -> String {
    let (old, new) = (content(before), content(after));
    match (&old, &new) {
        (Content::Json(old), Content::Json(new)) => render_json(diff, Some(old), Some(new), depth, options),
        (Content::Json(_), _) | (_, Content::Json(_)) => {
            let side = |before: Option<&Value>, after: Option<&Value>, action| {
                let kind = Kind::Primitive { before: before.cloned(), after: after.cloned(), is_string: true };
                Box::new(Diff { kind, action, forces_replacement: false })
            };
            let kind = Kind::TypeChange {
                before: side(before, None, Action::Delete),
                after: side(None, after, Action::Create),
            };
            render(&Diff { kind, ..diff.clone() }, depth, options)
        }
        (Content::Lines(_), _) | (_, Content::Lines(_)) => {
            let lines = changed_lines(&old.lines(), &new.lines(), depth, options);
            render_lines(diff, &lines, depth, options)
        }
        _ => {
            let arrow = options.paint.yellow("->");
            format!("{} {arrow} {}{}", old.simple(options), new.simple(options), forces(diff, options))
        }
    }
}

fn changed_lines(before: &[&str], after: &[&str], depth: usize, options: &Options) -> Vec<String> {
    let mut lines = Vec::new();
    for (old, new) in match_items(before, after, |_, _| false) {
        let (old, new) = (old.map(|index| before[index]), new.map(|index| after[index]));
        if old == new {
            lines.extend(old.map(|line| text_line(Action::NoOp, line, depth, options)));
        } else {
            lines.extend(old.map(|line| text_line(Action::Delete, line, depth, options)));
            lines.extend(new.map(|line| text_line(Action::Create, line, depth, options)));
        }
    }
    lines
}

fn text_line(action: Action, line: &str, depth: usize, options: &Options) -> String {
    format!("{}{}{line}", indent(depth + 1), symbol_column(action, options))
}

fn render_lines(diff: &Diff, lines: &[String], depth: usize, options: &Options) -> String {
    format!(
        "<<-EOT{}\n{}\n{}{}EOT{}",
        forces(diff, options),
        lines.join("\n"),
        indent(depth),
        symbol_column(Action::NoOp, options),
        null_suffix(diff.action, options)
    )
}

fn render_json(diff: &Diff, before: Option<&Value>, after: Option<&Value>, depth: usize, options: &Options) -> String {
    let mut pair = Pair::new(before, after);
    pair.before.is_explicit = diff.action != Action::Create;
    pair.after.is_explicit = diff.action != Action::Delete;
    let inner = dynamic::diff_part(pair);
    let mut inner_options = Options { override_null_suffix: true, ..options.for_parts() };
    let only_blanks_changed = inner.action == Action::NoOp && diff.action == Action::Update;
    let (mut whitespace, mut replacement) = ("", String::new());
    if only_blanks_changed {
        inner_options.shows_unchanged = true;
        whitespace =
            if diff.forces_replacement { " # whitespace changes force replacement" } else { " # whitespace changes" };
    } else {
        replacement = forces(diff, options);
    }
    let is_marked = diff.action == Action::Update && !only_blanks_changed;
    let action = if is_marked { Action::Update } else { Action::NoOp };
    let text = render(&inner, depth + 1, &inner_options);
    if !text.contains('\n') {
        return format!("jsonencode({text}){whitespace}{replacement}");
    }
    format!(
        "jsonencode({whitespace}\n{}{}{text}{replacement}\n{}{}){}",
        indent(depth + 1),
        symbol_column(action, options),
        indent(depth),
        symbol_column(Action::NoOp, options),
        null_suffix(diff.action, options)
    )
}

/// A text in quotes as Go's `%q` writes it, which is what Terraform shows.
pub fn quoted_as_go(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if (c as u32) < 0x20 || c == '\u{7f}' => out.push_str(&format!("\\x{:02x}", c as u32)),
            c if is_printable(c) => out.push(c),
            c if (c as u32) < 0x10000 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push_str(&format!("\\U{:08x}", c as u32)),
        }
    }
    out.push('"');
    out
}

/// Letters, marks, numbers, punctuation, symbols and the ordinary space.
fn is_printable(c: char) -> bool {
    let is_format = matches!(c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}');
    let is_private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}');
    c == ' ' || !(c.is_control() || c.is_whitespace() || is_format || is_private)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_quotes_what_does_not_print() {
        assert_eq!(quoted_as_go("a\"b\\\n\u{1}\u{a0}é\u{200b}"), r#""a\"b\\\n\x01\u00a0é\u200b""#);
    }
}
