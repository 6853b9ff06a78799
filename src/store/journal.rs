//! The write-ahead journal of one apply: what is about to be done, and what came of it.
//!
//! `<state>.journal` holds one JSON line a record, each with a checksum, so that a line that was cut off by a crash is known for one and passed
//! over. An intent is on disk before its effect is asked for: all intents that start together cost one `fsync`. Outcomes are
//! appended as they come and forced to disk with the next intents, or at the end. State as last saved + outcomes = what is true;
//! an intent without an outcome is what recovery has to ask the provider about.
//!
//! ```text
//! 7f3a09c1 {"header":{"lineage":"...","serial":7,"plan":"sha256:..."}}
//! 03b2f5aa {"intent":{"step":4,"address":"aws_instance.web[0]","action":"create","token":"...","planned":{...},...}}
//! 9911d0fe {"outcome":{"step":4,"address":"aws_instance.web[0]","instance":{...as in the state file...}}}
//! ```

use crate::addr::ResourceInstance;
use crate::diag::{Diagnostic, Diagnostics};
use crate::provider::Private;
use crate::state::v4::{object_text, read_object};
use crate::state::{InstanceState, Object, ResourceState, State};
use crate::value::{Path as ValuePath, Type, Value, from_json_as, unknown_paths, write_json};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What run this is the journal of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub lineage: String,
    /// Of the state that the run began with.
    pub serial: u64,
    /// Digest of the plan.
    pub plan: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Create,
    Update,
    Destroy,
}

/// One effect that is about to be asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct IntentRecord {
    pub step: u32,
    pub address: ResourceInstance,
    /// The generation it is about, where that is not the current one.
    pub deposed: Option<String>,
    /// The provider configuration, as an address.
    pub provider: String,
    pub action: Action,
    pub kind: String,
    pub prior: Value,
    /// May hold unknown values.
    pub planned: Value,
    pub private: Private,
    pub token: String,
}

/// What came of it. No object: nothing is there any more.
#[derive(Clone, Debug)]
pub struct OutcomeRecord {
    pub step: u32,
    pub address: ResourceInstance,
    pub deposed: Option<String>,
    pub provider: String,
    pub object: Option<Arc<Object>>,
}

/// A journal being written.
pub struct Journal {
    file: File,
    path: PathBuf,
    is_dirty: bool,
    length: u64,
}

/// A journal found: what a run did before it ended without saying so.
#[derive(Debug, Default)]
pub struct Replay {
    pub header: Header,
    pub outcomes: Vec<OutcomeRecord>,
    /// Intents without an outcome.
    pub open: Vec<IntentRecord>,
    /// The run ended by itself: the state was saved after the last outcome.
    pub is_finished: bool,
}

impl Journal {
    /// Begins a journal. There must be none: an old one is recovered first.
    pub fn create(path: &Path, header: &Header) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)?;
        let mut journal = Self { file, path: path.to_owned(), is_dirty: false, length: 0 };
        let begun = journal.append(&Line::Header(header.clone())).and_then(|()| journal.sync());
        if let Err(error) = begun {
            let _ = std::fs::remove_file(path);
            return Err(error);
        }
        crate::system::file::sync_folder(path)?;
        Ok(journal)
    }

    /// Puts intents on disk. Only when this has succeeded may the effects be asked for.
    pub fn intend(&mut self, intents: &[IntentRecord]) -> io::Result<()> {
        for intent in intents {
            self.append(&Line::Intent(Box::new(IntentLine::of(intent))))?;
        }
        self.sync()
    }

    /// Notes what came of a step; on disk with the next intents or `sync`.
    pub fn record(&mut self, outcome: &OutcomeRecord) -> io::Result<()> {
        self.append(&Line::Outcome(OutcomeLine::of(outcome)))
    }

    pub fn sync(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.is_dirty) {
            self.file.sync_data()?;
        }
        Ok(())
    }

    /// The state holds everything: the journal has served.
    pub fn finish(mut self) -> io::Result<()> {
        self.append(&Line::End {})?;
        self.sync()?;
        std::fs::remove_file(&self.path)?;
        crate::system::file::sync_folder(&self.path)
    }

    /// A line that could not be written whole is taken back, so that what follows stays readable.
    fn append(&mut self, line: &Line) -> io::Result<()> {
        let text = serde_json::to_string(line).map_err(io::Error::other)?;
        let line = format!("{:08x} {text}\n", checksum(text.as_bytes()));
        if let Err(error) = self.file.write_all(line.as_bytes()) {
            let _ = self.file.set_len(self.length);
            return Err(error);
        }
        self.length += line.len() as u64;
        self.is_dirty = true;
        Ok(())
    }
}

