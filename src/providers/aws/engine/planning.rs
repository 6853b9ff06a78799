//! What an object would become: the rules of `hashicorp/aws` that follow from the declarations. Pure.

use super::declared::Declared;
use super::tags::{Tags, tags_of};
use super::{Want, with_attributes};
use crate::provider::{PlanRequest, Planned};
use crate::schema::Nesting;
use crate::value::{Data, Path, Text, Type, Value};
use std::collections::BTreeMap;

/// What planning depends on beside the object.
pub struct Ground<'a> {
    pub tags: &'a Tags,
    pub servers_are_immutable: bool,
}

/// The planned object of a create or update. Destroying needs no plan.
pub fn plan(fields: &[Declared], ground: &Ground<'_>, request: &PlanRequest<'_>) -> Planned {
    if request.proposed.is_null() {
        return Planned::as_proposed(request);
    }
    let mut planning = Planning {
        ground,
        whole: request.configuration,
        is_new: request.prior.is_null(),
        is_in_set: false,
        requires_replace: Vec::new(),
    };
    let mut object = planning.object(fields, request.prior, request.configuration, &Path::root());
    object = with_tags(fields, ground, request.configuration, object);
    if !request.prior.is_null() {
        object = follow(fields, request.prior, request.configuration, object);
        let is_changed = |field: &Declared| object.get(field.name) != request.prior.get(field.name);
        if fields.iter().any(is_changed) {
            object = without_nulls_in_blocks(fields, object, Depth::Top);
        }
    }
    Planned { object, requires_replace: planning.requires_replace, ..Planned::as_proposed(request) }
}

struct Planning<'a> {
    ground: &'a Ground<'a>,
    /// The whole configuration.
    whole: &'a Value,
    /// The whole object is new, so nothing replaces it.
    is_new: bool,
    /// Inside of a block of a set.
    is_in_set: bool,
    requires_replace: Vec<Path>,
}

