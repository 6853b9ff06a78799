//! Body + schema + scope -> object value.
//!
//! A body is read once ([`PreparedBody::new`]) and evaluated once an instance: reading decides what is an argument and what a block,
//! evaluating only looks at expressions. What is wrong with the shape of a body is said whenever it is evaluated, because a body inside
//! a `dynamic` block that makes no blocks is not looked at.
//!
//! Legacy providers declare lists of objects that people write as blocks; both ways of writing are taken, as Terraform does.

use super::dynamic::{self, DynamicBlock};
use super::evaluator::Evaluator;
use super::operator::convert;
use super::{Frame, Scope, Variable, check_variables, variables};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::schema::{Attribute as AttributeSchema, AttributeShape, Block as BlockSchema, NestedBlock, Nesting};
use crate::syntax::{self, Body, BodySchema, Content};
use crate::value::{Marks, ObjectType, Text, Type, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A body with its schema, ready to be evaluated.
#[derive(Clone, Debug)]
pub struct PreparedBody {
    /// Arguments and blocks of the schema, sorted by name.
    members: Vec<(Text, Member)>,
    /// What is wrong with the shape of the body.
    problems: Diagnostics,
    missing_item_span: Option<Span>,
}

#[derive(Clone, Debug)]
enum Member {
    Argument {
        of: Type,
        given: Option<syntax::Attribute>,
    },
    /// A list or set of objects, written as blocks.
    ArgumentBlocks {
        of: Type,
        items: Vec<Item>,
    },
    Blocks(Blocks),
}

/// All blocks of one type.
#[derive(Clone, Debug)]
struct Blocks {
    nesting: Nesting,
    min_items: u64,
    max_items: u64,
    /// The type of one block.
    element: Type,
    items: Vec<Item>,
    /// What an absent group reads as.
    absent: Value,
}

/// One block as written.
#[derive(Clone, Debug)]
enum Item {
    Block(PreparedBlock),
    Dynamic(Box<DynamicBlock>),
}

#[derive(Clone, Debug)]
pub(super) struct PreparedBlock {
    pub(super) label: Option<Text>,
    pub(super) header_span: Span,
    pub(super) body: PreparedBody,
}

/// A block's value on its way into its collection.
pub(super) struct MadeBlock {
    pub(super) label: Option<Text>,
    pub(super) value: Value,
    pub(super) header_span: Span,
    pub(super) missing_item_span: Option<Span>,
}

/// The blocks of one type, or that nobody knows how many there will be.
pub(super) struct Made {
    pub(super) blocks: Vec<MadeBlock>,
    pub(super) is_unknown: bool,
}

/// How the expressions of a body are evaluated.
#[derive(Clone, Copy)]
pub(super) struct Context<'f> {
    pub(super) frame: Option<&'f Frame<'f>>,
    /// Marks of the collections that the blocks around were made from.
    pub(super) marks: Marks,
    /// The number of blocks is unknown: so is everything in them.
    pub(super) is_unknown: bool,
}

/// Reads and evaluates a body in one go.
pub fn decode(body: &Body, schema: &BlockSchema, scope: &dyn Scope) -> (Value, Diagnostics) {
    PreparedBody::new(body, schema).evaluate(scope)
}

