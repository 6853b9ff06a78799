//! The second pass over a template: `%{if}` ... `%{else}` ... `%{endif}` and `%{for}` ... `%{endfor}` become trees.

use super::names::normalised;
use super::parser::DEPTH_LIMIT;
use super::template::Piece;
use super::tree::{Expression, ExpressionKind, TemplatePart};
use crate::diag::{Diagnostic, Span};

/// The parts that the pieces make, and what is wrong with their nesting. The template ends at `end_span`.
pub fn nest(pieces: Vec<Piece>, end_span: Span) -> (Vec<TemplatePart>, Vec<Diagnostic>) {
    let mut nesting = Nesting { pieces: pieces.into_iter(), end_span, problems: Vec::new(), depth: 0 };
    let parts = nesting.root();
    (parts, nesting.problems)
}

struct Nesting {
    pieces: std::vec::IntoIter<Piece>,
    end_span: Span,
    problems: Vec<Diagnostic>,
    depth: u32,
}

/// Why a list of parts ended: by an `else`, an `endif`, an `endfor` or with the template.
enum End {
    Template,
    Otherwise(Span),
    If(Span),
    For(Span),
}

impl Nesting {
    fn root(&mut self) -> Vec<TemplatePart> {
        let mut parts = Vec::new();
        loop {
            let (name, span) = match self.parts(&mut parts) {
                End::Template => return parts,
                End::Otherwise(span) => ("else", span),
                End::If(span) => ("endif", span),
                End::For(span) => ("endfor", span),
            };
            let detail = "The control directives within this template are unbalanced.";
            self.problem(&format!("Unexpected {name} directive"), detail, span);
            parts.push(placeholder(span));
        }
    }

    fn problem(&mut self, summary: &str, detail: &str, span: Span) {
        self.problems.push(Diagnostic::error(summary, detail).at(span));
    }

    /// Parts up to a directive that ends the list.
    fn parts(&mut self, parts: &mut Vec<TemplatePart>) -> End {
        while let Some(piece) = self.pieces.next() {
            parts.push(match piece {
                Piece::Literal { text, span } => TemplatePart::Literal { text: normalised(&text), span },
                Piece::Interpolation(expression) => TemplatePart::Interpolation(expression),
                Piece::If { span, .. } | Piece::For { span, .. } if self.depth >= DEPTH_LIMIT => {
                    let detail = format!("Nesting of more than {} levels is not supported.", self.depth);
                    self.problem("Too many levels of nesting", &detail, span);
                    self.pieces = Vec::new().into_iter();
                    placeholder(span)
                }
                Piece::If { condition, span } => self.deeper(|nesting| nesting.if_part(condition, span)),
                Piece::For { key_name, value_name, collection, span } => self.deeper(|nesting| {
                    let body = nesting.for_body(span);
                    body.map_or_else(placeholder, |(body, end)| TemplatePart::For {
                        key_name,
                        value_name,
                        collection: Box::new(collection),
                        body,
                        span: span.to(end),
                    })
                }),
                Piece::Else { span } => return End::Otherwise(span),
                Piece::EndIf { span } => return End::If(span),
                Piece::EndFor { span } => return End::For(span),
            });
        }
        End::Template
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> T) -> T {
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn if_part(&mut self, condition: Expression, open: Span) -> TemplatePart {
        let mut if_true = Vec::new();
        let mut if_false = Vec::new();
        let mut end = self.parts(&mut if_true);
        if let End::Otherwise(_) = end {
            end = self.parts(&mut if_false);
            if let End::Otherwise(span) = end {
                let detail = format!("Already in the else clause for the if started at {}.", open.mention());
                self.problem("Unexpected else directive", &detail, span);
                return placeholder(span);
            }
        }
        match end {
            End::If(span) => {
                TemplatePart::If { condition: Box::new(condition), if_true, if_false, span: open.to(span) }
            }
            End::For(span) => {
                let detail = format!("Expecting an endif directive for the if started at {}.", open.mention());
                self.problem("Unexpected endfor directive", &detail, span);
                placeholder(span)
            }
            _ => self.unfinished("if", open),
        }
    }

    /// The parts and where the `endfor` is, or where it should have been.
    fn for_body(&mut self, open: Span) -> Result<(Vec<TemplatePart>, Span), Span> {
        let mut body = Vec::new();
        match self.parts(&mut body) {
            End::For(span) => Ok((body, span)),
            End::Otherwise(span) => {
                let detail = "An else clause is not expected for a for directive.";
                self.problem("Unexpected else directive", detail, span);
                Err(span)
            }
            End::If(span) => {
                let place = open.mention();
                let detail = format!("Expecting an endfor directive corresponding to the for directive at {place}.");
                self.problem("Unexpected endif directive", &detail, span);
                Err(span)
            }
            End::Template => {
                self.unfinished("for", open);
                Err(self.end_span)
            }
        }
    }

    fn unfinished(&mut self, name: &str, open: Span) -> TemplatePart {
        let place = open.mention();
        let detail = format!("The {name} directive at {place} is missing its corresponding end{name} directive.");
        self.problem("Unexpected end of template", &detail, self.end_span);
        placeholder(self.end_span)
    }
}

fn placeholder(span: Span) -> TemplatePart {
    TemplatePart::Interpolation(Expression { kind: ExpressionKind::Invalid, span })
}
