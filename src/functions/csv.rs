//! `csvdecode`: RFC 4180, as strict as Go's reader.

use super::entry::text;
use super::{CallError, Context, Function};
use crate::value::quote::quote;
use crate::value::{Text, Type, Value};
use std::collections::BTreeSet;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::computed("csvdecode", [text("str")], header_type, |call| {
            let Type::List(row) = call.returns else { return Ok(call.unknown()) };
            let mut records = Records::new(call.text(0));
            let header: Vec<Text> =
                records.next().transpose()?.unwrap_or_default().iter().map(|name| nfc(name)).collect();
            records.width = header.len();
            let mut rows = Vec::new();
            for record in records {
                let record = record?;
                let entries = header.iter().cloned().zip(record.iter().map(|field| Value::text(field)));
                rows.push(Value::object(entries));
            }
            Ok(Value::list((**row).clone(), rows))
        })
        .documented(
            "`csvdecode` decodes a string containing CSV-formatted data and produces a list of maps \
             representing that data.",
        )
        .example(r#"csvdecode("a,b\n1,2\n")[0].b"#, "\"2\""),
    ]
}

/// The first line names the attributes.
fn header_type(arguments: &[Value], _: &Context) -> Result<Type, CallError> {
    let Some(text) = arguments[0].as_str() else { return Ok(Type::Dynamic) };
    let header = Records::new(text).next().ok_or("missing header line")??;
    let mut names = BTreeSet::new();
    for name in &header {
        if !names.insert(nfc(name)) {
            return Err(format!("duplicate column name {}", quote(name)).into());
        }
    }
    Ok(Type::list(Type::object(names.into_iter().map(|name| (name, Type::String)))))
}

fn nfc(text: &str) -> Text {
    Value::text(text).as_str().expect("text is text").clone()
}

/// Records one after the other. Empty lines are none.
struct Records<'a> {
    lines: std::str::SplitInclusive<'a, char>,
    line_number: usize,
    /// Fields of each record; of the first one if zero.
    width: usize,
}

impl<'a> Records<'a> {
    fn new(text: &'a str) -> Self {
        Self { lines: text.split_inclusive('\n'), line_number: 0, width: 0 }
    }

    /// The next line with its end, which is always `\n`.
    fn line(&mut self) -> Option<String> {
        let line = self.lines.next()?;
        self.line_number += 1;
        Some(match line.strip_suffix("\r\n") {
            Some(content) => format!("{content}\n"),
            // A carriage return at the very end is dropped.
            None if !line.ends_with('\n') => line.strip_suffix('\r').unwrap_or(line).to_owned(),
            None => line.to_owned(),
        })
    }

    fn record(&mut self, first_line: String) -> Result<Vec<String>, CallError> {
        let start = self.line_number;
        let fail = |line: usize, what: &str| Err(format!("CSV parse error on line {line}: {what}").into());
        let mut fields = Vec::new();
        let mut line = first_line;
        let mut rest = &line[..];
        loop {
            if !rest.starts_with('"') {
                let (field, more) = match rest.split_once(',') {
                    Some((field, more)) => (field, Some(more)),
                    None => (rest.strip_suffix('\n').unwrap_or(rest), None),
                };
                if field.contains('"') {
                    return fail(self.line_number, "bare \" in non-quoted-field");
                }
                fields.push(field.to_owned());
                match more {
                    Some(more) => rest = more,
                    None => break,
                }
                continue;
            }
            rest = &rest[1..];
            let mut field = String::new();
            let is_last = loop {
                let Some((content, more)) = rest.split_once('"') else {
                    field.push_str(rest);
                    match self.line() {
                        Some(next) => line = next,
                        None => {
                            let at = self.line_number;
                            return fail(at, "extraneous or missing \" in quoted-field");
                        }
                    }
                    rest = &line[..];
                    continue;
                };
                field.push_str(content);
                match more.as_bytes().first() {
                    Some(b'"') => {
                        field.push('"');
                        rest = &more[1..];
                    }
                    Some(b',') => {
                        rest = &more[1..];
                        break false;
                    }
                    None | Some(b'\n') => break true,
                    Some(_) => return fail(self.line_number, "extraneous or missing \" in quoted-field"),
                }
            };
            fields.push(field);
            if is_last {
                break;
            }
        }
        match self.width != 0 && fields.len() != self.width {
            true => fail(start, "wrong number of fields"),
            false => Ok(fields),
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Vec<String>, CallError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = self.line()?;
        while line == "\n" {
            line = self.line()?;
        }
        Some(self.record(line))
    }
}
