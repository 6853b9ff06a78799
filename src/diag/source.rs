//! Source texts and positions in them.
//!
//! A [`Span`] is twelve bytes: a file and two byte offsets. Lines and columns are computed when a diagnostic is shown.
//! Columns count grapheme clusters, as Terraform's do.

use std::borrow::Cow;
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation;

/// A file of a [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A stretch of a source text, as byte offsets, the end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        Self { file, start: start as u32, end: end as u32 }
    }

    /// The smallest span that holds both; both are of one file.
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The empty span at the start of this one.
    pub fn start_point(self) -> Span {
        Span { end: self.start, ..self }
    }

    /// This place inside the text of a message: `already set at main.tf:3,1-5`. A span knows no file name, so a mark is written
    /// which [`SourceMap::resolve`] replaces when the message is shown.
    pub fn mention(self) -> String {
        format!("{MENTION}{}:{}:{}{MENTION}", self.file.0, self.start, self.end)
    }

    /// The empty span at the end of this one.
    pub fn end_point(self) -> Span {
        Span { start: self.end, ..self }
    }
}

/// Encloses a mentioned span; configuration cannot contain it outside of comments and strings.
const MENTION: char = '\u{1}';

/// A place in a file as people and editors count: line and column from one, byte from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub line: u32,
    pub column: u32,
    pub byte: u32,
}

/// One source text. `name` is the path as the user would write it, relative to the working directory.
#[derive(Clone, Debug)]
pub struct SourceFile {
    pub name: Arc<str>,
    pub text: Arc<str>,
    line_starts: Vec<u32>,
}

impl SourceFile {
    fn new(name: &str, text: &str) -> Self {
        let mut line_starts = vec![0];
        line_starts.extend(memchr_newlines(text.as_bytes()));
        Self { name: name.into(), text: text.into(), line_starts }
    }

    /// Line (from zero) that holds the byte.
    fn line_index(&self, byte: u32) -> usize {
        self.line_starts.partition_point(|start| *start <= byte) - 1
    }

    pub fn position(&self, byte: u32) -> Position {
        let byte = self.text.floor_char_boundary(byte as usize) as u32;
        let line = self.line_index(byte);
        let mut before = &self.text[self.line_starts[line] as usize..byte as usize];
        if line == 0 {
            before = before.strip_prefix('\u{feff}').unwrap_or(before);
        }
        let column = if before.is_ascii() { before.len() } else { before.graphemes(true).count() };
        Position { line: line as u32 + 1, column: column as u32 + 1, byte }
    }

    /// The text of a line (from one) without its line ending.
    pub fn line(&self, line: u32) -> &str {
        let index = line as usize - 1;
        let start = self.line_starts[index] as usize;
        let end = self.line_starts.get(index + 1).map_or(self.text.len(), |next| *next as usize);
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }

    pub fn line_count(&self) -> u32 {
        self.line_starts.len() as u32
    }
}

fn memchr_newlines(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(index, _)| index as u32 + 1)
}

/// All source texts read so far.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<Arc<SourceFile>>,
}

impl SourceMap {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn add(&mut self, name: &str, text: &str) -> FileId {
        self.files.push(Arc::new(SourceFile::new(name, text)));
        FileId(self.files.len() as u32 - 1)
    }

    pub fn file(&self, id: FileId) -> &Arc<SourceFile> {
        &self.files[id.0 as usize]
    }

    pub fn files(&self) -> impl Iterator<Item = &Arc<SourceFile>> {
        self.files.iter()
    }

    pub fn text(&self, span: Span) -> &str {
        let text = &self.file(span.file).text;
        let start = text.floor_char_boundary(span.start as usize);
        &text[start..text.floor_char_boundary(span.end as usize).max(start)]
    }

    /// The message with every [`Span::mention`] written as `name:line,column-column`.
    pub fn resolve<'a>(&self, message: &'a str) -> Cow<'a, str> {
        if !message.contains(MENTION) {
            return Cow::Borrowed(message);
        }
        let mut parts = message.split(MENTION);
        let mut resolved = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            match self.mentioned(part) {
                Some(place) => resolved.push_str(&place),
                None => resolved.push_str(part),
            }
        }
        Cow::Owned(resolved)
    }

    fn mentioned(&self, mark: &str) -> Option<String> {
        let mut numbers = mark.split(':').map(|number| number.parse::<u32>());
        let (file, start, end) = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
        let file = self.files.get(file as usize)?;
        let (start, end) = (file.position(start), file.position(end));
        let end_line = if end.line == start.line { String::new() } else { format!("{},", end.line) };
        Some(format!("{}:{},{}-{end_line}{}", file.name, start.line, start.column, end.column))
    }

    pub fn start(&self, span: Span) -> Position {
        self.file(span.file).position(span.start)
    }

    pub fn end(&self, span: Span) -> Position {
        self.file(span.file).position(span.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_become_places() {
        let mut sources = SourceMap::new();
        let file = sources.add("main.tf", "a = 1\nb = 2\n");
        let message =
            format!("Already set at {}, see {}.", Span::new(file, 6, 7).mention(), Span::new(file, 0, 7).mention());
        assert_eq!(sources.resolve(&message), "Already set at main.tf:2,1-2, see main.tf:1,1-2,2.");
    }
}