impl Replay {
    /// Reads what is there; nothing where there is no journal. What follows the first damaged line never happened as far as anybody can know:
    /// an intent is only acted on after it was wholly on disk.
    pub fn read(path: &Path) -> Result<Option<Self>, Diagnostics> {
        let failed = |problem: String| {
            let detail = format!(
                "The journal {} {problem}. It records what an interrupted run did; do not remove it unless you have compared the state with what really exists.",
                path.display()
            );
            Diagnostics::from(Diagnostic::error("Journal cannot be read", detail))
        };
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(format!("could not be read: {error}"))),
        };
        Self::parse(&bytes).map(Some).map_err(failed)
    }

    /// From the bytes of a journal, cut off anywhere.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut replay = Self::default();
        let mut open: BTreeMap<u32, IntentRecord> = BTreeMap::new();
        for line in whole_lines(bytes) {
            match line {
                Line::Header(header) => replay.header = header,
                Line::Intent(intent) => {
                    let intent = intent.into_record()?;
                    open.insert(intent.step, intent);
                }
                Line::Outcome(outcome) => {
                    let outcome = outcome.into_record()?;
                    open.remove(&outcome.step);
                    replay.outcomes.push(outcome);
                }
                Line::End {} => replay.is_finished = true,
            }
        }
        replay.open = open.into_values().collect();
        Ok(replay)
    }

    /// Brings a state that was saved before or during the run up to what the journal knows.
    pub fn apply_to(&self, state: &mut State) {
        for outcome in &self.outcomes {
            outcome.apply_to(state);
        }
    }
}

