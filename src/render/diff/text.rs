//! Differences as text: symbols, aligned names, hidden unchanged parts.

use super::strings::{quoted_as_go, render_string};
use super::{BlockGroup, Diff, Kind, Sensitivity};
use crate::change::Action;
use crate::render::paint::Paint;
use crate::value::{Text, Value};

/// Attributes that are shown even where they do not change: they say what the object is.
const IMPORTANT: &[&str] = &["id", "name", "tags"];

/// How a difference is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    pub paint: Paint,
    /// Unchanged parts are shown instead of counted.
    pub shows_unchanged: bool,
    /// No `+`, `-`, `~` and no room for them.
    pub hides_symbols: bool,
    /// No `-> null` behind what goes away.
    pub override_null_suffix: bool,
    /// The whole says whether it forces a replacement; does not reach the parts' parts.
    pub replacement: Replacement,
}

/// Whether `# forces replacement` is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replacement {
    #[default]
    AsIs,
    Always,
    Never,
}

impl Options {
    /// For the parts of what these options are for.
    pub(super) fn for_parts(&self) -> Self {
        Self { replacement: Replacement::AsIs, ..*self }
    }

    fn showing_unchanged(&self) -> Self {
        Self { shows_unchanged: true, ..self.for_parts() }
    }
}

/// Text whose first line follows something, and whose other lines are indented by `depth` levels.
pub fn render(diff: &Diff, depth: usize, options: &Options) -> String {
    match &diff.kind {
        Kind::Primitive { before, after, is_string: true } => {
            render_string(diff, before.as_ref(), after.as_ref(), depth, options)
        }
        Kind::Primitive { before, after, .. } => render_primitive(diff, before.as_ref(), after.as_ref(), options),
        Kind::Sensitive(_) => {
            format!("(sensitive value){}{}", null_suffix(diff.action, options), forces(diff, options))
        }
        Kind::SensitiveBlock(_) => render_sensitive_block(diff, depth, options),
        Kind::Unknown { before } => render_unknown(diff, before.as_deref(), depth, options),
        Kind::List { elements, shows_context } => render_list(diff, elements, *shows_context, depth, options),
        Kind::Set { elements, is_nested } => render_set(diff, elements, *is_nested, depth, options),
        Kind::Map { elements, is_nested } => render_map(diff, elements, *is_nested, depth, options),
        Kind::Object { attributes, is_nested } => render_object(diff, attributes, *is_nested, depth, options),
        Kind::Block { attributes, groups } => render_block(diff, attributes, groups, depth, options),
        Kind::WriteOnly { is_sensitive } => {
            let text = if *is_sensitive { "(sensitive, write-only attribute)" } else { "(write-only attribute)" };
            format!("{text}{}{}", null_suffix(diff.action, options), forces(diff, options))
        }
        Kind::TypeChange { before, after } => {
            let options = Options { override_null_suffix: true, ..*options };
            let arrow = options.paint.yellow("->");
            format!("{} {arrow} {}", render(before, depth, &options), render(after, depth, &options))
        }
    }
}

/// The symbol of an action, three columns wide.
pub fn symbol(action: Action, paint: Paint) -> String {
    match action {
        Action::DeleteThenCreate => format!("{}/{}", paint.red("-"), paint.green("+")),
        Action::CreateThenDelete => format!("{}/{}", paint.green("+"), paint.red("-")),
        Action::ForgetThenCreate => format!("{}/{}", paint.green("+"), paint.red(".")),
        Action::Create => format!("  {}", paint.green("+")),
        Action::Delete => format!("  {}", paint.red("-")),
        Action::Forget => format!(" {}", paint.red(".")),
        Action::Read => format!(" {}", paint.cyan("<=")),
        Action::Update => format!("  {}", paint.yellow("~")),
        Action::NoOp => "   ".to_owned(),
    }
}

/// As [`symbol`], for lists of changes.
pub fn change_symbol(action: Action, paint: Paint) -> String {
    symbol(action, paint)
}

/// A name as configuration would write it.
pub fn attribute_name(name: &str) -> String {
    let mut characters = name.chars();
    let starts = characters.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    if starts && characters.all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
        name.to_owned()
    } else {
        quoted_as_go(name)
    }
}

pub(super) fn indent(depth: usize) -> String {
    "    ".repeat(depth)
}

