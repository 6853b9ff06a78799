//! Diagnostics: what is wrong with the user's input or infrastructure, collected, many at once, with spans.
//!
//! A diagnostic names the thing, the problem and the way out. It carries spans, never text of a file: the
//! renderer looks the text up in the [`SourceMap`]. Texts of summary and detail are Terraform's where Terraform has the
//! same diagnostic, because people search for them and pipelines match them.
//! Errors about the world (I/O, HTTP) are small enums in the modules where they happen.

mod similar;
mod source;

pub use similar::nearest;
pub use source::{FileId, Position, SourceFile, SourceMap, Span};

/// How bad it is. Errors stop the operation, warnings do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Error,
    Warning,
}

/// One thing to tell the user.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// One line without a full stop.
    pub summary: String,
    /// Full sentences; paragraphs are separated by an empty line. May be empty.
    pub detail: String,
    /// The text the problem is about.
    pub subject: Option<Span>,
    /// The larger construct to show around the subject; the subject where absent.
    pub context: Option<Span>,
    /// The address or attribute path shown where there is no span (`with aws_instance.web,`).
    pub address: Option<String>,
    /// What the parts of the failing expression were when it failed; nothing secret.
    pub expression_values: Vec<ExpressionValue>,
    /// The signature of the function whose call failed.
    pub function_call: Option<FunctionCall>,
    /// A value involved was unknown, ephemeral or sensitive: renderers may explain.
    pub cause: Option<Cause>,
}

/// `var.x` → `is 5`, shown below a snippet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionValue {
    pub traversal: String,
    pub statement: String,
}

/// The function called by the expression that failed, for `while calling f(a, b)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionCall {
    pub name: String,
    /// `join(separator, lists...)`
    pub signature: String,
    /// Parameters and result with their types, as JSON; empty where nobody knows.
    pub json: String,
}

/// Why the value made trouble, where it is its unknown-ness or a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Unknown,
    Sensitive,
    Ephemeral,
}

impl Diagnostic {
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Error, summary, detail)
    }

    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Warning, summary, detail)
    }

    fn new(severity: Severity, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            severity,
            summary: summary.into(),
            detail: detail.into(),
            subject: None,
            context: None,
            address: None,
            expression_values: Vec::new(),
            function_call: None,
            cause: None,
        }
    }

    /// Points at the text that the problem is about.
    pub fn at(mut self, subject: Span) -> Self {
        self.subject = Some(subject);
        self
    }

    /// Widens the snippet that is shown.
    pub fn within(mut self, context: Span) -> Self {
        self.context = Some(context);
        self
    }

    /// Names the instance that was being worked on.
    pub fn about(mut self, address: impl ToString) -> Self {
        self.address = Some(address.to_string());
        self
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Diagnostics in the order found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    pub fn extend(&mut self, other: impl IntoIterator<Item = Diagnostic>) {
        self.0.extend(other);
    }

    pub fn has_errors(&self) -> bool {
        self.0.iter().any(Diagnostic::is_error)
    }

    /// All of them in one line, as messages of functions tell it; places are mentions.
    pub fn one_line(&self) -> String {
        let Some(first) = self.0.first() else { return "no diagnostics".to_owned() };
        let place = first.subject.map(Span::mention).unwrap_or_default();
        let text = format!("{place}: {}; {}", first.summary, first.detail);
        match self.0.len() {
            1 => text,
            count => format!("{text}, and {} other diagnostic(s)", count - 1),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Diagnostic> {
        self.0.iter_mut()
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}
