//! `provisioner "local-exec"`: commands that run on this machine when an object was made or is about to go.

use crate::addr::ResourceInstance;
use crate::config::{OnFailure, Provisioner};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::eval::Scope;
use crate::eval::decode::decode;
use crate::plan::{Event, Observer};
use crate::provider::Cancellation;
use crate::schema::{Attribute, Block};
use crate::value::{Marks, Text, Type, Value};
use std::cell::Cell;
use std::process::Stdio;
use std::sync::LazyLock;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command as Process;
use tokio::sync::mpsc;

pub use crate::config::When;

/// How much of a failing command's output a diagnostic holds.
const OUTPUT_LIMIT: usize = 8 * 1024;

static LOCAL_EXEC: LazyLock<Block> = LazyLock::new(|| {
    let text = || Attribute::optional(Type::String);
    Block {
        attributes: [
            ("command", Attribute::required(Type::String)),
            ("interpreter", Attribute::optional(Type::list(Type::String))),
            ("working_dir", text()),
            ("environment", Attribute::optional(Type::map(Type::String))),
            ("quiet", Attribute::optional(Type::Bool)),
        ]
        .into_iter()
        .map(|(name, attribute)| (name.into(), attribute))
        .collect(),
        ..Block::default()
    }
});

/// The shape of a provisioner's body; nothing where there is no such provisioner.
pub fn schema_of(kind: &str) -> Option<&'static Block> {
    (kind == "local-exec").then(|| &*LOCAL_EXEC)
}

/// One command, ready to run.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    kind: Text,
    command: String,
    arguments: Vec<String>,
    directory: Option<String>,
    environment: Vec<(String, String)>,
    is_quiet: bool,
    /// Said instead of each line of output.
    hidden: Option<&'static str>,
    on_failure: OnFailure,
    span: Option<Span>,
}

/// The commands of one object while they run, for whoever shows them.
pub(super) struct Provisioning {
    kinds: Vec<(Text, Option<&'static str>)>,
    position: Cell<usize>,
}

/// A line that means that the next command begins.
const BEGIN: &str = "\u{0}begin";
/// Lines that mean that the command is over.
const SUCCEEDED: &str = "\u{0}succeeded";
const FAILED: &str = "\u{0}failed";

impl Provisioning {
    pub fn new(commands: &[Prepared]) -> Self {
        let kinds = commands.iter().map(|command| (command.kind.clone(), command.hidden)).collect();
        Self { kinds, position: Cell::new(0) }
    }

    pub fn line(&self, observer: &dyn Observer, address: &ResourceInstance, line: &str) {
        if line == BEGIN {
            let next = self.position.get();
            self.position.set(next + 1);
            if let Some((kind, _)) = self.kinds.get(next) {
                observer.observe(Event::Provisioning { address, kind });
            }
            return;
        }
        let Some((kind, hidden)) = self.kinds.get(self.position.get().saturating_sub(1)) else { return };
        observer.observe(match line {
            SUCCEEDED => Event::Provisioned { address, kind, succeeded: true },
            FAILED => Event::Provisioned { address, kind, succeeded: false },
            line => Event::ProvisionOutput { address, kind, line: hidden.unwrap_or(line) },
        });
    }
}

/// Evaluates the provisioners of one time.
pub(super) fn prepare(
    provisioners: &[Provisioner],
    when: When,
    scope: &dyn Scope,
    address: &ResourceInstance,
) -> Result<Vec<Prepared>, Diagnostics> {
    let mut prepared = Vec::new();
    for provisioner in provisioners.iter().filter(|provisioner| provisioner.when == when) {
        let Some(schema) = schema_of(&provisioner.kind) else {
            let detail = format!(
                "The {:?} provisioner of {address} is not supported. Only \"local-exec\" is.",
                &*provisioner.kind
            );
            return Err(Diagnostic::error("Unsupported provisioner", detail).at(provisioner.kind_span).into());
        };
        let (value, found) = decode(&provisioner.body, schema, scope);
        if found.has_errors() {
            return Err(found);
        }
        prepared.push(prepare_one(provisioner, value, address)?);
    }
    Ok(prepared)
}

fn prepare_one(provisioner: &Provisioner, value: Value, address: &ResourceInstance) -> Result<Prepared, Diagnostics> {
    let (value, marks) = value.unmark_deep();
    let span = provisioner.body.missing_item_span();
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(|text| text.to_string());
    let command = text("command").unwrap_or_default();
    if command.is_empty() {
        let detail = "The local-exec provisioner command must be a non-empty string.";
        let mut diagnostic = Diagnostic::error("Invalid local-exec provisioner command", detail);
        diagnostic.subject = span;
        return Err(diagnostic.about(address).into());
    }
    let interpreter: Vec<String> = value
        .get("interpreter")
        .and_then(Value::as_items)
        .unwrap_or_default()
        .iter()
        .filter_map(|item| item.as_str().map(|text| text.to_string()))
        .collect();
    let mut arguments = match interpreter.is_empty() {
        false => interpreter,
        true if cfg!(windows) => vec!["cmd".to_owned(), "/C".to_owned()],
        true => vec!["/bin/sh".to_owned(), "-c".to_owned()],
    };
    arguments.push(command.clone());
    let environment = value.get("environment").and_then(Value::as_entries);
    let environment = environment.into_iter().flat_map(|entries| entries.iter());
    Ok(Prepared {
        kind: provisioner.kind.clone(),
        command,
        arguments,
        directory: text("working_dir"),
        environment: environment.filter_map(|(name, it)| Some((name.to_string(), it.as_str()?.to_string()))).collect(),
        is_quiet: value.get("quiet").and_then(Value::as_bool) == Some(true),
        hidden: hidden(marks),
        on_failure: provisioner.on_failure,
        span,
    })
}

fn hidden(marks: Marks) -> Option<&'static str> {
    match (marks.is_sensitive(), marks.is_ephemeral()) {
        (true, true) => Some("(output suppressed due to sensitive, ephemeral value in config)"),
        (true, false) => Some("(output suppressed due to sensitive value in config)"),
        (false, true) => Some("(output suppressed due to ephemeral value in config)"),
        (false, false) => None,
    }
}

