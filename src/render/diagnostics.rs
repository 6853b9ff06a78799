//! Diagnostics as text and as JSON, in Terraform's forms.
//!
//! A diagnostic first becomes a [`View`]: positions as people count them and the source lines around it. Text and JSON show the same
//! view. Text is plain (`Error: ...` between empty lines) or, with colour, ruled off at the left (`╷│╵`) with the subject underlined.
//! Forms and corner cases follow Terraform's `internal/command/views/json/diagnostic.go` and `internal/command/format/diagnostic.go`,
//! because pipelines parse both.

use super::wrap::wrap_paragraphs;
use crate::diag::{Diagnostic, Diagnostics, FileId, Severity, SourceMap, Span};
use crate::syntax::{Block, JsonKind, JsonNode, parse_body, parse_json};
use serde::Serialize;
use std::collections::BTreeMap;

/// How text is written.
#[derive(Clone, Copy, Debug)]
pub struct TextOptions {
    pub color: bool,
    /// Columns to wrap at.
    pub width: usize,
    /// Warnings alone are listed by their summaries.
    pub compact_warnings: bool,
    /// An empty line follows each diagnostic, as in Terraform's `console`, `state` and other older commands.
    pub is_spaced: bool,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self { color: false, width: 78, compact_warnings: false, is_spaced: false }
    }
}

/// Text for the two output streams: warnings go to the first, errors to the second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Streams {
    pub out: String,
    pub err: String,
}

/// All diagnostics of an operation as text: sorted, similar warnings told once.
pub fn render_diagnostics(diagnostics: &Diagnostics, sources: &SourceMap, options: TextOptions) -> Streams {
    let groups = consolidate(sorted(diagnostics, sources));
    let mut streams = Streams::default();
    if groups.is_empty() {
        return streams;
    }
    if options.compact_warnings && groups.iter().all(|group| !group.first.is_error()) {
        streams.out = render_compact(&groups, sources, options);
        return streams;
    }
    let mut views = Views::new(sources);
    for group in &groups {
        let mut view = views.view(group.first);
        view.detail = sources.resolve(&group.detail()).into_owned();
        let stream = if group.first.is_error() { &mut streams.err } else { &mut streams.out };
        stream.push_str(&view.text(options));
        if options.is_spaced {
            stream.push('\n');
        }
    }
    streams
}

/// One diagnostic as text.
pub fn render_text(diagnostic: &Diagnostic, sources: &SourceMap, options: TextOptions) -> String {
    Views::new(sources).view(diagnostic).text(options)
}

/// One diagnostic as JSON.
pub fn to_json(diagnostic: &Diagnostic, sources: &SourceMap) -> serde_json::Value {
    Views::new(sources).json(diagnostic)
}

/// Warnings first, then by file (those nearer the root first) and place; what has no place comes before what has one.
pub fn sorted<'a>(diagnostics: &'a Diagnostics, sources: &SourceMap) -> Vec<&'a Diagnostic> {
    let mut items: Vec<&Diagnostic> = diagnostics.iter().collect();
    items.sort_by_cached_key(|diagnostic| {
        let place = diagnostic.subject.map(|span| {
            let name = sources.file(span.file).name.clone();
            (name.matches('/').count(), name, span.start, span.end)
        });
        (diagnostic.is_error(), place)
    });
    items
}

/// A diagnostic and those like it that are not shown.
struct Group<'a> {
    first: &'a Diagnostic,
    places: Vec<Option<Span>>,
}

impl Group<'_> {
    fn detail(&self) -> String {
        let note = match self.places.len() - 1 {
            0 => return self.first.detail.clone(),
            1 => "(and one more similar warning elsewhere)".to_owned(),
            more => format!("(and {more} more similar warnings elsewhere)"),
        };
        if self.first.detail.is_empty() { note } else { format!("{}\n\n{note}", self.first.detail) }
    }
}

