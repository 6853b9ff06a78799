//! The traversals of an expression that refer to something outside of it.

use crate::syntax::{Expression, ExpressionKind, ObjectKey, Template, TemplatePart, Traversal};
use crate::value::Text;

/// A traversal whose root is not a name that the expression itself introduces.
pub struct Variable<'a>(&'a Traversal);

impl<'a> Variable<'a> {
    /// A reference that stands alone, as in `depends_on`.
    pub fn of(traversal: &'a Traversal) -> Self {
        Self(traversal)
    }

    pub fn traversal(&self) -> &'a Traversal {
        self.0
    }
}

/// All of them, in the order written; a repeated one is repeated.
pub fn variables(expression: &Expression) -> impl Iterator<Item = Variable<'_>> {
    let mut search = Search { found: Vec::new(), hidden: Vec::new() };
    search.expression(expression);
    search.found.into_iter()
}

struct Search<'a> {
    found: Vec<Variable<'a>>,
    /// Names of the `for`s around.
    hidden: Vec<&'a str>,
}

impl<'a> Search<'a> {
    fn expression(&mut self, expression: &'a Expression) {
        match &expression.kind {
            ExpressionKind::Literal(_) | ExpressionKind::SplatItem | ExpressionKind::Invalid => {}
            ExpressionKind::Traversal(traversal) => {
                if !self.hidden.contains(&&*traversal.root) {
                    self.found.push(Variable(traversal));
                }
            }
            ExpressionKind::Template(Template { parts }) => self.parts(parts),
            ExpressionKind::TemplateWrap(inner) | ExpressionKind::Parentheses(inner) => self.expression(inner),
            ExpressionKind::RelativeTraversal { source, .. } => self.expression(source),
            ExpressionKind::Call(call) => self.all(&call.arguments),
            ExpressionKind::Conditional { condition, if_true, if_false } => {
                self.expression(condition);
                self.expression(if_true);
                self.expression(if_false);
            }
            ExpressionKind::Binary { left, right, .. } => {
                self.expression(left);
                self.expression(right);
            }
            ExpressionKind::Unary { operand, .. } => self.expression(operand),
            ExpressionKind::Index { collection, key, .. } => {
                self.expression(collection);
                self.expression(key);
            }
            ExpressionKind::Splat { source, each, .. } => {
                self.expression(source);
                self.expression(each);
            }
            ExpressionKind::Tuple(items) => self.all(items),
            ExpressionKind::Json(json) => self.all(&json.templates),
            ExpressionKind::Object(items) => {
                for item in items {
                    if let ObjectKey::Expression(key) = &item.key {
                        self.expression(key);
                    }
                    self.expression(&item.value);
                }
            }
            ExpressionKind::For(each) => {
                self.expression(&each.collection);
                self.within(&each.key_name, &each.value_name, |search| {
                    search.all(&each.key);
                    search.expression(&each.value);
                    search.all(&each.condition);
                });
            }
        }
    }

    fn all(&mut self, expressions: impl IntoIterator<Item = &'a Expression>) {
        for expression in expressions {
            self.expression(expression);
        }
    }

    fn parts(&mut self, parts: &'a [TemplatePart]) {
        for part in parts {
            match part {
                TemplatePart::Literal { .. } => {}
                TemplatePart::Interpolation(expression) => self.expression(expression),
                TemplatePart::If { condition, if_true, if_false, .. } => {
                    self.expression(condition);
                    self.parts(if_true);
                    self.parts(if_false);
                }
                TemplatePart::For { key_name, value_name, collection, body, .. } => {
                    self.expression(collection);
                    self.within(key_name, value_name, |search| search.parts(body));
                }
            }
        }
    }

    fn within(&mut self, key_name: &'a Option<Text>, value_name: &'a Text, inside: impl FnOnce(&mut Self)) {
        let outside = self.hidden.len();
        self.hidden.extend(key_name.as_deref());
        self.hidden.push(value_name);
        inside(self);
        self.hidden.truncate(outside);
    }
}
