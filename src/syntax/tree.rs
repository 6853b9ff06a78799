//! The tree: bodies, attributes, blocks and expressions.

use crate::diag::{Diagnostic, Span};
use crate::value::{Text, Value};
use std::sync::Arc;

/// What stands between braces, or in a whole file.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// In the order written. Names are unique (a repeated one is a diagnostic and dropped).
    pub attributes: Vec<Attribute>,
    /// In the order written.
    pub blocks: Vec<Block>,
    /// All of the body with its braces, the whole text for a file. Its start is where a missing argument is reported.
    pub span: Option<Span>,
    /// From JSON syntax, where a property may be an argument or stand for blocks. `Some` holds what was written; attributes and
    /// blocks are then empty and a schema decides what is what: see [`Body::content`].
    pub json: Option<JsonBody>,
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
    pub body: Arc<Body>,
    pub open_brace_span: Span,
    pub close_brace_span: Span,
}

impl Block {
    /// `kind "label" "label"`: what diagnostics about a whole block point at. In JSON it is the opening brace.
    pub fn header_span(&self) -> Span {
        if self.body.json.is_some() {
            return self.open_brace_span;
        }
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

/// A body in JSON: an object, or an array of objects whose properties count together.
#[derive(Clone, Debug)]
pub struct JsonBody {
    pub node: JsonNode,
    /// Properties that an earlier look at this body has taken already.
    pub taken: Vec<Text>,
}

/// JSON with spans. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct JsonNode {
    pub kind: JsonKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum JsonKind {
    Null,
    Bool(bool),
    Number(Value),
    String(Text),
    Array(Arc<[JsonNode]>),
    Object(Arc<[JsonProperty]>),
    /// Not JSON; a diagnostic has been given.
    Invalid,
}

#[derive(Clone, Debug)]
pub struct JsonProperty {
    pub name: Text,
    pub name_span: Span,
    pub value: JsonNode,
}

impl JsonProperty {
    /// Name to end of value.
    pub fn span(&self) -> Span {
        self.name_span.to(self.value.span)
    }
}

impl JsonNode {
    /// The opening bracket of an array or object, the whole of anything else.
    pub fn start_span(&self) -> Span {
        match self.kind {
            JsonKind::Array(_) | JsonKind::Object(_) => Span { end: self.span.start + 1, ..self.span },
            _ => self.span,
        }
    }

    /// The closing bracket of an array or object.
    pub fn close_span(&self) -> Span {
        match self.kind {
            JsonKind::Array(_) | JsonKind::Object(_) => Span { start: self.span.end.saturating_sub(1), ..self.span },
            _ => self.span,
        }
    }
}

/// A JSON value in the place of an expression.
///
/// Where it is evaluated its strings are templates; where Terraform reads it statically (`"depends_on": ["aws_vpc.main"]`,
/// `"type": "list(string)"`) they are something else, so the text is kept too: see `static_forms`.
#[derive(Clone, Debug)]
pub struct JsonExpression {
    pub node: JsonNode,
    /// Its strings as templates in the order written, names of properties included.
    pub templates: Vec<Expression>,
    /// What is wrong with those templates. Only an evaluation reports it, as only then they are templates.
    pub problems: Vec<Diagnostic>,
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
    Call(Box<Call>),
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
    /// From JSON syntax.
    Json(Box<JsonExpression>),
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
    If { condition: Box<Expression>, if_true: Vec<TemplatePart>, if_false: Vec<TemplatePart>, span: Span },
    For { key_name: Option<Text>, value_name: Text, collection: Box<Expression>, body: Vec<TemplatePart>, span: Span },
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