/// Joins warnings that have a place and the same summary.
fn consolidate(diagnostics: Vec<&Diagnostic>) -> Vec<Group<'_>> {
    let mut groups: Vec<Group> = Vec::new();
    let mut by_summary: BTreeMap<&str, usize> = BTreeMap::new();
    for diagnostic in diagnostics {
        if diagnostic.severity == Severity::Warning && diagnostic.subject.is_some() && !is_about_check(diagnostic) {
            if let Some(index) = by_summary.get(diagnostic.summary.as_str()) {
                groups[*index].places.push(diagnostic.subject);
                continue;
            }
            by_summary.insert(&diagnostic.summary, groups.len());
        }
        groups.push(Group { first: diagnostic, places: vec![diagnostic.subject] });
    }
    groups
}

/// Every failed assertion of a `check` block is told: each is about something else.
fn is_about_check(diagnostic: &Diagnostic) -> bool {
    diagnostic.summary == "Check block assertion failed"
}

fn render_compact(groups: &[Group], sources: &SourceMap, options: TextOptions) -> String {
    let mut out = format!("\n{}", paint(options.color, "[bold][yellow]Warnings:[reset]\n\n", &[]));
    for group in groups {
        out.push_str(&format!("- {}\n", group.first.summary));
        if let Some(span) = group.places[0] {
            let more = match group.places.len() - 1 {
                0 => String::new(),
                more => format!(" (and {more} more)"),
            };
            out.push_str(&format!("  on {} line {}{more}\n", sources.file(span.file).name, sources.start(span).line));
        }
    }
    out.push_str("\nTo see the full warning notes, run Terraform without -compact-warnings.\n");
    out
}

