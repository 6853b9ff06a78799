//! Brings a document into the layout that the parser insists on, where libyaml does not.
//!
//! Inside of brackets and of quotes libyaml does not care for indentation, so that people write
//!
//! ```yaml
//! outer:
//!   inner: [
//!     1
//!   ]
//! ```
//!
//! and a tab may follow a colon. Indentation there means nothing, so it is made deep enough; all else stays as it is. This is not
//! a parser: it knows just enough of YAML to see where brackets, quotes, comments and literal blocks are.

use std::borrow::Cow;

pub(super) fn straighten(text: &str) -> Cow<'_, str> {
    let may_need = text.contains(['[', '{', '"', '\'']) || text.contains(":\t");
    if !may_need {
        return Cow::Borrowed(text);
    }
    let deepest = text.lines().map(|line| line.len() - line.trim_start_matches(' ').len()).max().unwrap_or(0);
    let mut pass = Pass { rest: text, out: String::with_capacity(text.len()), indent: deepest + 1, depth: 0 };
    while !pass.rest.is_empty() {
        pass.line();
    }
    Cow::Owned(pass.out)
}

struct Pass<'t> {
    rest: &'t str,
    out: String,
    /// Deeper than any line.
    indent: usize,
    /// Open brackets.
    depth: usize,
}

impl Pass<'_> {
    fn take(&mut self, bytes: usize) {
        let (taken, rest) = self.rest.split_at(bytes);
        self.out.push_str(taken);
        self.rest = rest;
    }

    /// The next character, with what it is at the beginning of.
    fn first(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn blanks(&mut self) {
        self.take(self.rest.len() - self.rest.trim_start_matches([' ', '\t']).len());
    }

    /// Passes a line break and makes the indentation after it deep.
    fn deep_break(&mut self) {
        self.take(1);
        let content = self.rest.trim_start_matches([' ', '\t']);
        if !content.starts_with(['\n', '\r']) {
            self.out.extend(std::iter::repeat_n(' ', self.indent));
            self.rest = content;
        }
    }

    /// One line, with all that belongs to brackets or quotes that it opens.
    fn line(&mut self) {
        let own_indent = self.rest.len() - self.rest.trim_start_matches(' ').len();
        self.take(own_indent);
        let mut is_block = false;
        loop {
            self.blanks();
            match self.first() {
                None => return,
                Some('\n') if self.depth > 0 => self.deep_break(),
                Some('\n') => {
                    self.take(1);
                    break;
                }
                Some('#') if self.out.is_empty() || self.out.ends_with([' ', '\t', '\n']) => self.finish_line(),
                Some(quote @ ('"' | '\'')) => self.quoted(quote),
                Some('[' | '{') => {
                    self.depth += 1;
                    self.take(1);
                }
                Some(']' | '}') => {
                    self.depth = self.depth.saturating_sub(1);
                    self.take(1);
                }
                Some(',') if self.depth > 0 => self.take(1),
                Some('-' | '?' | ':') if self.is_indicator() => self.indicator(),
                Some('&' | '!') => self.word(),
                Some('|' | '>') if self.depth == 0 => {
                    is_block = true;
                    self.finish_line();
                }
                Some(_) => self.plain(),
            }
        }
        if is_block {
            self.block(own_indent);
        }
    }

    fn finish_line(&mut self) {
        self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
    }

    fn is_indicator(&self) -> bool {
        let after = self.rest[1..].chars().next();
        after.is_none_or(char::is_whitespace) || self.depth > 0 && self.rest.starts_with(':')
    }

    /// A tab after an indicator of a value is a blank.
    fn indicator(&mut self) {
        let is_colon = self.rest.starts_with(':');
        self.take(1);
        if is_colon && self.rest.starts_with('\t') {
            self.out.push(' ');
            self.rest = &self.rest[1..];
        }
    }

    /// An anchor or a tag.
    fn word(&mut self) {
        self.take(self.rest.find(char::is_whitespace).unwrap_or(self.rest.len()));
    }

    fn quoted(&mut self, quote: char) {
        self.take(1);
        while let Some(character) = self.first() {
            match character {
                '\\' if quote == '"' => {
                    self.take(1);
                    match self.first() {
                        Some('\n') => self.deep_break(),
                        Some(escaped) => self.take(escaped.len_utf8()),
                        None => return,
                    }
                }
                '\'' if self.rest.starts_with("''") => self.take(2),
                '\n' => self.deep_break(),
                other => {
                    self.take(other.len_utf8());
                    if other == quote {
                        return;
                    }
                }
            }
        }
    }

    /// Up to a colon that ends it, a comment or the end of the line; in brackets also a comma or a bracket.
    fn plain(&mut self) {
        let mut is_after_blank = false;
        while let Some(character) = self.first() {
            let ends = match character {
                '\n' => true,
                '#' => is_after_blank,
                ':' => self.rest[1..].chars().next().is_none_or(char::is_whitespace),
                ',' | '[' | ']' | '{' | '}' => self.depth > 0,
                _ => false,
            };
            if ends {
                return;
            }
            is_after_blank = character == ' ' || character == '\t';
            self.take(character.len_utf8());
        }
    }

    /// A literal or folded text: all lines as deep as its first one.
    fn block(&mut self, own_indent: usize) {
        let indent_of = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let is_blank = |line: &str| line.trim().is_empty();
        let first = self.rest.lines().find(|line| !is_blank(line)).map_or(0, indent_of);
        if first <= own_indent && own_indent > 0 || first == 0 {
            return;
        }
        while let Some(line) = self.rest.split_inclusive('\n').next() {
            if !is_blank(line) && indent_of(line) < first {
                return;
            }
            self.take(line.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::straighten;

    #[test]
    fn only_brackets_and_quotes_are_touched() {
        assert_eq!(straighten("a:\n  b: [\n1\n]\n"), "a:\n  b: [\n   1\n   ]\n");
        assert_eq!(straighten("a: \"x\ny\"\nb: c"), "a: \"x\n y\"\nb: c");
        assert_eq!(straighten("a:\tb"), "a: b");
        for same in ["a: |\n  [\nb: 1", "a: x[1\nb: c", "# [\na: b", "a: 'it''s' # {\nb: c", "a: |2\n  {\n  [\n"] {
            assert_eq!(straighten(same), same);
        }
    }
}
