//! Whether a blank stands between two pieces of a line.

use super::Piece;
use crate::syntax::token::TokenKind::{self, *};

/// `before` is what precedes `piece` on its part of the line, if anything.
pub fn has_blank(before: Option<&Piece>, piece: &Piece, after: &Piece) -> bool {
    let before_kind = before.map(|before| before.kind);
    match (piece.kind, after.kind) {
        (_, Newline) => false,
        // A call and its namespaces.
        (Identifier, OpenParen | DoubleColon) | (DoubleColon, Identifier) => false,
        (Dot, _) | (_, Dot | Comma | Ellipsis) => false,
        (Comma, _) => true,
        // The text of templates is not ours to change.
        (QuotedText | TemplateText | OpenQuote | OpenHeredoc, _) => false,
        (_, QuotedText | TemplateText | CloseQuote | CloseHeredoc) => false,
        // `[for x in [a, b]: x]`, where `in` is no collection being indexed.
        (Identifier, _) if piece.text == "in" && before_kind == Some(Identifier) => true,
        (Identifier | Number, OpenBracket) => false,
        (_, OpenBracket) if piece.nesting() < 0 => false,
        (Bang, _) => false,
        (Minus, _) => !before_kind.is_none_or(cannot_end_operand),
        (OpenBrace, CloseBrace) => false,
        (OpenBrace, _) | (_, CloseBrace) => true,
        (OpenInterpolation | OpenDirective, OpenBrace) | (CloseBrace, CloseSequence) => true,
        (CloseSequence, OpenInterpolation | OpenDirective) => false,
        _ => piece.nesting() <= 0 && after.nesting() >= 0,
    }
}

/// A minus after this is a sign, not an operator.
fn cannot_end_operand(kind: TokenKind) -> bool {
    matches!(
        kind,
        OpenParen
            | OpenBrace
            | OpenBracket
            | Assign
            | Colon
            | Comma
            | Question
            | Plus
            | Star
            | Slash
            | Percent
            | Minus
            | Equal
            | NotEqual
            | Greater
            | GreaterOrEqual
            | Less
            | LessOrEqual
            | And
            | Or
            | Bang
    )
}