impl PreparedBody {
    pub fn new(body: &Body, schema: &BlockSchema) -> Self {
        let as_blocks = arguments_as_blocks(body, schema);
        let body_schema = body_schema(schema, &as_blocks);
        let (content, mut problems) = body.content(&body_schema);
        let known: BTreeSet<&str> = schema.blocks.keys().map(|name| &**name).chain(as_blocks.iter().copied()).collect();
        let mut dynamics: BTreeMap<Text, Vec<(usize, DynamicBlock)>> = BTreeMap::new();
        for (position, block) in content.blocks.iter().enumerate().filter(|(_, block)| &*block.kind == "dynamic") {
            let Some(label) = block.labels.first() else { continue };
            if !known.contains(&*label.text) {
                let detail = format!("Blocks of type {:?} are not expected here.", &*label.text);
                problems.push(Diagnostic::error("Unsupported block type", detail).at(label.span));
                continue;
            }
            let (labels, inner) = inner_schema(schema, &label.text);
            let dynamic = dynamic::prepare(block, &label.text, labels, &inner);
            dynamics.entry(label.text.clone()).or_default().push((position, dynamic));
        }
        let mut items_of = |name: &str| items_of(name, &content, schema, dynamics.remove(name).unwrap_or_default());
        let mut members: Vec<(Text, Member)> = Vec::with_capacity(schema.attributes.len() + schema.blocks.len());
        for (name, attribute) in &schema.attributes {
            let of = constraint_of(attribute);
            let member = match as_blocks.contains(&**name) {
                true => Member::ArgumentBlocks { of, items: items_of(name) },
                false => Member::Argument { of, given: content.attribute(name).cloned() },
            };
            members.push((name.clone(), member));
        }
        for (name, block) in &schema.blocks {
            members.push((name.clone(), Member::Blocks(blocks_of(block, items_of(name)))));
        }
        members.sort_by(|a, b| a.0.cmp(&b.0));
        Self { members, problems, missing_item_span: body.missing_item_span() }
    }

    /// The object that the body describes.
    pub fn evaluate(&self, scope: &dyn Scope) -> (Value, Diagnostics) {
        let mut evaluator = Evaluator::new(scope);
        let context = Context { frame: None, marks: Marks::NONE, is_unknown: false };
        let value = self.evaluate_in(&mut evaluator, context);
        if evaluator.has_errors() || evaluator.has_failed_reference() {
            let references = check_variables(self.variables().into_iter(), scope);
            if references.has_errors() {
                return (Value::unknown(self.implied_type()), references);
            }
        }
        (value, evaluator.into_diagnostics())
    }

    /// Everything that the body refers to.
    pub fn variables(&self) -> Vec<Variable<'_>> {
        let mut found = Vec::new();
        for (_, member) in &self.members {
            match member {
                Member::Argument { given: Some(given), .. } => found.extend(variables(&given.expression)),
                Member::Argument { .. } => {}
                Member::ArgumentBlocks { items, .. } | Member::Blocks(Blocks { items, .. }) => {
                    for item in items {
                        match item {
                            Item::Block(block) => found.extend(block.body.variables()),
                            Item::Dynamic(dynamic) => found.extend(dynamic.variables()),
                        }
                    }
                }
            }
        }
        found
    }

    /// What is wrong with the shape of the body, whatever its values.
    pub fn problems(&self) -> &Diagnostics {
        &self.problems
    }

    /// The expression given for an argument, for diagnostics about its value.
    pub fn argument(&self, name: &str) -> Option<&syntax::Attribute> {
        let index = self.members.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        match &self.members[index].1 {
            Member::Argument { given, .. } => given.as_ref(),
            _ => None,
        }
    }

    fn implied_type(&self) -> Type {
        Type::object(self.members.iter().map(|(name, member)| {
            let of = match member {
                Member::Argument { of, .. } | Member::ArgumentBlocks { of, .. } => of.without_optional(),
                Member::Blocks(blocks) => blocks.implied_type(),
            };
            (name.clone(), of)
        }))
    }

    pub(super) fn missing_item_span(&self) -> Option<Span> {
        self.missing_item_span
    }

    pub(super) fn evaluate_in(&self, evaluator: &mut Evaluator<'_>, context: Context<'_>) -> Value {
        evaluator.extend(self.problems.iter().cloned());
        let entries = self.members.iter().map(|(name, member)| {
            let value = match member {
                Member::Argument { of, given } => argument(evaluator, name, of, given.as_ref(), context),
                Member::ArgumentBlocks { of, items } => argument_blocks(evaluator, of, items, context),
                Member::Blocks(blocks) => blocks.evaluate(evaluator, name, self.missing_item_span, context),
            };
            (name.clone(), value)
        });
        Value::object(entries.collect::<Vec<_>>())
    }
}

