//! State to text: two spaces of indentation, keys in Terraform's order, empty things on one line, a newline at the end.

use super::{check, paths};
use crate::addr::{InstanceKey, ModuleResource, ResourceMode};
use crate::state::{Attributes, Object, ObjectStatus, ResourceState, State};
use crate::value::{Text, write_json, write_text};
use base64::Engine;

/// The text of a state file. The state holds no unknown values; marks are left out.
pub fn write_state(state: &State) -> String {
    let mut out = Writer::default();
    out.object(|out| {
        out.key("version");
        out.raw("4");
        out.text("terraform_version", &state.terraform_version);
        out.key("serial");
        out.raw(&state.serial.to_string());
        out.text("lineage", &state.lineage);
        out.key("outputs");
        write_outputs(state, out);
        out.key("resources");
        let resources: Vec<_> = sorted(state);
        out.array(&resources, |(resource, saved), out| write_resource(resource, saved, out));
        out.key("check_results");
        check::write(&state.checks, out);
    });
    out.text.push('\n');
    out.text
}

/// What a state file says apart from who wrote it when: everything after the head. Two states with the same content are the same state.
pub fn content_of(text: &str) -> &str {
    text.find("\n  \"outputs\":").map_or(text, |at| &text[at..])
}

/// One object as an entry of `instances`, on one line.
pub fn object_text(object: &Object) -> String {
    let mut out = Writer { is_compact: true, ..Writer::default() };
    write_object(&InstanceKey::None, None, object, &mut out);
    out.text
}

/// Resources by module text, mode, type and name, as Terraform sorts them.
fn sorted(state: &State) -> Vec<(&ModuleResource, &ResourceState)> {
    let mut resources: Vec<_> = state
        .resources
        .iter()
        .filter(|(address, _)| address.resource.mode != ResourceMode::Ephemeral)
        .map(|entry| (entry.0.module.to_string(), entry))
        .collect();
    let key = |(address, _): &(&ModuleResource, &ResourceState)| {
        (mode_name(address.resource.mode), address.resource.kind.clone(), address.resource.name.clone())
    };
    resources.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| key(&a.1).cmp(&key(&b.1))));
    resources.into_iter().map(|(_, entry)| entry).collect()
}

fn mode_name(mode: ResourceMode) -> &'static str {
    match mode {
        ResourceMode::Managed => "managed",
        ResourceMode::Data | ResourceMode::Ephemeral => "data",
    }
}

fn write_outputs(state: &State, out: &mut Writer) {
    let outputs: Vec<_> = state.outputs.iter().collect();
    out.map(&outputs, |(name, output), out| {
        out.key(name);
        out.object(|out| {
            let value = output.value.clone().unmark_deep().0;
            let of = value.type_of();
            let mut json = String::new();
            // State holds known values only, which can all be written.
            let _ = write_json(&value, &of, &mut json);
            out.key("value");
            out.json(&json);
            out.key("type");
            let mut type_text = String::new();
            of.write_json(&mut type_text);
            out.json(&type_text);
            if output.is_sensitive {
                out.key("sensitive");
                out.raw("true");
            }
        });
    });
}

fn write_resource(address: &ModuleResource, saved: &ResourceState, out: &mut Writer) {
    out.object(|out| {
        if !address.module.is_root() {
            out.text("module", &address.module.to_string());
        }
        out.text("mode", mode_name(address.resource.mode));
        out.text("type", &address.resource.kind);
        out.text("name", &address.resource.name);
        out.text("provider", &saved.provider.to_string());
        let current =
            saved.instances.iter().filter_map(|(key, instance)| Some((key, None, instance.current.as_deref()?)));
        let deposed = saved.instances.iter().flat_map(|(key, instance)| {
            instance.deposed.iter().map(move |(generation, object)| (key, Some(generation), &**object))
        });
        let mut objects: Vec<(&InstanceKey, Option<&Text>, &Object)> = current.chain(deposed).collect();
        objects.sort_by(|a, b| a.0.cmp(b.0).then_with(|| a.1.cmp(&b.1)));
        out.key("instances");
        out.array(&objects, |(key, deposed, object), out| write_object(key, *deposed, object, out));
    });
}

