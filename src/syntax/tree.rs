//! The tree: bodies, attributes, blocks and expressions.

use crate::diag::Span;
use crate::value::{Text, Value};
use std::sync::Arc;

/// What stands between braces, or in a whole file.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// In the order written. Names are unique (a repeated one is a diagnostic and dropped).
    pub attributes: Vec<Attribute>,
    /// In the order written.
    pub blocks: Vec<Block>,
    /// All of the body, without its braces; the span's end is where a missing item would be reported.
    pub span: Option<Span>,
    /// From JSON syntax, where an attribute may stand for blocks. `Some` holds the properties as written; attributes and blocks
    /// are then empty and a schema decides what is what.
    pub json: Option<Arc<JsonBody>>,
}

/// `name = expression`
#[derive(Clone, Debug)]
pub struct Attribute {
    pub name: Text,
    pub name_span: Span,
    pub equals_span: Span,
    pub expression: Arc<Expression>,
    /// Name to end of expression.
    pub span: Span,
}

/// `kind "label" { ... }`
#[derive(Clone, Debug)]
pub struct Block {
    pub kind: Text,
    pub kind_span: Span,
    pub labels: Vec<Label>,
    pub body: Body,
    pub open_brace_span: Span,
    pub close_brace_span: Span,
}

impl Block {
    /// `kind "label" "label"`: what diagnostics about a whole block point at.
    pub fn header_span(&self) -> Span {
        self.labels.last().map_or(self.kind_span, |label| self.kind_span.to(label.span))
    }

    pub fn span(&self) -> Span {
        self.kind_span.to(self.close_brace_span)
    }
}

#[derive(Clone, Debug)]
pub struct Label {
    pub text: Text,
    pub span: Span,
}

/// The properties of a JSON object that stands for a body (or, for an array of objects, of all of them in order).
#[derive(Clone, Debug, Default)]
pub struct JsonBody {
    pub properties: Vec<JsonProperty>,
    pub span: Option<Span>,
    /// Where the object's closing brace is.
    pub close_span: Option<Span>,
}

#[derive(Clone, Debug)]
pub struct JsonProperty {
    pub name: Text,
    pub name_span: Span,
    pub value: JsonNode,
}

/// JSON with spans.
#[derive(Clone, Debug)]
pub struct JsonNode {
    pub kind: JsonKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum JsonKind {
    Null,
    Bool(bool),
    /// As written.
    Number(Text),
    String(Text),
    Array(Vec<JsonNode>),
    Object(Arc<JsonBody>),
}

/// An expression and where it stands.
#[derive(Clone, Debug)]
pub struct Expression {
    pub kind: ExpressionKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum ExpressionKind {
    /// Number, true, false, null.
    Literal(Value),
    /// A quoted or heredoc template, one part or more (a plain string has one literal part).
    Template(Template),
    /// `"${x}"`: just the value, of any type.
    TemplateWrap(Box<Expression>),
    /// `aws_instance.web[0].id`, as far as it is static.
    Traversal(Traversal),
    /// Steps on the result of an expression: `f(x).id`.
    RelativeTraversal {
        source: Box<Expression>,
        steps: Vec<TraversalStep>,
    },
    /// `name(arguments...)`; name may hold `::`.
    Call(Call),
    Conditional {
        condition: Box<Expression>,
        if_true: Box<Expression>,
        if_false: Box<Expression>,
    },
    Binary {
        operator: BinaryOperator,
        operator_span: Span,
        left: Box<Expression>,
        right: Box<Expression>,
    },
    Unary {
        operator: UnaryOperator,
        operator_span: Span,
        operand: Box<Expression>,
    },
    /// `collection[key]` where key is not a literal.
    Index {
        collection: Box<Expression>,
        key: Box<Expression>,
        open_span: Span,
        bracket_span: Span,
    },
    /// `source[*].rest` and `source.*.rest`; `each` is applied to every item, with [`ExpressionKind::SplatItem`] for the item.
    Splat {
        source: Box<Expression>,
        each: Box<Expression>,
        marker_span: Span,
    },
    /// The item inside a splat's `each`.
    SplatItem,
    Tuple(Vec<Expression>),
    Object(Vec<ObjectItem>),
    For(Box<For>),
    Parentheses(Box<Expression>),
    /// A JSON value used as an expression: strings in it are templates.
    Json(Arc<JsonNode>, Vec<Expression>),
    /// What could not be parsed; a diagnostic has been given. Evaluates to an unknown value.
    Invalid,
}

#[derive(Clone, Debug)]
pub struct ObjectItem {
    pub key: ObjectKey,
    pub value: Expression,
}

#[derive(Clone, Debug)]
pub enum ObjectKey {
    /// A bare identifier, meaning its own text. Terraform says "ambiguous" for `a.b = 1`, which is `Expression` of a traversal.
    Name {
        text: Text,
        span: Span,
    },
    Expression(Expression),
}

impl ObjectKey {
    pub fn span(&self) -> Span {
        match self {
            Self::Name { span, .. } => *span,
            Self::Expression(expression) => expression.span,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Call {
    pub name: Text,
    pub name_span: Span,
    pub arguments: Vec<Expression>,
    /// The last argument is followed by `...`.
    pub expands_last: bool,
    pub open_span: Span,
    pub close_span: Span,
}

#[derive(Clone, Debug)]
pub struct For {
    pub key_name: Option<Text>,
    pub value_name: Text,
    pub collection: Expression,
    /// Present in object forms.
    pub key: Option<Expression>,
    pub value: Expression,
    pub condition: Option<Expression>,
    /// `value...`
    pub groups: bool,
    pub open_span: Span,
    pub close_span: Span,
}

/// Parts of a template in order.
#[derive(Clone, Debug)]
pub struct Template {
    pub parts: Vec<TemplatePart>,
}

/// One part of a template. Strip markers (`~`) and heredoc indentation have been applied to the literals.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    Literal { text: Text, span: Span },
    Interpolation(Expression),
    If { condition: Expression, if_true: Vec<TemplatePart>, if_false: Vec<TemplatePart>, span: Span },
    For { key_name: Option<Text>, value_name: Text, collection: Expression, body: Vec<TemplatePart>, span: Span },
}

/// A root name and static steps.
#[derive(Clone, Debug)]
pub struct Traversal {
    pub root: Text,
    pub root_span: Span,
    pub steps: Vec<TraversalStep>,
}

impl Traversal {
    pub fn span(&self) -> Span {
        self.steps.last().map_or(self.root_span, |step| self.root_span.to(step.span))
    }
}

#[derive(Clone, Debug)]
pub struct TraversalStep {
    pub kind: TraversalStepKind,
    /// `.name` or `[key]`, punctuation included.
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TraversalStepKind {
    Attribute(Text),
    /// A literal string or number in brackets (or a number after a dot).
    Index(Value),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    Or,
    And,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    Negate,
    Not,
}