fn argument(
    evaluator: &mut Evaluator<'_>,
    name: &str,
    of: &Type,
    given: Option<&syntax::Attribute>,
    context: Context<'_>,
) -> Value {
    let Some(given) = given else { return Value::null(of.without_optional()) };
    if context.is_unknown {
        return Value::unknown(of.without_optional()).with_marks(context.marks);
    }
    let value = evaluator.evaluate(&given.expression, context.frame).with_marks(context.marks);
    convert(&value, of).unwrap_or_else(|problem| {
        let detail = format!("Inappropriate value for attribute \"{name}\": {problem}.");
        let span = given.expression.span;
        let error =
            Diagnostic::error("Incorrect attribute value type", detail).at(span).within(given.name_span.to(span));
        evaluator.fail(error, &given.expression, context.frame);
        Value::unknown(of.without_optional())
    })
}

fn argument_blocks(evaluator: &mut Evaluator<'_>, of: &Type, items: &[Item], context: Context<'_>) -> Value {
    let made = make(evaluator, items, context);
    if made.blocks.is_empty() {
        return Value::null(of.without_optional());
    }
    let element = of.element().unwrap_or(&Type::Dynamic).without_optional();
    let values = made.blocks.into_iter().map(|block| block.value).collect();
    match of {
        Type::Set(_) => Value::set(element, values),
        _ => Value::list(element, values),
    }
}

fn make(evaluator: &mut Evaluator<'_>, items: &[Item], context: Context<'_>) -> Made {
    let mut made = Made { blocks: Vec::new(), is_unknown: context.is_unknown && !items.is_empty() };
    for item in items {
        match item {
            Item::Block(block) => {
                let inside = Context { marks: Marks::NONE, ..context };
                let value = block.body.evaluate_in(evaluator, inside);
                made.blocks.push(MadeBlock {
                    label: block.label.clone(),
                    value,
                    header_span: block.header_span,
                    missing_item_span: block.body.missing_item_span(),
                });
            }
            Item::Dynamic(dynamic) => dynamic.make(evaluator, context, &mut made),
        }
    }
    made
}

impl Blocks {
    fn implied_type(&self) -> Type {
        match self.nesting {
            Nesting::Single | Nesting::Group => self.element.clone(),
            Nesting::List | Nesting::Map if self.element.has_dynamic() => Type::Dynamic,
            Nesting::List => Type::list(self.element.clone()),
            Nesting::Map => Type::map(self.element.clone()),
            Nesting::Set => Type::set(self.element.clone()),
        }
    }

    fn evaluate(
        &self,
        evaluator: &mut Evaluator<'_>,
        name: &str,
        missing_item_span: Option<Span>,
        context: Context<'_>,
    ) -> Value {
        if self.items.is_empty() && self.min_items == 0 {
            return self.empty();
        }
        let made = make(evaluator, &self.items, context);
        if matches!(self.nesting, Nesting::Single | Nesting::Group) {
            return self.single(evaluator, name, made, missing_item_span);
        }
        if made.is_unknown {
            return Value::unknown(self.implied_type());
        }
        self.check_count(evaluator, name, &made, missing_item_span);
        self.collect(evaluator, name, made)
    }

    /// No blocks at all.
    fn empty(&self) -> Value {
        self.nesting.empty(&self.element).unwrap_or_else(|| self.absent.clone())
    }

    fn single(&self, evaluator: &mut Evaluator<'_>, name: &str, made: Made, missing_item_span: Option<Span>) -> Value {
        let mut blocks = made.blocks.into_iter();
        let Some(first) = blocks.next() else {
            if self.min_items == 1 {
                let detail = format!("A block of type \"{name}\" is required here.");
                let mut error = Diagnostic::error(format!("Missing {name} block"), detail);
                error.subject = missing_item_span;
                evaluator.push(error);
            }
            return self.absent.clone();
        };
        if let Some(second) = blocks.next() {
            let place = first.header_span.mention();
            let detail = format!("Only one block of type \"{name}\" is allowed. Previous definition was at {place}.");
            evaluator.push(Diagnostic::error(format!("Duplicate {name} block"), detail).at(second.header_span));
        }
        first.value
    }