/// A diagnostic with its positions and source lines looked up; serialised, it is Terraform's JSON form.
#[derive(Clone, Debug, Serialize)]
pub struct View {
    pub severity: &'static str,
    pub summary: String,
    pub detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snippet: Option<Snippet>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Range {
    pub filename: String,
    pub start: Place,
    pub end: Place,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Place {
    pub line: u32,
    pub column: u32,
    pub byte: u32,
}

#[derive(Clone, Debug, Serialize)]
pub struct Snippet {
    /// `resource "aws_instance" "web"`
    pub context: Option<String>,
    pub code: String,
    pub start_line: u32,
    pub highlight_start_offset: usize,
    pub highlight_end_offset: usize,
    pub values: Vec<StatedValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_call: Option<CalledFunction>,
}

#[derive(Clone, Debug, Serialize)]
pub struct StatedValue {
    pub traversal: String,
    pub statement: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct CalledFunction {
    pub called_as: String,
    /// As in `terraform metadata functions -json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<serde_json::Value>,
    /// `join(separator, lists...)`, for text.
    #[serde(skip)]
    written: String,
}

/// Makes views, reading each file's outline once.
pub struct Views<'a> {
    sources: &'a SourceMap,
    outlines: BTreeMap<FileId, Outline>,
}

impl<'a> Views<'a> {
    pub fn new(sources: &'a SourceMap) -> Self {
        Self { sources, outlines: BTreeMap::new() }
    }

    pub fn json(&mut self, diagnostic: &Diagnostic) -> serde_json::Value {
        serde_json::to_value(self.view(diagnostic)).unwrap_or_default()
    }

    pub fn view(&mut self, diagnostic: &Diagnostic) -> View {
        let range = diagnostic.subject.map(|subject| self.range(subject));
        let snippet = diagnostic.subject.and_then(|subject| self.snippet(diagnostic, subject));
        View {
            severity: match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            summary: diagnostic.summary.clone(),
            detail: self.sources.resolve(&diagnostic.detail).into_owned(),
            address: diagnostic.address.clone(),
            range,
            snippet,
        }
    }

    /// An empty span is shown as one character.
    fn range(&self, subject: Span) -> Range {
        let place = |position: crate::diag::Position| Place {
            line: position.line,
            column: position.column,
            byte: position.byte,
        };
        let start = place(self.sources.start(subject));
        let mut end = place(self.sources.end(subject));
        if subject.start >= subject.end {
            end.byte += 1;
            end.column += 1;
        }
        Range { filename: self.sources.file(subject.file).name.to_string(), start, end }
    }

    fn snippet(&mut self, diagnostic: &Diagnostic, subject: Span) -> Option<Snippet> {
        let file = self.sources.file(subject.file).clone();
        // Texts that came from the command line have a description for a name and no lines worth showing.
        if file.name.starts_with('<') && &*file.name != "<import-address>" {
            return None;
        }
        let mut shown = match diagnostic.context {
            Some(context) if context.file == subject.file => context.to(subject),
            _ => subject,
        };
        let start_line = self.sources.start(shown).line;
        if shown.start >= shown.end {
            shown.end += 1;
        }
        let (code, code_start) = lines_of(&file.text, shown);
        let highlight = subject.end.max(subject.start + u32::from(subject.start == subject.end)) - subject.start;
        let start = (subject.start as usize).saturating_sub(code_start).min(code.len());
        let end = (start + highlight as usize).min(code.len());
        Some(Snippet {
            context: subject.start.checked_sub(1).and_then(|offset| self.context(subject.file, offset)),
            code,
            start_line,
            highlight_start_offset: start,
            highlight_end_offset: end,
            values: stated_values(diagnostic),
            function_call: diagnostic.function_call.as_ref().map(called_function),
        })
    }

    fn context(&mut self, file: FileId, offset: u32) -> Option<String> {
        let sources = self.sources;
        let outline = self.outlines.entry(file).or_insert_with(|| Outline::of(sources, file));
        outline.at(offset)
    }
}

fn stated_values(diagnostic: &Diagnostic) -> Vec<StatedValue> {
    let mut values: Vec<StatedValue> = diagnostic
        .expression_values
        .iter()
        .map(|value| StatedValue { traversal: value.traversal.clone(), statement: value.statement.clone() })
        .collect();
    values.sort_by(|a, b| a.traversal.cmp(&b.traversal));
    values
}

fn called_function(call: &crate::diag::FunctionCall) -> CalledFunction {
    CalledFunction {
        called_as: call.name.clone(),
        signature: serde_json::from_str(&call.json).ok(),
        written: call.signature.clone(),
    }
}

/// The lines that a span touches, and the byte where the first one starts. Empty lines touch nothing and are left out.
fn lines_of(text: &str, shown: Span) -> (String, usize) {
    let (shown_start, shown_end) = (shown.start as usize, shown.end as usize);
    let mut code = String::new();
    let mut code_start = None;
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        if line_start > shown_end {
            break;
        }
        let bare = line.strip_suffix('\n').unwrap_or(line);
        let bare = bare.strip_suffix('\r').unwrap_or(bare);
        let line_end = line_start + bare.len();
        let in_line = |offset: usize| line_start <= offset && offset < line_end;
        let in_shown = |offset: usize| shown_start <= offset && offset < shown_end;
        let touches = in_line(shown_start) || in_line(shown_end) || in_shown(line_start) || in_shown(line_end);
        if !bare.is_empty() && touches {
            code_start.get_or_insert(line_start);
            code.push_str(bare);
            code.push('\n');
        }
        line_start += line.len();
    }
    code.pop();
    (code, code_start.unwrap_or(0))
}

/// What stands where in a file, to say what a snippet is in.
enum Outline {
    /// Top-level blocks in order: where they start and end, and their headers.
    Blocks(Vec<(u32, u32, String)>),
    Json(Option<JsonNode>),
}

impl Outline {
    fn of(sources: &SourceMap, file: FileId) -> Self {
        let source = sources.file(file);
        if source.name.ends_with(".json") {
            let (body, _) = parse_json(&source.text, file);
            return Self::Json(body.json.map(|json| json.node));
        }
        let (body, _) = parse_body(&source.text, file);
        let outline = |block: &Block| {
            let span = block.span();
            let labels: String = block.labels.iter().map(|label| format!(" {:?}", &*label.text)).collect();
            (span.start, span.end, format!("{}{labels}", block.kind))
        };
        Self::Blocks(body.blocks.iter().map(outline).collect())
    }