impl Planning<'_> {
    fn object(&mut self, fields: &[Declared], prior: &Value, configuration: &Value, at: &Path) -> Value {
        let is_set = |flag: &str| configuration.get(flag).and_then(Value::as_bool) == Some(true);
        Value::object(fields.iter().map(|field| {
            let nothing = Value::null(field.of.clone());
            let old = prior.get(field.name).unwrap_or(&nothing);
            let written = configuration.get(field.name).unwrap_or(&nothing);
            let path = at.attribute(field.name);
            if is_idle(field, fields, prior, configuration) {
                return (Text::from(field.name), old.clone());
            }
            let value = self.value(field, prior.is_null(), old, written, &path);
            let is_changed = !prior.is_null() && value != *old;
            let is_replaced = field.replaces_when.is_some_and(is_set)
                || field.replaces_where.is_some_and(|says| says(&Want(prior.clone()), &Want(configuration.clone())));
            if is_changed && is_replaced && !self.requires_replace.contains(&path) {
                self.requires_replace.push(path);
            }
            (Text::from(field.name), value)
        }))
    }

    fn value(&mut self, field: &Declared, is_new: bool, old: &Value, written: &Value, at: &Path) -> Value {
        let reasons = self.requires_replace.len();
        let planned = match &field.nested {
            Some(nested) if is_written(field, written) && written.is_known() && written.as_items().is_some() => {
                let items = self.items(&nested.fields, old, written, at);
                if nested.is_attribute { zeros_for_nulls(items) } else { items }
            }
            // What is left open in a block that joins a list of an old object stays empty.
            _ => self.in_set(field, plain(field, is_new && (self.is_new || self.is_in_set), old, written)),
        };
        if field.suppressed.is_some_and(|is_nothing| is_nothing(self.whole, old, &planned)) {
            self.requires_replace.truncate(reasons);
            return old.clone();
        }
        if self.is_new {
            return planned;
        }
        if is_new {
            // A new block in an old object: its parts replace the object where a change of them would.
            let is_said = !planned.is_zero() || matches!(planned.data(), Data::Bool(_) | Data::Number(_));
            if self.is_replaced(field) && is_said {
                self.requires_replace.push(at.clone());
            }
            return planned;
        }
        if is_same(field, old, &planned) {
            return old.clone();
        }
        let planned = self.taken_away(field, old, planned);
        if self.is_replaced(field) || field.replaces_if.is_some_and(|is_other| is_other(old, &planned)) {
            self.requires_replace.push(at.clone());
        }
        planned
    }

    /// A list or set that is written no more is planned to be empty, not to be null.
    fn taken_away(&self, field: &Declared, old: &Value, planned: Value) -> Value {
        let is_plain = matches!(field.of, Type::List(_) | Type::Set(_)) && field.nested.is_none();
        if is_plain && planned.is_null() && !old.is_zero() { empty(&field.of) } else { planned }
    }

    /// Members of a set have no null texts, lists or sets.
    fn in_set(&self, field: &Declared, planned: Value) -> Value {
        match &field.of {
            Type::String if self.is_in_set && planned.is_null() => Value::text(""),
            of @ (Type::List(_) | Type::Set(_)) if self.is_in_set && planned.is_null() => empty(of),
            of @ Type::List(_) if self.is_in_set && !planned.is_wholly_known() => Value::unknown(of.clone()),
            _ => planned,
        }
    }

    fn is_replaced(&self, field: &Declared) -> bool {
        field.replaces || field.replaces_server && self.ground.servers_are_immutable
    }

    /// Blocks that go replace the object where a change of their parts would.
    fn gone(&mut self, fields: &[Declared], old: &Value, at: &Path) {
        let parts = fields.iter().filter_map(|field| Some((field, old.get(field.name)?)));
        for (field, old) in parts.filter(|(_, old)| !old.is_zero()) {
            let (path, count) = (at.attribute(field.name), self.requires_replace.len());
            if self.is_replaced(field) {
                self.requires_replace.push(path.clone());
            }
            let Some(nested) = &field.nested else { continue };
            for (index, item) in old.as_items().unwrap_or_default().iter().enumerate() {
                self.gone(&nested.fields, item, &path.index(index));
            }
            if nested.nesting == Nesting::Set {
                self.name_set(count, &path);
            }
        }
    }

    /// Members of a set have no path: what has replaced the object since there were so many reasons is the set.
    fn name_set(&mut self, count: usize, set: &Path) {
        if self.requires_replace.len() > count {
            self.requires_replace.truncate(count);
            self.requires_replace.push(set.clone());
        }
    }

    /// Blocks: matched by position in lists, by best fit in sets.
    fn items(&mut self, fields: &[Declared], old: &Value, written: &Value, at: &Path) -> Value {
        let old_items = old.as_items().unwrap_or_default();
        let is_list = matches!(written.data(), Data::List(_));
        let was_in_set = self.is_in_set;
        self.is_in_set |= !is_list;
        let reasons = self.requires_replace.len();
        let mut gone: Vec<(usize, &Value)> = old_items.iter().enumerate().collect();
        let mut items = Vec::new();
        for (index, item) in written.as_items().unwrap_or_default().iter().enumerate() {
            let nothing = Value::null(item.type_of());
            let former = if is_list { old_items.get(index) } else { best_fit(fields, item, old_items) };
            gone.retain(|(_, old)| !former.is_some_and(|former| std::ptr::eq(*old, former)));
            let former = former.unwrap_or(&nothing);
            let planned = self.object(fields, former, item, &at.index(index));
            items.push(if self.is_new { planned } else { follow(fields, former, item, planned) });
        }
        self.is_in_set = was_in_set;
        if !self.is_new {
            gone.into_iter().for_each(|(index, old)| self.gone(fields, old, &at.index(index)));
        }
        if !is_list {
            self.name_set(reasons, at);
        }
        let element = written.type_of().element().cloned().unwrap_or(Type::Dynamic);
        if is_list { Value::list(element, items) } else { Value::set(element, items) }
    }
}

/// An attribute that says nothing because of what another says.
fn is_idle(field: &Declared, fields: &[Declared], prior: &Value, configuration: &Value) -> bool {
    let Some((attribute, values)) = field.only_when else { return false };
    let text = |object: &Value| object.get(attribute).and_then(Value::as_str).cloned();
    let by_default = || {
        let other = fields.iter().find(|other| other.name == attribute)?;
        other.default.as_ref().filter(|_| configuration.get(attribute).is_some_and(Value::is_null))?.as_str().cloned()
    };
    text(configuration).or_else(|| text(prior)).or_else(by_default).is_some_and(|other| !values.contains(&&*other))
}

