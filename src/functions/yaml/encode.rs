//! Values as YAML, byte for byte as libyaml's emitter lays them out.
//!
//! Text is in double quotes, or a literal block (`|`) where it has line breaks and nothing that a block cannot hold; blocks nest by
//! two blanks, lists under a key by none; lines are folded at a blank beyond column 80.

use crate::value::{Data, Value};

const INDENT: i32 = 2;
const WIDTH: i32 = 80;
/// Longer keys are written with a question mark.
const MAX_SIMPLE_KEY: usize = 128;
const MAX_DEPTH: usize = 500;

pub(super) fn encode(value: &Value) -> Result<String, String> {
    let mut emitter = Emitter {
        out: String::new(),
        column: 0,
        indent: -1,
        after_blank: true,
        in_indentation: true,
        is_open_ended: false,
        depth: 0,
    };
    emitter.node(value, Place { is_root: true, ..Place::default() })?;
    emitter.new_line();
    if emitter.is_open_ended {
        emitter.indicator("...", true, false, false);
        emitter.new_line();
    }
    Ok(emitter.out)
}

struct Emitter {
    out: String,
    /// In characters.
    column: i32,
    indent: i32,
    /// No blank is needed before the next word.
    after_blank: bool,
    /// Nothing but indentation and dashes stands on the line.
    in_indentation: bool,
    /// The end of the document would not be seen without a mark.
    is_open_ended: bool,
    depth: usize,
}

/// What a node is in its parent.
#[derive(Clone, Copy, Default)]
struct Place {
    is_root: bool,
    in_mapping: bool,
    is_simple_key: bool,
}

fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// As the emitter sees it: nothing beyond the basic plane.
fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && character != '\u{feff}'
}