/// The symbol and a blank, unless symbols are hidden.
pub(super) fn symbol_column(action: Action, options: &Options) -> String {
    if options.hides_symbols { String::new() } else { format!("{} ", symbol(action, options.paint)) }
}

pub(super) fn null_suffix(action: Action, options: &Options) -> String {
    if action == Action::Delete && !options.override_null_suffix {
        options.paint.gray(" -> null")
    } else {
        String::new()
    }
}

pub(super) fn forces(diff: &Diff, options: &Options) -> String {
    forces_if(diff.forces_replacement, options)
}

fn forces_if(forces_replacement: bool, options: &Options) -> String {
    let shown = match options.replacement {
        Replacement::AsIs => forces_replacement,
        Replacement::Always => true,
        Replacement::Never => false,
    };
    if shown { options.paint.red(" # forces replacement") } else { String::new() }
}

fn hidden_count(what: &str, count: usize, depth: usize, options: &Options) -> String {
    let plural = if count == 1 { "" } else { "s" };
    let text = options.paint.gray(&format!("# ({count} unchanged {what}{plural} hidden)"));
    format!("{}{}{text}\n", indent(depth + 1), symbol_column(Action::NoOp, options))
}

/// The line that closes a multi-line value.
fn closing(bracket: char, action: Action, depth: usize, options: &Options) -> String {
    let column = symbol_column(Action::NoOp, options);
    format!("{}{column}{bracket}{}", indent(depth), null_suffix(action, options))
}

fn render_primitive(diff: &Diff, before: Option<&Value>, after: Option<&Value>, options: &Options) -> String {
    let text = |value: Option<&Value>| match value {
        Some(value) => crate::render::json::canonical_text(value),
        None => options.paint.gray("null"),
    };
    let shown = match diff.action {
        Action::Create => text(after),
        Action::Delete => format!("{}{}", text(before), null_suffix(diff.action, options)),
        Action::NoOp => text(before),
        _ => format!("{} {} {}", text(before), options.paint.yellow("->"), text(after)),
    };
    format!("{shown}{}", forces(diff, options))
}

fn render_sensitive_block(diff: &Diff, depth: usize, options: &Options) -> String {
    let margin = format!("{}{}", indent(depth), symbol_column(Action::NoOp, options));
    format!(
        "{{{}\n{margin}  # At least one attribute in this block is (or was) sensitive,\n\
         {margin}  # so its contents will not be displayed.\n{margin}}}",
        forces(diff, options)
    )
}

fn render_unknown(diff: &Diff, before: Option<&Diff>, depth: usize, options: &Options) -> String {
    let suffix = forces(diff, options);
    match before {
        Some(before) if diff.action != Action::Create => {
            let replacement = if diff.forces_replacement { Replacement::Never } else { Replacement::AsIs };
            let options = Options { override_null_suffix: true, replacement, ..*options };
            format!("{} -> (known after apply){suffix}", render(before, depth, &options))
        }
        _ => format!("(known after apply){suffix}"),
    }
}

fn render_list(diff: &Diff, elements: &[Diff], shows_context: bool, depth: usize, options: &Options) -> String {
    if elements.is_empty() {
        return format!("[]{}{}", null_suffix(diff.action, options), forces(diff, options));
    }
    let changed = Options { override_null_suffix: true, ..options.for_parts() };
    let unchanged = options.showing_unchanged();
    let mut out = format!("[{}\n", forces(diff, options));
    let mut hidden: Vec<&Diff> = Vec::new();
    let mut follows_change = false;
    for element in elements {
        let is_unchanged = element.action == Action::NoOp;
        if is_unchanged && !follows_change && !options.shows_unchanged {
            hidden.push(element);
            continue;
        }
        follows_change = false;
        let mut element_options = changed;
        if shows_context {
            // The neighbour before a change and the one after it are shown, whatever they are.
            if let Some((last, others)) = hidden.split_last() {
                if !others.is_empty() {
                    out.push_str(&hidden_count("element", others.len(), depth, &changed));
                }
                out.push_str(&element_line(last, depth, &unchanged, &unchanged));
            }
            hidden.clear();
            if is_unchanged {
                element_options = unchanged;
            } else {
                follows_change = true;
            }
        }
        out.push_str(&warnings(element, depth, &element_options));
        out.push_str(&element_line(element, depth, &element_options, &element_options));
    }
    if !hidden.is_empty() {
        out.push_str(&hidden_count("element", hidden.len(), depth, options));
    }
    out + &closing(']', diff.action, depth, options)
}