/// Where in an object something is.
#[derive(Clone, Copy, PartialEq)]
enum Depth {
    Top,
    Block,
    /// Of which the API says what is in it.
    ComputedBlock,
}

/// Once anything of an object changes, its blocks have no null lists and sets, and no null texts that the API decides; those that it does not
/// decide have their defaults. The old SDK's maps of texts cannot tell null from empty, and only outside of blocks is null put back.
fn without_nulls_in_blocks(fields: &[Declared], object: Value, depth: Depth) -> Value {
    let Some(entries) = object.as_entries() else { return object };
    let is_inside = depth != Depth::Top;
    let shown = entries.iter().map(|(name, value)| {
        let field = fields.iter().find(|field| field.name == &**name);
        let value = match field.map(|field| (field, &field.nested)) {
            Some((field, Some(nested))) if !nested.is_attribute && value.is_null() && is_inside => empty(&field.of),
            Some((field, Some(nested))) if !nested.is_attribute => {
                let is_computed = field.is_computed || depth == Depth::ComputedBlock;
                let depth = if is_computed { Depth::ComputedBlock } else { Depth::Block };
                value.clone().map_children(&mut |block| without_nulls_in_blocks(&nested.fields, block, depth))
            }
            Some((field, None)) if is_inside && value.is_null() => match (&field.default, &field.of) {
                (Some(default), of) if depth == Depth::Block => {
                    crate::value::convert(default, of).unwrap_or_else(|_| default.clone())
                }
                (_, Type::String) if field.is_computed || field.is_required && depth == Depth::Block => Value::text(""),
                (_, of @ (Type::List(_) | Type::Set(_))) => empty(of),
                _ => value.clone(),
            },
            _ => value.clone(),
        };
        (Text::from(&**name), value)
    });
    Value::object(shown.collect::<Vec<_>>())
}

/// Objects written as attributes have no nulls but of numbers: what is not said is the zero of its type.
fn zeros_for_nulls(value: Value) -> Value {
    match value.data() {
        Data::Null(Type::Number) => value,
        Data::Null(of) => zero_of(of),
        _ => value.map_children(&mut zeros_for_nulls),
    }
}

/// What the old type system says where nothing is said.
pub fn zero_of(of: &Type) -> Value {
    match of {
        Type::String => Value::string(""),
        Type::Number => Value::from(0),
        Type::Bool => Value::bool(false),
        Type::Map(element) => Value::map((**element).clone(), []),
        other => empty(other),
    }
}

/// An attribute without parts.
fn plain(field: &Declared, is_new: bool, old: &Value, written: &Value) -> Value {
    if field.is_write_only {
        return Value::null(field.of.clone());
    }
    if is_written(field, written) {
        // A new object has no empty sets: they are left to the API, or not there.
        if is_new && matches!(field.of, Type::Set(_)) && written.as_items().is_some_and(<[Value]>::is_empty) {
            return if field.is_computed { Value::unknown(field.of.clone()) } else { Value::null(field.of.clone()) };
        }
        // Nothing is known of a set or map of which a member is unknown: so it is in the plans of hashicorp's provider.
        if matches!(field.of, Type::Set(_) | Type::Map(_)) && written.is_known() && !written.is_wholly_known() {
            return Value::unknown(field.of.clone());
        }
        if let (Type::Map(element), Some(entries)) = (&field.of, written.as_entries()) {
            // Maps have no null elements.
            let said = entries.iter().filter(|(_, value)| !value.is_null());
            let said: Vec<_> = said.map(|(key, value)| (Text::from(&**key), value.clone())).collect();
            if said.len() < entries.len() {
                return Value::map((**element).clone(), said);
            }
        }
        return match field.stored {
            Some(stored) if written.is_known() => stored(written),
            _ => written.clone(),
        };
    }
    if let Some(default) = &field.default {
        return crate::value::convert(default, &field.of).unwrap_or_else(|_| default.clone());
    }
    match (field.is_computed, is_new) {
        (true, true) => Value::unknown(field.of.clone()),
        (true, false) => old.clone(),
        (false, _) if field.nested.is_some() => empty(&field.of),
        (false, _) => Value::null(field.of.clone()),
    }
}