impl Emitter {
    fn node(&mut self, value: &Value, place: Place) -> Result<(), String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("value nests too deeply to be written as YAML".into());
        }
        match value.data() {
            Data::Null(_) => self.plain("null", place),
            Data::Bool(value) => self.plain(if *value { "true" } else { "false" }, place),
            Data::Number(number) => self.plain(&number.to_string(), place),
            Data::String(text) => self.text(text, place),
            Data::List(_) | Data::Set(_) | Data::Tuple(_) => {
                self.sequence(value.as_items().unwrap_or_default(), place)?;
            }
            Data::Map(_) | Data::Object(_) => self.mapping(value)?,
            Data::Unknown(_) => return Err("cannot serialize unknown value as YAML".into()),
            Data::Type(_) => return Err("can't marshal type as YAML".into()),
        }
        self.depth -= 1;
        Ok(())
    }

    fn sequence(&mut self, items: &[Value], place: Place) -> Result<(), String> {
        if items.is_empty() {
            self.indicator("[", true, true, false);
            self.indicator("]", false, false, false);
            return Ok(());
        }
        let outer = self.indent;
        let is_indentless = place.in_mapping && !self.in_indentation;
        self.increase_indent(false, is_indentless);
        for item in items {
            self.new_line();
            self.indicator("-", true, false, true);
            self.node(item, Place::default())?;
        }
        self.indent = outer;
        Ok(())
    }

    fn mapping(&mut self, value: &Value) -> Result<(), String> {
        let entries = value.as_entries().filter(|entries| !entries.is_empty());
        let Some(entries) = entries else {
            self.indicator("{", true, true, false);
            self.indicator("}", false, false, false);
            return Ok(());
        };
        let outer = self.indent;
        self.increase_indent(false, false);
        for (key, value) in entries.iter() {
            self.new_line();
            let is_simple = !key.chars().any(is_break) && key.len() <= MAX_SIMPLE_KEY;
            let place = Place { in_mapping: true, ..Place::default() };
            if is_simple {
                self.text(key, Place { is_simple_key: true, ..place });
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, true);
                self.text(key, place);
                self.new_line();
                self.indicator(":", true, false, true);
            }
            self.node(value, place)?;
        }
        self.indent = outer;
        Ok(())
    }

    fn plain(&mut self, word: &str, place: Place) {
        if !self.after_blank {
            self.put(' ');
        }
        word.chars().for_each(|character| self.put(character));
        self.after_blank = false;
        self.in_indentation = false;
        self.is_open_ended |= place.is_root;
    }

    fn text(&mut self, text: &str, place: Place) {
        let outer = self.indent;
        self.increase_indent(true, false);
        if text.contains('\n') && !place.is_simple_key && fits_block(text) {
            self.block(text);
        } else {
            self.quoted(text, !place.is_simple_key);
        }
        self.indent = outer;
    }

    /// `|`, with a hint of the indentation where the text begins with a blank or a break, and of how it ends.
    fn block(&mut self, text: &str) {
        self.indicator("|", true, false, false);
        if text.starts_with(|first: char| first == ' ' || is_break(first)) {
            self.indicator("2", false, false, false);
        }
        let mut end = text.chars().rev();
        let ending = match (end.next(), end.next()) {
            (Some(last), _) if !is_break(last) => Some("-"),
            (Some(_), None) => Some("+"),
            (Some(_), Some(before)) if is_break(before) => Some("+"),
            _ => None,
        };
        if let Some(ending) = ending {
            self.indicator(ending, false, false, false);
        }
        self.put('\n');
        self.in_indentation = true;
        self.after_blank = true;
        let mut is_line_start = true;
        for character in text.chars() {
            if is_break(character) {
                self.put(character);
                self.in_indentation = true;
                is_line_start = true;
                continue;
            }
            if is_line_start {
                self.new_line();
            }
            self.put(character);
            self.in_indentation = false;
            is_line_start = false;
        }
    }

    fn quoted(&mut self, text: &str, may_fold: bool) {
        self.indicator("\"", true, false, false);
        // A byte order mark in front makes the emitter take all characters for one.
        let escapes_all = text.starts_with('\u{feff}');
        let mut is_after_space = false;
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            if escapes_all || !is_printable(character) || is_break(character) || matches!(character, '"' | '\\') {
                self.escape(character);
                is_after_space = false;
                continue;
            }
            let is_inner = at > 0 && at + 1 < text.len();
            if character == ' ' && may_fold && !is_after_space && self.column > WIDTH && is_inner {
                self.new_line();
                if characters.peek().is_some_and(|(_, next)| *next == ' ') {
                    self.put('\\');
                }
            } else {
                self.put(character);
            }
            is_after_space = character == ' ';
        }
        self.indicator("\"", false, false, false);
        self.after_blank = false;
        self.in_indentation = false;
    }

    fn escape(&mut self, character: char) {
        self.put('\\');
        let short = match character {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            other => {
                let code = other as u32;
                let digits = match code {
                    0..=0xFF => format!("x{code:02X}"),
                    0x100..=0xFFFF => format!("u{code:04X}"),
                    _ => format!("U{code:08X}"),
                };
                digits.chars().for_each(|digit| self.put(digit));
                return;
            }
        };
        self.put(short);
    }

    fn increase_indent(&mut self, is_scalar: bool, is_indentless: bool) {
        if self.indent < 0 {
            self.indent = if is_scalar { INDENT } else { 0 };
        } else if !is_indentless {
            self.indent += INDENT;
        }
    }

    fn put(&mut self, character: char) {
        self.out.push(character);
        self.column = if is_break(character) { 0 } else { self.column + 1 };
    }

    fn indicator(&mut self, text: &str, needs_blank: bool, is_blank: bool, is_indentation: bool) {
        if needs_blank && !self.after_blank {
            self.put(' ');
        }
        text.chars().for_each(|character| self.put(character));
        self.after_blank = is_blank;
        self.in_indentation &= is_indentation;
        self.is_open_ended = false;
    }

    /// To the indentation, on a new line unless nothing stands on this one.
    fn new_line(&mut self) {
        let indent = self.indent.max(0);
        if !self.in_indentation || self.column > indent || (self.column == indent && !self.after_blank) {
            self.put('\n');
        }
        while self.column < indent {
            self.put(' ');
        }
        self.after_blank = true;
        self.in_indentation = true;
    }
}

/// Whether a literal block can hold the text: no characters to escape, and no blank before a break or the end.
fn fits_block(text: &str) -> bool {
    let mut is_after_blank = false;
    for character in text.chars() {
        if !is_printable(character) || (is_break(character) && is_after_blank) {
            return false;
        }
        is_after_blank = character == ' ';
    }
    !is_after_blank
}