fn element_line(element: &Diff, depth: usize, symbols: &Options, options: &Options) -> String {
    let column = symbol_column(element.action, symbols);
    format!("{}{column}{},\n", indent(depth + 1), render(element, depth + 1, options))
}

fn render_set(diff: &Diff, elements: &[Diff], is_nested: bool, depth: usize, options: &Options) -> String {
    let itself = forces_if(diff.forces_replacement && !is_nested, options);
    if elements.is_empty() {
        return format!("[]{}{itself}", null_suffix(diff.action, options));
    }
    let element_options =
        Options { override_null_suffix: true, replacement: for_elements(diff, is_nested), ..*options };
    let mut out = format!("[{itself}\n");
    let mut hidden = 0;
    for element in elements {
        if element.action == Action::NoOp && !options.shows_unchanged {
            hidden += 1;
            continue;
        }
        out.push_str(&warnings(element, depth, options));
        out.push_str(&element_line(element, depth, &element_options, &element_options));
    }
    if hidden > 0 {
        out.push_str(&hidden_count("element", hidden, depth, options));
    }
    out + &closing(']', diff.action, depth, options)
}

/// Nested collections do not say themselves that they force a replacement: their elements do.
fn for_elements(diff: &Diff, is_nested: bool) -> Replacement {
    if is_nested && diff.forces_replacement { Replacement::Always } else { Replacement::AsIs }
}

fn render_map(diff: &Diff, elements: &[(Text, Diff)], is_nested: bool, depth: usize, options: &Options) -> String {
    let itself = forces_if(diff.forces_replacement && !is_nested, options);
    if elements.is_empty() {
        return format!("{{}}{}{itself}", null_suffix(diff.action, options));
    }
    let element_options = Options {
        override_null_suffix: diff.action == Action::Delete || is_nested,
        replacement: for_elements(diff, is_nested),
        ..*options
    };
    let keys: Vec<String> = elements.iter().map(|(key, _)| quoted_as_go(key)).collect();
    let width = if is_nested { 0 } else { widest(&keys) };
    let mut out = format!("{{{itself}\n");
    let mut hidden = 0;
    for ((_, element), key) in elements.iter().zip(&keys) {
        if element.action == Action::NoOp && !options.shows_unchanged {
            hidden += 1;
            continue;
        }
        let comma = if matches!(element.kind, Kind::Object { .. }) { "," } else { "" };
        out.push_str(&warnings(element, depth, options));
        out.push_str(&named_line(key, width, element, comma, depth, &element_options));
    }
    if hidden > 0 {
        out.push_str(&hidden_count("element", hidden, depth, options));
    }
    out + &closing('}', diff.action, depth, options)
}

fn render_object(diff: &Diff, attributes: &[(Text, Diff)], is_nested: bool, depth: usize, options: &Options) -> String {
    if attributes.is_empty() {
        return format!("{{}}{}{}", null_suffix(diff.action, options), forces(diff, options));
    }
    let part_options = Options { override_null_suffix: !is_nested, ..options.for_parts() };
    let out = format!("{{{}\n", forces(diff, options));
    out + &attribute_lines(attributes, depth, options, &part_options) + &closing('}', diff.action, depth, options)
}

/// Attributes aligned, the important ones always, the unchanged ones counted.
fn attribute_lines(attributes: &[(Text, Diff)], depth: usize, options: &Options, part_options: &Options) -> String {
    let names: Vec<String> = attributes.iter().map(|(name, _)| attribute_name(name)).collect();
    let width = widest(&names);
    let mut out = String::new();
    let mut hidden = 0;
    for ((name, attribute), shown_name) in attributes.iter().zip(&names) {
        let is_important = IMPORTANT.contains(&&**name);
        if attribute.action == Action::NoOp && !options.shows_unchanged && !is_important {
            hidden += 1;
            continue;
        }
        let own = if is_important { part_options.showing_unchanged() } else { *part_options };
        out.push_str(&warnings(attribute, depth, &own));
        out.push_str(&named_line(shown_name, width, attribute, "", depth, &own));
    }
    if hidden > 0 {
        out.push_str(&hidden_count("attribute", hidden, depth, options));
    }
    out
}

fn named_line(name: &str, width: usize, diff: &Diff, end: &str, depth: usize, options: &Options) -> String {
    let column = symbol_column(diff.action, options);
    format!("{}{column}{name:width$} = {}{end}\n", indent(depth + 1), render(diff, depth + 1, options))
}

