//! Tokens: what the lexer cuts a text into. Together with the blanks between them they are the whole text.

/// A stretch of text with a kind, as byte offsets into the text that was scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    pub start: u32,
    pub end: u32,
}

impl Token {
    pub fn text<'t>(&self, source: &'t str) -> &'t str {
        &source[self.start as usize..self.end as usize]
    }

    pub fn len(&self) -> usize {
        (self.end - self.start) as usize
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    OpenParen,
    CloseParen,
    OpenQuote,
    CloseQuote,
    /// `<<END` with its newline.
    OpenHeredoc,
    /// The marker line without its newline.
    CloseHeredoc,
    /// Literal text in a quoted template, escapes unresolved.
    QuotedText,
    /// Literal text in a heredoc or bare template: at most one line, newline included.
    TemplateText,
    /// `${` or `${~`
    OpenInterpolation,
    /// `%{` or `%{~`
    OpenDirective,
    /// The `}` or `~}` that ends either.
    CloseSequence,
    Identifier,
    Number,
    Star,
    Slash,
    Plus,
    Minus,
    Percent,
    /// `=`
    Assign,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
    Bang,
    Dot,
    Comma,
    DoubleColon,
    Ellipsis,
    FatArrow,
    Question,
    Colon,
    /// `# ...` and `// ...` with their newline, `/* ... */`.
    Comment,
    Newline,
    EndOfFile,
    // Never valid; each has its own message.
    BitwiseAnd,
    BitwiseOr,
    BitwiseXor,
    BitwiseNot,
    Backtick,
    Apostrophe,
    Semicolon,
    /// A newline in a quoted string.
    QuotedNewline,
    /// Text that was not UTF-8.
    InvalidEncoding,
    InvalidCharacter,
}

impl TokenKind {
    /// The other one of a pair of brackets.
    pub fn counterpart(self) -> Option<TokenKind> {
        use TokenKind::*;
        Some(match self {
            OpenBrace => CloseBrace,
            CloseBrace => OpenBrace,
            OpenBracket => CloseBracket,
            CloseBracket => OpenBracket,
            OpenParen => CloseParen,
            CloseParen => OpenParen,
            OpenQuote => CloseQuote,
            CloseQuote => OpenQuote,
            OpenHeredoc => CloseHeredoc,
            CloseHeredoc => OpenHeredoc,
            OpenInterpolation | OpenDirective => CloseSequence,
            CloseSequence => OpenInterpolation,
            _ => return None,
        })
    }
}