    fn at(&self, offset: u32) -> Option<String> {
        match self {
            Self::Blocks(blocks) => {
                let index = blocks.partition_point(|(start, _, _)| *start <= offset).checked_sub(1)?;
                let (_, end, header) = &blocks[index];
                (offset < *end).then(|| header.clone())
            }
            Self::Json(root) => {
                let mut path = String::new();
                json_path(root.as_ref()?, offset, &mut path);
                let path = path.trim_start_matches('.');
                (!path.is_empty()).then(|| path.to_owned())
            }
        }
    }
}

/// The way down to the innermost object or array around an offset: `resource.aws_vpc.main`, `[0]`.
fn json_path(node: &JsonNode, offset: u32, path: &mut String) {
    let is_around = |child: &JsonNode| {
        let is_compound = matches!(child.kind, JsonKind::Object(_) | JsonKind::Array(_));
        is_compound && child.span.start <= offset && offset < child.span.end
    };
    match &node.kind {
        JsonKind::Object(properties) => {
            if let Some(property) = properties.iter().find(|property| is_around(&property.value)) {
                path.push_str(&format!(".{}", property.name));
                json_path(&property.value, offset, path);
            }
        }
        JsonKind::Array(items) => {
            if let Some((index, item)) = items.iter().enumerate().find(|(_, item)| is_around(item)) {
                path.push_str(&format!("[{index}]"));
                json_path(item, offset, path);
            }
        }
        _ => {}
    }
}

impl View {
    pub fn text(&self, options: TextOptions) -> String {
        if options.color { self.ruled(options.width) } else { self.plain(options.width) }
    }

    fn plain(&self, width: usize) -> String {
        let word = if self.severity == "error" { "Error" } else { "Warning" };
        let mut out = format!("\n{word}: {}\n\n", self.summary);
        out.push_str(&self.source_lines(false));
        if !self.detail.is_empty() {
            out.push_str(&wrap_paragraphs(&self.detail, width.saturating_sub(1)));
            out.push('\n');
        }
        out
    }

    fn ruled(&self, width: usize) -> String {
        let (word, color) = if self.severity == "error" { ("Error", "red") } else { ("Warning", "yellow") };
        let mut text = paint(true, &format!("[bold][{color}]{word}: [reset]"), &[]);
        text.push_str(&paint(true, "[bold]{}[reset]\n\n", &[&self.summary]));
        text.push_str(&self.source_lines(true));
        if !self.detail.is_empty() {
            // The rule and a margin of one take their part of the width.
            text.push_str(&wrap_paragraphs(&self.detail, width.saturating_sub(3)));
            text.push('\n');
        }
        let rule = |sign: &str| paint(true, &format!("[{color}]{sign}[reset]"), &[]);
        let line_rule = paint(true, &format!("[{color}]│[reset] "), &[]);
        let mut out = rule("╷") + "\n";
        for line in text.lines() {
            out.push_str(&line_rule);
            out.push_str(line);
            out.push('\n');
        }
        out + &rule("╵") + "\n"
    }