/// In bytes, as Terraform measures.
fn widest(names: &[String]) -> usize {
    names.iter().map(String::len).max().unwrap_or(0)
}

fn render_block(
    diff: &Diff,
    attributes: &[(Text, Diff)],
    groups: &[(Text, BlockGroup)],
    depth: usize,
    options: &Options,
) -> String {
    if attributes.is_empty() && groups.is_empty() {
        return format!("{{}}{}", forces(diff, options));
    }
    let mut out = format!("{{{}\n", forces(diff, options));
    out.push_str(&attribute_lines(attributes, depth, options, &options.for_parts()));
    let mut hidden = 0;
    for (name, group) in groups {
        let (text, unchanged) = render_group(diff, name, group, depth, options);
        if !text.is_empty() && !attributes.is_empty() {
            out.push('\n');
        }
        out.push_str(&text);
        hidden += unchanged;
    }
    if hidden > 0 {
        out.push('\n');
        out.push_str(&hidden_count("block", hidden, depth, options));
    }
    let column = symbol_column(Action::NoOp, options);
    out + &format!("{}{column}}}", indent(depth))
}

/// The blocks of one type, and how many of them are not shown.
fn render_group(whole: &Diff, name: &str, group: &BlockGroup, depth: usize, options: &Options) -> (String, usize) {
    let replacement = if group.forces_replacement { Replacement::Always } else { Replacement::AsIs };
    let block_options = Options { replacement, ..*options };
    let mut out = String::new();
    let mut hidden = 0;
    let mut show = |diff: &Diff, key: &str| {
        let concealed = conceal(diff, group);
        let diff = concealed.as_ref().unwrap_or(diff);
        if diff.action == Action::NoOp && !options.shows_unchanged {
            hidden += 1;
            return;
        }
        out.push_str(&warnings(diff, depth, &block_options));
        let column = symbol_column(diff.action, &block_options);
        let text = render(diff, depth + 1, &block_options);
        out.push_str(&format!("{}{column}{}{key} {text}\n", indent(depth + 1), attribute_name(name)));
    };
    if group.is_unknown {
        let kind = Kind::Unknown { before: None };
        show(&Diff { kind, action: whole.action, forces_replacement: false }, "");
    }
    for (key, block) in &group.blocks {
        let key = key.as_ref().map(|key| format!(" {}", quoted_as_go(key))).unwrap_or_default();
        show(block, &key);
    }
    (out, hidden)
}

/// The block hidden, where all blocks of its type together are sensitive.
fn conceal(diff: &Diff, group: &BlockGroup) -> Option<Diff> {
    let is_hidden = match diff.action {
        Action::Create => group.after_sensitive,
        Action::Delete => group.before_sensitive,
        _ => group.before_sensitive || group.after_sensitive,
    };
    let changes = diff.action == Action::NoOp && group.before_sensitive != group.after_sensitive;
    is_hidden.then_some(Diff {
        kind: Kind::SensitiveBlock(Sensitivity {
            before: group.before_sensitive,
            after: group.after_sensitive,
            inner: diff.action,
        }),
        action: if changes { Action::Update } else { diff.action },
        forces_replacement: diff.forces_replacement,
    })
}

/// Lines above what becomes, or is no longer, sensitive.
fn warnings(diff: &Diff, depth: usize, options: &Options) -> String {
    let (sensitivity, is_block) = match &diff.kind {
        Kind::Sensitive(sensitivity) => (sensitivity, false),
        Kind::SensitiveBlock(sensitivity) => (sensitivity, true),
        _ => return String::new(),
    };
    if sensitivity.before == sensitivity.after || matches!(sensitivity.inner, Action::Create | Action::Delete) {
        return String::new();
    }
    let what = if is_block { "block" } else { "attribute value" };
    let margin = indent(depth + 1);
    let warning = options.paint.yellow("Warning");
    let text = if sensitivity.before {
        format!("{warning}: this {what} will no longer be marked as sensitive\n{margin}  # after applying this change.")
    } else {
        format!(
            "{warning}: this {what} will be marked as sensitive and will not\n\
             {margin}  # display in UI output after applying this change."
        )
    };
    let unchanged = if !is_block && sensitivity.inner == Action::NoOp { " The value is unchanged." } else { "" };
    format!("{margin}  # {text}{unchanged}\n")
}