    fn check_count(&self, evaluator: &mut Evaluator<'_>, name: &str, made: &Made, missing_item_span: Option<Span>) {
        if self.nesting == Nesting::Map {
            return;
        }
        let count = made.blocks.len() as u64;
        let (summary, detail, span) = if count < self.min_items {
            let detail = format!("At least {} \"{name}\" blocks are required.", self.min_items);
            (format!("Insufficient {name} blocks"), detail, missing_item_span)
        } else if self.max_items > 0 && count > self.max_items {
            let detail = format!("No more than {} \"{name}\" blocks are allowed", self.max_items);
            (format!("Too many {name} blocks"), detail, made.blocks[self.max_items as usize].missing_item_span)
        } else {
            return;
        };
        let mut error = Diagnostic::error(summary, detail);
        error.subject = span;
        evaluator.push(error);
    }

    fn collect(&self, evaluator: &mut Evaluator<'_>, name: &str, made: Made) -> Value {
        let element = self.element.clone();
        let is_dynamic = element.has_dynamic();
        if self.nesting == Nesting::Map {
            let mut entries: BTreeMap<Text, Value> = BTreeMap::new();
            for block in made.blocks {
                let label = block.label.unwrap_or_else(|| "".into());
                if entries.contains_key(&label) {
                    let detail =
                        format!("A block for {name} {label:?} was already defined. The {name} labels must be unique.");
                    let summary = format!("Duplicate {name} block");
                    evaluator.push(Diagnostic::error(summary, detail).at(block.header_span));
                    continue;
                }
                entries.insert(label, block.value);
            }
            return if is_dynamic { Value::object(entries) } else { Value::map(element, entries) };
        }
        let values = made.blocks.into_iter().map(|block| block.value).collect();
        match self.nesting {
            Nesting::Set => Value::set(element, values),
            _ if is_dynamic => Value::tuple(values),
            _ => Value::list(element, values),
        }
    }
}

fn blocks_of(block: &NestedBlock, items: Vec<Item>) -> Blocks {
    let element = block.block.implied_type();
    let absent = match block.nesting {
        Nesting::Group => empty_group(&block.block),
        _ => Value::null(element.clone()),
    };
    Blocks { nesting: block.nesting, min_items: block.min_items, max_items: block.max_items, element, items, absent }
}

/// A body of the schema in which nothing is written.
fn empty_group(schema: &BlockSchema) -> Value {
    let arguments =
        schema.attributes.iter().map(|(name, attribute)| (name.clone(), Value::null(attribute.implied_type())));
    let blocks = schema.blocks.iter().map(|(name, block)| (name.clone(), blocks_of(block, Vec::new()).empty()));
    Value::object(arguments.chain(blocks).collect::<Vec<_>>())
}

/// The blocks of a type and the dynamic ones among them, in the order written.
fn items_of(name: &str, content: &Content, schema: &BlockSchema, dynamics: Vec<(usize, DynamicBlock)>) -> Vec<Item> {
    let (_, inner) = inner_schema(schema, name);
    let blocks = content.blocks.iter().enumerate().filter(|(_, block)| &*block.kind == name);
    let mut items: Vec<(usize, Item)> = blocks
        .map(|(position, block)| {
            let label = block.labels.first().map(|label| label.text.clone());
            let body = PreparedBody::new(&block.body, &inner);
            (position, Item::Block(PreparedBlock { label, header_span: block.header_span(), body }))
        })
        .collect();
    items.extend(dynamics.into_iter().map(|(position, dynamic)| (position, Item::Dynamic(Box::new(dynamic)))));
    items.sort_by_key(|(position, _)| *position);
    items.into_iter().map(|(_, item)| item).collect()
}