impl OutcomeRecord {
    /// Puts the object where it belongs, or takes it away.
    pub fn apply_to(&self, state: &mut State) {
        let resource = self.address.in_module();
        if self.object.is_none() && !state.resources.contains_key(&resource) {
            return;
        }
        let Some(provider) = crate::state::v4::provider_config(&self.provider) else { return };
        let saved = state
            .resources
            .entry(resource.clone())
            .or_insert_with(|| ResourceState { provider, instances: BTreeMap::new() });
        let instance: &mut InstanceState = saved.instances.entry(self.address.key.clone()).or_default();
        match &self.deposed {
            None => instance.current = self.object.clone(),
            Some(generation) => {
                match &self.object {
                    Some(object) => instance.deposed.insert(generation.as_str().into(), object.clone()),
                    None => instance.deposed.remove(generation.as_str()),
                };
            }
        }
        if instance.current.is_none() && instance.deposed.is_empty() {
            saved.instances.remove(&self.address.key);
        }
        if saved.instances.is_empty() {
            state.resources.remove(&resource);
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    Header(Header),
    Intent(Box<IntentLine>),
    Outcome(OutcomeLine),
    End {},
}

#[derive(Serialize, Deserialize)]
struct IntentLine {
    step: u32,
    address: String,
    deposed: Option<String>,
    provider: String,
    action: Action,
    kind: String,
    prior: Saved,
    planned: Saved,
    private: String,
    token: String,
}

#[derive(Serialize, Deserialize)]
struct OutcomeLine {
    step: u32,
    address: String,
    deposed: Option<String>,
    provider: String,
    /// As in the state file.
    instance: Option<Box<serde_json::value::RawValue>>,
}

/// A value with its type; unknown parts are null and named.
#[derive(Serialize, Deserialize)]
struct Saved {
    value: Box<serde_json::value::RawValue>,
    #[serde(rename = "type")]
    of: serde_json::Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unknown: Vec<Vec<serde_json::Value>>,
}

impl Saved {
    fn of(value: &Value) -> Self {
        let plain = value.clone().unmark_deep().0;
        let unknown = unknown_paths(&plain).iter().map(path_to_json).collect();
        let known = known_only(plain.clone());
        let of = known.type_of();
        let mut text = String::new();
        // Without unknown parts and marks only an infinite number cannot be written; it is none of a provider's.
        if write_json(&known, &of, &mut text).is_err() {
            text = "null".into();
        }
        let value = serde_json::value::RawValue::from_string(text)
            .unwrap_or_else(|_| serde_json::value::RawValue::NULL.to_owned());
        Self { value, of: of.to_json(), unknown }
    }

    fn into_value(self) -> Result<Value, String> {
        let of = Type::from_json(&self.of).ok_or("holds a type that is none")?;
        let json: serde_json::Value = serde_json::from_str(self.value.get()).map_err(|error| error.to_string())?;
        let value = from_json_as(&json, &of).map_err(|error| error.to_string())?;
        let unknown: Vec<ValuePath> = self.unknown.iter().map(|steps| path_from_json(steps)).collect();
        Ok(with_unknowns(value, &mut ValuePath::root(), &unknown))
    }
}

fn known_only(value: Value) -> Value {
    match value.data() {
        crate::value::Data::Unknown(unknown) => Value::null(unknown.type_of().clone()),
        _ if value.is_wholly_known() => value,
        _ => value.map_children(&mut known_only),
    }
}

fn with_unknowns(value: Value, at: &mut ValuePath, unknown: &[ValuePath]) -> Value {
    use crate::value::PathStep;
    if unknown.contains(at) {
        return Value::unknown(value.type_of());
    }
    if !unknown.iter().any(|path| path.starts_with(at)) {
        return value;
    }
    let keys: Vec<PathStep> = match value.data() {
        crate::value::Data::Object(entries) => entries.keys().map(|key| PathStep::Attribute(key.clone())).collect(),
        crate::value::Data::Map(mapping) => mapping.entries().keys().map(|key| PathStep::Key(key.clone())).collect(),
        _ => (0..value.as_items().unwrap_or_default().len()).map(PathStep::Index).collect(),
    };
    let mut steps = keys.into_iter();
    value.map_children(&mut |child| match steps.next() {
        Some(step) => {
            at.0.push(step);
            let changed = with_unknowns(child, at, unknown);
            at.0.pop();
            changed
        }
        None => child,
    })
}

/// Attributes and keys as texts, keys in an array of one, positions as numbers.
fn path_to_json(path: &ValuePath) -> Vec<serde_json::Value> {
    use crate::value::PathStep;
    let step = |step: &PathStep| match step {
        PathStep::Attribute(name) => serde_json::json!(name.to_string()),
        PathStep::Key(key) => serde_json::json!([key.to_string()]),
        PathStep::Index(index) => serde_json::json!(index),
    };
    path.0.iter().map(step).collect()
}

fn path_from_json(steps: &[serde_json::Value]) -> ValuePath {
    use crate::value::PathStep;
    let step = |step: &serde_json::Value| match step {
        serde_json::Value::String(name) => PathStep::Attribute(name.as_str().into()),
        serde_json::Value::Array(key) => {
            PathStep::Key(key.first().and_then(serde_json::Value::as_str).unwrap_or_default().into())
        }
        other => PathStep::Index(other.as_u64().unwrap_or_default() as usize),
    };
    ValuePath(steps.iter().map(step).collect())
}

impl IntentLine {
    fn of(intent: &IntentRecord) -> Self {
        use base64::Engine;
        Self {
            step: intent.step,
            address: intent.address.to_string(),
            deposed: intent.deposed.clone(),
            provider: intent.provider.clone(),
            action: intent.action,
            kind: intent.kind.clone(),
            prior: Saved::of(&intent.prior),
            planned: Saved::of(&intent.planned),
            private: base64::engine::general_purpose::STANDARD.encode(&intent.private),
            token: intent.token.clone(),
        }
    }

    fn into_record(self) -> Result<IntentRecord, String> {
        use base64::Engine;
        let private =
            base64::engine::general_purpose::STANDARD.decode(&self.private).map_err(|error| error.to_string())?;
        Ok(IntentRecord {
            step: self.step,
            address: address_of(&self.address)?,
            deposed: self.deposed,
            provider: self.provider,
            action: self.action,
            kind: self.kind,
            prior: self.prior.into_value()?,
            planned: self.planned.into_value()?,
            private: private.into(),
            token: self.token,
        })
    }
}

impl OutcomeLine {
    fn of(outcome: &OutcomeRecord) -> Self {
        let instance = outcome
            .object
            .as_deref()
            .map(object_text)
            .and_then(|text| serde_json::value::RawValue::from_string(text).ok());
        Self {
            step: outcome.step,
            address: outcome.address.to_string(),
            deposed: outcome.deposed.clone(),
            provider: outcome.provider.clone(),
            instance,
        }
    }

    fn into_record(self) -> Result<OutcomeRecord, String> {
        let object = self.instance.map(|text| read_object(text.get(), &self.address)).transpose()?;
        Ok(OutcomeRecord {
            step: self.step,
            address: address_of(&self.address)?,
            deposed: self.deposed,
            provider: self.provider,
            object: object.map(Arc::new),
        })
    }
}

fn address_of(text: &str) -> Result<ResourceInstance, String> {
    let (traversal, _) = crate::syntax::parse_traversal(text, crate::diag::FileId(0), 0);
    let parsed = traversal.and_then(|traversal| crate::addr::parse::parse_instance(&traversal).ok());
    parsed.ok_or_else(|| format!("names {text:?}, which is no address"))
}

/// Lines up to the first that is not whole.
fn whole_lines(bytes: &[u8]) -> impl Iterator<Item = Line> + '_ {
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    bytes[..end].split_inclusive(|byte| *byte == b'\n').map_while(|line| {
        let line = std::str::from_utf8(line).ok()?.trim_end_matches('\n');
        let (sum, text) = line.split_once(' ')?;
        (u32::from_str_radix(sum, 16).ok()? == checksum(text.as_bytes())).then_some(())?;
        serde_json::from_str(text).ok()
    })
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::{InstanceKey, ModuleInstance, Resource};
    use crate::state::{Attributes, ObjectStatus};

    fn address(index: u64) -> ResourceInstance {
        ResourceInstance {
            module: ModuleInstance::root(),
            resource: Resource::managed("terraform_data", "a"),
            key: InstanceKey::Index(index),
        }
    }

    const PROVIDER: &str = "provider[\"terraform.io/builtin/terraform\"]";

    fn intent(step: u32) -> IntentRecord {
        let planned = Value::object([("id".into(), Value::unknown(Type::String)), ("input".into(), Value::from("x"))]);
        IntentRecord {
            step,
            address: address(u64::from(step)),
            deposed: None,
            provider: PROVIDER.into(),
            action: Action::Create,
            kind: "terraform_data".into(),
            prior: Value::null(planned.type_of()),
            planned,
            private: Private::from([]),
            token: format!("token-{step}"),
        }
    }

    fn outcome(step: u32) -> OutcomeRecord {
        let object = Object {
            status: ObjectStatus::Ready,
            schema_version: 0,
            attributes: Attributes::Raw(format!("{{\"id\":\"{step}\"}}").as_str().into()),
            sensitive_paths: Vec::new(),
            private: Private::from([]),
            dependencies: Vec::new(),
            create_before_destroy: false,
        };
        OutcomeRecord {
            step,
            address: address(u64::from(step)),
            deposed: None,
            provider: PROVIDER.into(),
            object: Some(Arc::new(object)),
        }
    }

    fn written() -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::create(&path, &Header { lineage: "l".into(), serial: 3, plan: "p".into() }).unwrap();
        for step in 0..5 {
            journal.intend(&[intent(step)]).unwrap();
            journal.record(&outcome(step)).unwrap();
        }
        journal.intend(&[intent(5)]).unwrap();
        std::fs::read(&path).unwrap()
    }

    #[test]
    fn an_intent_comes_back_as_it_was() {
        let replay = Replay::parse(&written()).unwrap();
        assert_eq!(replay.open, vec![intent(5)]);
        assert_eq!(replay.outcomes.len(), 5);
    }

    #[test]
    fn a_journal_cut_off_at_any_byte_gives_a_prefix() {
        let bytes = written();
        let mut before = 0;
        for length in 0..=bytes.len() {
            let replay = Replay::parse(&bytes[..length]).unwrap();
            assert!(replay.open.len() <= 1, "one step was under way at a time");
            let known = replay.outcomes.len() * 2 + replay.open.len();
            assert!(known >= before, "knowledge only grows");
            before = known;
            let mut state = State::default();
            replay.apply_to(&mut state);
            assert_eq!(state.instances().count(), replay.outcomes.len());
        }
    }

    #[test]
    fn a_damaged_line_ends_what_is_believed() {
        let mut bytes = written();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        assert!(Replay::parse(&bytes).unwrap().outcomes.len() < 5);
    }
}