fn empty(of: &Type) -> Value {
    match of {
        Type::List(element) => Value::list((**element).clone(), Vec::new()),
        Type::Set(element) => Value::set((**element).clone(), Vec::new()),
        other => Value::null(other.clone()),
    }
}

/// The configuration says something: no blocks say nothing.
fn is_written(field: &Declared, value: &Value) -> bool {
    let is_blocks = field.nested.as_ref().is_some_and(|nested| !nested.is_attribute);
    let is_empty = value.as_items().is_some_and(<[Value]>::is_empty);
    !(value.is_null() || is_blocks && is_empty)
}

/// No difference worth an update: equal, equal by the attribute's own measure, or nothing against the zero that state keeps for it.
fn is_same(field: &Declared, old: &Value, planned: &Value) -> bool {
    if !planned.is_wholly_known() {
        return false;
    }
    if old == planned || old.is_zero() && planned.is_zero() {
        return true;
    }
    field.same.is_some_and(|same| !old.is_null() && !planned.is_null() && same(old, planned))
}

/// The former block that says the same in most of what is written.
fn best_fit<'a>(fields: &[Declared], item: &Value, former: &'a [Value]) -> Option<&'a Value> {
    let likeness = |old: &Value| {
        let is_equal = |field: &&Declared| {
            let (written, former) = (item.get(field.name), old.get(field.name));
            let pair = written.zip(former).filter(|(written, _)| is_written(field, written));
            pair.is_some_and(|(written, former)| says_the_same(field, written, former))
        };
        fields.iter().filter(is_equal).count()
    };
    former
        .iter()
        .map(|old| (likeness(old), old))
        .filter(|(likeness, _)| *likeness > 0)
        .max_by_key(|(likeness, _)| *likeness)
        .map(|(_, old)| old)
}

/// Everything that is written is so already.
fn says_the_same(field: &Declared, written: &Value, former: &Value) -> bool {
    match (&field.nested, written.as_items(), former.as_items()) {
        (Some(nested), Some(written), Some(former)) => {
            let is_so = |(written, former): (&Value, &Value)| {
                nested.fields.iter().all(|part| match (written.get(part.name), former.get(part.name)) {
                    (Some(written), Some(former)) => !is_written(part, written) || says_the_same(part, written, former),
                    _ => true,
                })
            };
            written.len() == former.len() && written.iter().zip(former).all(is_so)
        }
        _ => written == former,
    }
}

fn with_tags(fields: &[Declared], ground: &Ground<'_>, configuration: &Value, object: Value) -> Value {
    if !fields.iter().any(|field| field.name == "tags_all") {
        return object;
    }
    let nothing = Value::null(Type::map(Type::String));
    let own = configuration.get("tags").unwrap_or(&nothing);
    let all = match overriding_defaults(configuration) {
        Some(defaults) => Tags { defaults, ..Tags::default() }.all(own),
        None => ground.tags.all(own),
    };
    with_attributes(&object, &[("tags_all", all)])
}

/// `override_provider { default_tags { tags = { .. } } }`: what stands in place of the provider's.
fn overriding_defaults(configuration: &Value) -> Option<BTreeMap<String, String>> {
    let block = configuration.get("override_provider")?.as_items()?.first()?;
    let defaults = block.get("default_tags")?.as_items()?.first()?;
    Some(defaults.get("tags").map(tags_of).unwrap_or_default())
}