fn write_object(key: &InstanceKey, deposed: Option<&Text>, object: &Object, out: &mut Writer) {
    out.object(|out| {
        match key {
            InstanceKey::None => {}
            InstanceKey::Index(index) => {
                out.key("index_key");
                out.raw(&index.to_string());
            }
            InstanceKey::Key(text) => out.text("index_key", text),
        }
        if object.status == ObjectStatus::Tainted {
            out.text("status", "tainted");
        }
        if let Some(generation) = deposed {
            out.text("deposed", generation);
        }
        out.key("schema_version");
        out.raw(&object.schema_version.to_string());
        out.key("attributes");
        match &object.attributes {
            Attributes::Raw(json) => out.json(json),
            Attributes::Decoded { value, of } => {
                let mut json = String::new();
                let _ = write_json(&value.clone().unmark_deep().0, of, &mut json);
                out.json(&json);
            }
        }
        out.key("sensitive_attributes");
        out.json(&paths::write(&object.sensitive_paths));
        if !object.private.is_empty() {
            out.text("private", &base64::engine::general_purpose::STANDARD.encode(&object.private));
        }
        if !object.dependencies.is_empty() {
            let mut names: Vec<String> = object.dependencies.iter().map(ToString::to_string).collect();
            names.sort();
            out.key("dependencies");
            out.array(&names, |name, out| out.string(name));
        }
        if object.create_before_destroy {
            out.key("create_before_destroy");
            out.raw("true");
        }
    });
}

/// Indented JSON, piece by piece.
#[derive(Default)]
pub(super) struct Writer {
    text: String,
    depth: usize,
    /// Something stands in the innermost braces already.
    has_items: bool,
    /// All on one line.
    is_compact: bool,
}

impl Writer {
    pub fn raw(&mut self, json: &str) {
        self.text.push_str(json);
    }

    pub fn string(&mut self, text: &str) {
        write_text(text, &mut self.text);
    }

    pub fn key(&mut self, name: &str) {
        self.next();
        self.string(name);
        self.text.push_str(": ");
    }

    pub fn text(&mut self, name: &str, text: &str) {
        self.key(name);
        self.string(text);
    }

    pub fn object(&mut self, write: impl FnOnce(&mut Self)) {
        self.enclosed(('{', '}'), write);
    }

    pub fn array<T>(&mut self, items: &[T], write: impl Fn(&T, &mut Self)) {
        self.enclosed(('[', ']'), |out| {
            for item in items {
                out.next();
                write(item, out);
            }
        });
    }

    /// An object whose entries write their own keys.
    pub fn map<T>(&mut self, items: &[T], write: impl Fn(&T, &mut Self)) {
        self.object(|out| items.iter().for_each(|item| write(item, out)));
    }

    fn enclosed(&mut self, (open, close): (char, char), write: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.has_items, false);
        self.text.push(open);
        self.depth += 1;
        write(self);
        self.depth -= 1;
        if self.has_items {
            self.line();
        }
        self.text.push(close);
        self.has_items = outer;
    }

    fn next(&mut self) {
        if self.has_items {
            self.text.push(',');
        }
        self.line();
        self.has_items = true;
    }

    fn line(&mut self) {
        if self.is_compact {
            return;
        }
        self.text.push('\n');
        for _ in 0..self.depth {
            self.text.push_str("  ");
        }
    }

    /// JSON from elsewhere, indented to fit: texts are copied as they are, space outside of them is made anew.
    pub fn json(&mut self, json: &str) {
        let bytes = json.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            match bytes[at] {
                b'"' => {
                    let end = end_of_text(bytes, at);
                    self.text.push_str(&json[at..end]);
                    at = end;
                    continue;
                }
                open @ (b'{' | b'[') => {
                    let close = if open == b'{' { b'}' } else { b']' };
                    let next = next_visible(bytes, at + 1);
                    self.text.push(open as char);
                    if bytes.get(next) == Some(&close) {
                        self.text.push(close as char);
                        at = next + 1;
                        continue;
                    }
                    self.depth += 1;
                    self.line();
                }
                close @ (b'}' | b']') => {
                    self.depth -= 1;
                    self.line();
                    self.text.push(close as char);
                }
                b',' => {
                    self.text.push(',');
                    self.line();
                }
                b':' => self.text.push_str(": "),
                b' ' | b'\n' | b'\r' | b'\t' => {}
                other => self.text.push(other as char),
            }
            at += 1;
        }
    }
}

/// Behind the closing quote.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn next_visible(bytes: &[u8], start: usize) -> usize {
    (start..bytes.len()).find(|at| !bytes[*at].is_ascii_whitespace()).unwrap_or(bytes.len())
}
