//! Labels are written anew: with the escapes that are needed and no others.

use crate::syntax::Body;
use std::collections::HashMap;
use std::fmt::Write;

/// The text between the quotes of those labels that were not written as they should be, by where they start.
pub struct Labels(HashMap<u32, String>);

impl Labels {
    pub fn of(body: &Body, text: &str) -> Self {
        let mut labels = Self(HashMap::new());
        labels.collect(body, text);
        labels
    }

    pub fn get(&self, start: u32) -> Option<&str> {
        self.0.get(&start).map(String::as_str)
    }

    fn collect(&mut self, body: &Body, text: &str) {
        for block in &body.blocks {
            for label in &block.labels {
                let written = text.get(label.span.start as usize + 1..(label.span.end as usize).saturating_sub(1));
                // A sign is a token of its own; Terraform drops such labels, which helps nobody.
                if written.is_some_and(|written| needs_care(written) && !written.contains(['$', '%'])) {
                    self.0.insert(label.span.start, escape(&label.text));
                }
            }
            self.collect(&block.body, text);
        }
    }
}

fn needs_care(written: &str) -> bool {
    written.bytes().any(|byte| byte == b'\\' || byte < b' ' || byte == 0x7f)
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '"' | '\\' => escaped.extend(['\\', character]),
            _ if character.is_control() => {
                let _ = write!(escaped, "\\u{:04x}", u32::from(character));
            }
            _ => escaped.push(character),
        }
    }
    escaped
}