/// Attributes that follow others become unknown when one of those changes.
fn follow(fields: &[Declared], prior: &Value, configuration: &Value, mut object: Value) -> Value {
    for field in fields.iter().filter(|field| !field.follows.is_empty()) {
        let said = |object: &Value, name: &str| object.get(name).filter(|value| !value.is_null()).cloned();
        let changes = |name: &&&str| said(prior, name) != said(&object, name);
        let is_left_open = !configuration.get(field.name).is_some_and(|written| is_written(field, written));
        let is_on = |flag: &str| object.get(flag).and_then(Value::as_bool) == Some(true);
        let follows = field.follows_while.is_none_or(is_on);
        if follows && is_left_open && field.follows.iter().any(|name| changes(&name)) {
            object = with_attributes(&object, &[(field.name, Value::unknown(field.of.clone()))]);
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use super::super::complaints::complaints_about;
    use super::super::field::{Field, block_list, block_set, flag, map_of_text, number, set_of_text, text, texts};
    use super::*;

    fn declared(fields: Vec<Field<(), ()>>) -> Vec<Declared> {
        fields.into_iter().map(|field| field.declared).collect()
    }

    fn object<const N: usize>(attributes: [(&str, Value); N]) -> Value {
        Value::object(attributes.map(|(name, value)| (Text::from(name), value)))
    }

    /// What a new object of this configuration is planned to be.
    fn planned(fields: Vec<Field<(), ()>>, configuration: &Value) -> Value {
        planned_from(fields, &Value::null(Type::Dynamic), configuration).object
    }

    fn planned_from(fields: Vec<Field<(), ()>>, prior: &Value, configuration: &Value) -> Planned {
        let ground = Ground { tags: &Tags::default(), servers_are_immutable: true };
        let request = PlanRequest {
            kind: "aws_thing",
            prior,
            proposed: configuration,
            configuration,
            private: &Default::default(),
            servers_are_immutable: true,
        };
        plan(&declared(fields), &ground, &request)
    }

    #[test]
    fn what_replaces_an_object_in_a_set_is_the_set_and_in_a_list_the_block() {
        let block = |size: i64| object([("name", Value::text("a")), ("size", Value::from(size))]);
        let prior = object([
            ("disks", Value::set(block(1).type_of(), vec![block(1), block(2)])),
            ("roots", Value::list(block(1).type_of(), vec![block(1), block(2)])),
        ]);
        let configuration = object([
            ("disks", Value::set(block(1).type_of(), vec![block(1)])),
            ("roots", Value::list(block(1).type_of(), vec![block(1)])),
        ]);
        let parts = || vec![text("name").required(), number("size").optional().replaces()];
        let fields = vec![block_set("disks", parts()).optional(), block_list("roots", 0, parts()).optional()];
        let reasons = planned_from(fields, &prior, &configuration).requires_replace;
        let shown: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        assert_eq!(shown, [".disks", ".roots[1].size"]);
    }

    #[test]
    fn what_is_not_known_may_be_null_and_conflicts_with_nothing() {
        let fields = || {
            declared(vec![
                text::<(), ()>("name").optional().conflicts(&["name_prefix"]),
                text("name_prefix").optional().conflicts(&["name"]),
            ])
        };
        let unknown = Value::unknown(Type::String);
        let open = object([("name", unknown.clone()), ("name_prefix", unknown)]);
        assert!(complaints_about(&fields(), &open).is_empty());
        let both = object([("name", Value::text("a")), ("name_prefix", Value::text("b"))]);
        assert_eq!(complaints_about(&fields(), &both).len(), 2);
    }

    #[test]
    fn members_of_sets_have_no_null_texts_and_maps_no_null_elements() {
        let entry = object([("cidr", Value::null(Type::String)), ("port", Value::null(Type::Number))]);
        let map = |value: Value| Value::map(Type::String, [(Text::from("a"), Value::text("a")), ("b".into(), value)]);
        let configuration = object([
            ("entry", Value::set(entry.type_of(), vec![entry])),
            ("labels", map(Value::null(Type::String))),
            ("open", map(Value::unknown(Type::String))),
            ("groups", Value::set(Type::String, Vec::new())),
        ]);
        let fields = vec![
            block_set("entry", vec![text("cidr").optional(), number("port").optional()]).optional(),
            map_of_text("labels").optional(),
            map_of_text("open").optional(),
            set_of_text("groups").optional(),
        ];
        let entry = object([("cidr", Value::text("")), ("port", Value::null(Type::Number))]);
        let expected = object([
            ("entry", Value::set(entry.type_of(), vec![entry])),
            ("labels", Value::map(Type::String, [(Text::from("a"), Value::text("a"))])),
            ("open", Value::unknown(Type::map(Type::String))),
            ("groups", Value::null(Type::set(Type::String))),
        ]);
        assert_eq!(planned(fields, &configuration), expected);
    }

    #[test]
    fn what_only_some_kinds_have_is_not_planned_for_the_default_kind() {
        let fields =
            vec![text("kind").default("application"), text("policy").default("any").only_when("kind", &["network"])];
        let nothing = object([("kind", Value::null(Type::String)), ("policy", Value::null(Type::String))]);
        assert!(planned(fields, &nothing).get("policy").is_some_and(Value::is_null));
    }

    #[test]
    fn a_block_of_a_set_that_says_the_same_in_its_blocks_is_the_former_one() {
        let inner = |key: Value| object([("kind", Value::text("aes")), ("key", key)]);
        let rule = |inner: Value, is_on: Value| {
            let by_default = Value::list(inner.type_of(), vec![inner]);
            let rule = object([("by_default", by_default), ("is_on", is_on)]);
            object([("rule", Value::set(rule.type_of(), vec![rule]))])
        };
        let prior = rule(inner(Value::text("")), Value::bool(false));
        let configuration = rule(inner(Value::null(Type::String)), Value::null(Type::Bool));
        let by_default = block_list("by_default", 1, vec![text("kind").optional(), text("key").optional()]).optional();
        let fields = vec![block_set("rule", vec![by_default, flag("is_on").optional()]).optional()];
        assert_eq!(planned_from(fields, &prior, &configuration).object, prior);
    }

    #[test]
    fn a_list_in_a_block_of_a_set_is_unknown_when_a_part_of_it_is() {
        let rule = |blocks: Value| {
            let rule = object([("blocks", blocks)]);
            object([("rule", Value::set(rule.type_of(), vec![rule]))])
        };
        let configuration = rule(Value::list(Type::String, vec![Value::unknown(Type::String)]));
        let fields = vec![block_set("rule", vec![texts("blocks").optional()]).optional()];
        assert_eq!(planned(fields, &configuration), rule(Value::unknown(Type::list(Type::String))));
    }

    #[test]
    fn what_is_suppressed_replaces_nothing() {
        let disk =
            |size: i64| object([("disk", Value::set(Type::object([]), vec![object([("size", Value::from(size))])]))]);
        let fields = || {
            vec![block_set("disk", vec![number("size").optional().replaces()]).optional().suppressed(|_, _, _| true)]
        };
        let planned = planned_from(fields(), &disk(1), &disk(2));
        assert!(planned.requires_replace.is_empty());
        assert_eq!(planned.object, disk(1));
    }

    #[test]
    fn a_new_block_replaces_the_object_by_what_it_says_even_if_that_is_false() {
        let block = object([("on", Value::bool(false)), ("name", Value::text(""))]);
        let prior = object([("options", Value::list(block.type_of(), Vec::new()))]);
        let configuration = object([("options", Value::list(block.type_of(), vec![block.clone()]))]);
        let parts = vec![flag("on").optional().replaces(), text("name").optional().replaces()];
        let fields = vec![block_list("options", 1, parts).optional()];
        let reasons = planned_from(fields, &prior, &configuration).requires_replace;
        assert_eq!(reasons.iter().map(ToString::to_string).collect::<Vec<_>>(), [".options[0].on"]);
    }

    #[test]
    fn a_block_that_stays_has_its_defaults_once_something_else_changes() {
        let state = |bucket: Value, on: Value, size: i64| {
            let logs = object([("bucket", bucket), ("on", on)]);
            object([("logs", Value::list(logs.type_of(), vec![logs])), ("size", Value::from(size))])
        };
        let prior = state(Value::null(Type::String), Value::null(Type::Bool), 1);
        let logs = object([("bucket", Value::text("")), ("on", Value::bool(true))]).type_of();
        let configuration = object([("logs", Value::list(logs, Vec::new())), ("size", Value::from(2))]);
        let parts = vec![text("bucket").required(), flag("on").default(false)];
        let logs = block_list("logs", 1, parts).optional().kept_if_omitted();
        let planned = planned_from(vec![logs, number("size").optional()], &prior, &configuration);
        assert_eq!(planned.object, state(Value::text(""), Value::bool(false), 2));
    }
}