const MAP_LABELS: &[&str] = &["key"];

/// The labels and the schema of what is inside blocks of a type, or inside an argument written as blocks.
fn inner_schema<'s>(
    schema: &'s BlockSchema,
    name: &str,
) -> (&'static [&'static str], std::borrow::Cow<'s, BlockSchema>) {
    use std::borrow::Cow;
    if let Some(block) = schema.blocks.get(name) {
        return (labels_of(block), Cow::Borrowed(&block.block));
    }
    let element = schema.attributes.get(name).map(AttributeSchema::implied_type);
    let attributes = match element.as_ref().and_then(Type::element) {
        Some(Type::Object(object)) => {
            object.attributes.iter().map(|(name, of)| (name.clone(), AttributeSchema::optional(of.clone()))).collect()
        }
        _ => BTreeMap::new(),
    };
    (&[], Cow::Owned(BlockSchema { attributes, ..BlockSchema::default() }))
}

fn labels_of(block: &NestedBlock) -> &'static [&'static str] {
    if block.nesting == Nesting::Map { MAP_LABELS } else { &[] }
}

fn body_schema<'s>(schema: &'s BlockSchema, as_blocks: &BTreeSet<&'s str>) -> BodySchema<'s> {
    let mut result = BodySchema::new();
    for (name, attribute) in &schema.attributes {
        result = match as_blocks.contains(&**name) {
            true => result.block(name, &[]),
            false => result.attribute(name, attribute.is_required),
        };
    }
    for (name, block) in &schema.blocks {
        result = result.block(name, labels_of(block));
    }
    result.block("dynamic", &["type"])
}

/// The arguments that this body writes as blocks (or not at all).
pub fn arguments_as_blocks<'s>(body: &Body, schema: &'s BlockSchema) -> BTreeSet<&'s str> {
    if has_modern_types(schema) {
        return BTreeSet::new();
    }
    let ambiguous = schema.attributes.iter().filter(|(_, attribute)| match &attribute.shape {
        AttributeShape::Plain(Type::List(element) | Type::Set(element)) => matches!(**element, Type::Object(_)),
        _ => false,
    });
    let is_argument = |name: &str| {
        let (found, _, _) = body.partial_content(&BodySchema::new().optional(name));
        found.attribute(name).is_some()
    };
    ambiguous.map(|(name, _)| &**name).filter(|name| !is_argument(name)).collect()
}

/// Types that the legacy provider SDK could not make: their provider does not need arguments written as blocks.
fn has_modern_types(schema: &BlockSchema) -> bool {
    let is_modern = |attribute: &AttributeSchema| match &attribute.shape {
        AttributeShape::Nested { .. } => true,
        AttributeShape::Plain(Type::Tuple(_) | Type::Object(_)) => true,
        AttributeShape::Plain(Type::Map(element)) if matches!(**element, Type::Object(_)) => true,
        AttributeShape::Plain(of) => {
            of.element().and_then(Type::element).is_some_and(|innermost| !innermost.is_primitive())
        }
    };
    schema.attributes.values().any(is_modern) || schema.blocks.values().any(|block| has_modern_types(&block.block))
}

/// What a value given for an argument is converted to: in nested objects, all that need not be given may be left out.
fn constraint_of(attribute: &AttributeSchema) -> Type {
    let AttributeShape::Nested { nesting, attributes } = &attribute.shape else { return attribute.implied_type() };
    let object = Type::Object(Arc::new(ObjectType {
        attributes: attributes.iter().map(|(name, inner)| (name.clone(), constraint_of(inner))).collect(),
        optional: attributes
            .iter()
            .filter(|(_, inner)| inner.is_optional || inner.is_computed)
            .map(|(name, _)| name.clone())
            .collect(),
    }));
    match nesting {
        Nesting::Single | Nesting::Group => object,
        Nesting::List => Type::list(object),
        Nesting::Set => Type::set(object),
        Nesting::Map => Type::map(object),
    }
}