/// Runs the commands one after the other, up to the first failure that matters.
pub(super) async fn run(
    commands: Vec<Prepared>,
    step: usize,
    lines: mpsc::UnboundedSender<(usize, String)>,
    cancellation: Cancellation,
    address: ResourceInstance,
) -> Diagnostics {
    let mut found = Diagnostics::new();
    for command in commands {
        let say = |line: String| drop(lines.send((step, line)));
        say(BEGIN.to_owned());
        match command.is_quiet {
            true => say("local-exec: Executing: Suppressed by quiet=true".to_owned()),
            false => {
                let words: Vec<String> = command.arguments.iter().map(|word| go_quoted(word)).collect();
                say(format!("Executing: [{}]", words.join(" ")));
            }
        }
        let result = run_one(&command, &say, &cancellation).await;
        say(if result.is_ok() { SUCCEEDED } else { FAILED }.to_owned());
        let Err((problem, output)) = result else { continue };
        if command.on_failure == OnFailure::Continue {
            continue;
        }
        let detail = format!("Error running command '{}': {problem}. Output: {output}", command.command);
        let mut diagnostic = Diagnostic::error("local-exec provisioner error", detail).about(&address);
        diagnostic.subject = command.span;
        found.push(diagnostic);
        break;
    }
    found
}

/// A text as Go's `%q` writes it.
fn go_quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => out.push_str(&format!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

async fn run_one(
    command: &Prepared,
    say: &(dyn Fn(String) + Sync),
    cancellation: &Cancellation,
) -> Result<(), (String, String)> {
    let mut process = Process::new(&command.arguments[0]);
    process
        .args(&command.arguments[1..])
        .envs(command.environment.iter().cloned())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if let Some(directory) = &command.directory {
        process.current_dir(directory);
    }
    let mut child = process.spawn().map_err(|error| (spawn_problem(command, &error), String::new()))?;
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let readers = [
        child.stdout.take().map(|pipe| tokio::spawn(read_lines(pipe, sender.clone()))),
        child.stderr.take().map(|pipe| tokio::spawn(read_lines(pipe, sender))),
    ];
    let mut output = String::new();
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    let status = loop {
        tokio::select! {
            Some(line) = receiver.recv() => take_line(line, &mut output, say),
            status = child.wait() => break status,
            _ = ticks.tick() => {
                if cancellation.is_cancelled() {
                    let _ = child.start_kill();
                }
            }
        }
    };
    for reader in readers.into_iter().flatten() {
        // A grandchild may keep the pipe open for ever: the command itself is over.
        let _ = tokio::time::timeout(Duration::from_secs(1), reader).await;
    }
    while let Ok(line) = receiver.try_recv() {
        take_line(line, &mut output, say);
    }
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err((status_text(status), output)),
        Err(error) => Err((error.to_string(), output)),
    }
}

fn take_line(line: String, output: &mut String, say: &(dyn Fn(String) + Sync)) {
    output.push_str(&line);
    let too_much = output.len().saturating_sub(OUTPUT_LIMIT);
    if too_much > 0 {
        let start = (too_much..output.len()).find(|at| output.is_char_boundary(*at)).unwrap_or(output.len());
        output.replace_range(..start, "");
    }
    say(line.trim_end_matches(['\n', '\r']).to_owned());
}

async fn read_lines(pipe: impl AsyncRead + Unpin, lines: mpsc::UnboundedSender<String>) {
    let mut reader = BufReader::new(pipe);
    let mut bytes = Vec::new();
    while let Ok(1..) = reader.read_until(b'\n', &mut bytes).await {
        let _ = lines.send(String::from_utf8_lossy(&bytes).into_owned());
        bytes.clear();
    }
}

/// As Go says it.
fn status_text(status: std::process::ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        let name = match signal {
            2 => "interrupt",
            9 => "killed",
            15 => "terminated",
            _ => return format!("signal: {signal}"),
        };
        return format!("signal: {name}");
    }
    format!("exit status {}", status.code().unwrap_or(-1))
}

fn spawn_problem(command: &Prepared, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound if command.directory.is_some() => {
            format!("chdir {}: no such file or directory", command.directory.as_deref().unwrap_or_default())
        }
        std::io::ErrorKind::NotFound if command.arguments[0].contains('/') => {
            format!("fork/exec {}: no such file or directory", command.arguments[0])
        }
        std::io::ErrorKind::NotFound => {
            format!("exec: {}: executable file not found in $PATH", go_quoted(&command.arguments[0]))
        }
        _ => error.to_string(),
    }
}