    /// `with`, `on` and the code.
    fn source_lines(&self, color: bool) -> String {
        let mut out = String::new();
        if let Some(address) = &self.address {
            out.push_str(&format!("  with {address},\n"));
        }
        let Some(range) = &self.range else { return out };
        let place = format!("  on {} line {}", range.filename, range.start.line);
        match &self.snippet {
            None => out.push_str(&format!("{place}:\n  (source code not available)\n")),
            Some(snippet) => {
                let context = snippet.context.as_ref().map(|context| format!(", in {context}")).unwrap_or_default();
                out.push_str(&format!("{place}{context}:\n{}", snippet.text(color)));
            }
        }
        out.push('\n');
        out
    }
}

impl Snippet {
    fn text(&self, color: bool) -> String {
        let (before, rest) = self.code.split_at(floor_boundary(&self.code, self.highlight_start_offset));
        let length = self.highlight_end_offset.saturating_sub(before.len());
        let (highlight, after) = rest.split_at(floor_boundary(rest, length));
        let code = paint(color, "{}[underline]{}[reset]{}", &[before, highlight, after]);
        let mut out = String::new();
        for (index, line) in code.split('\n').enumerate() {
            out.push_str(&format!("{:4}: {line}\n", self.start_line as usize + index));
        }
        if self.values.is_empty() && self.function_call.is_none() {
            return out;
        }
        out.push_str(&paint(color, "    [dark_gray]├────────────────[reset]\n", &[]));
        if let Some(call) = &self.function_call {
            let parameters = call.written.strip_prefix(&call.called_as).unwrap_or(&call.written);
            let line = paint(
                color,
                "    [dark_gray]│[reset] while calling [bold]{}[reset]{}\n",
                &[&call.called_as, parameters],
            );
            out.push_str(&line);
        }
        for value in &self.values {
            let line =
                paint(color, "    [dark_gray]│[reset] [bold]{}[reset] {}\n", &[&value.traversal, &value.statement]);
            out.push_str(&line);
        }
        out
    }
}

/// The nearest character boundary at or before the offset.
fn floor_boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Fills `{}` in a text and turns `[bold]` and the like into terminal codes, or drops them. Painted text ends with a reset.
fn paint(color: bool, markup: &str, inserts: &[&str]) -> String {
    const CODES: [(&str, &str); 6] = [
        ("[bold]", "\x1b[1m"),
        ("[red]", "\x1b[31m"),
        ("[yellow]", "\x1b[33m"),
        ("[dark_gray]", "\x1b[90m"),
        ("[underline]", "\x1b[4m"),
        ("[reset]", "\x1b[0m"),
    ];
    let mut painted = markup.to_owned();
    for (name, code) in CODES {
        painted = painted.replace(name, if color { code } else { "" });
    }
    let mut parts = painted.split("{}");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for (insert, part) in inserts.iter().zip(parts) {
        out.push_str(insert);
        out.push_str(part);
    }
    if color {
        out.push_str("\x1b[0m");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "variable \"a\" {\n  type = nope\n\n}\n";

    fn sample() -> (SourceMap, Diagnostic) {
        let mut sources = SourceMap::new();
        let file = sources.add("main.tf", TEXT);
        let start = TEXT.find("nope").unwrap();
        let diagnostic = Diagnostic::error(
            "Invalid type specification",
            "The keyword \"nope\" is not a valid type specification, and this sentence goes on past the end.",
        )
        .at(Span::new(file, start, start + 4));
        (sources, diagnostic)
    }

    #[test]
    fn plain_text_wraps_the_detail() {
        let (sources, diagnostic) = sample();
        let text = render_text(&diagnostic, &sources, TextOptions::default());
        assert!(text.starts_with("\nError: Invalid type specification\n\n  on main.tf line 2"), "{text}");
        assert!(text.ends_with(
            "   2:   type = nope\n\nThe keyword \"nope\" is not a valid type specification, and this sentence goes\non past the end.\n"
        ), "{text}");
    }

    #[test]
    fn warnings_with_one_summary_are_told_once() {
        let (sources, mut diagnostic) = sample();
        diagnostic.severity = Severity::Warning;
        let all: Diagnostics = std::iter::repeat_n(diagnostic, 3).collect();
        let streams = render_diagnostics(&all, &sources, TextOptions::default());
        assert_eq!(streams.err, "");
        assert!(streams.out.ends_with("\n\n(and 2 more similar warnings elsewhere)\n"), "{}", streams.out);
        let compact = TextOptions { compact_warnings: true, ..TextOptions::default() };
        let streams = render_diagnostics(&all, &sources, compact);
        assert!(streams.out.contains("- Invalid type specification\n  on main.tf line 2 (and 2 more)\n"));
    }

    #[test]
    fn json_has_positions_and_code() {
        let (sources, diagnostic) = sample();
        let json = to_json(&diagnostic, &sources);
        assert_eq!(json["range"]["start"], serde_json::json!({"line": 2, "column": 10, "byte": 24}));
        assert_eq!(json["snippet"]["code"], "  type = nope");
        assert_eq!(json["snippet"]["highlight_start_offset"], 9);
    }
}
