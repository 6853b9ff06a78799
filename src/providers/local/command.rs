//! `local_command`: runs a program on this machine and gives what it says, as a data source and as an ephemeral resource.

use crate::provider::Complaint;
use crate::providers::small::{Object, Rule, Source, computed, optional, required};
use crate::system::reason;
use crate::value::{Path, Type, Value};
use std::io::{self, Write};
use std::process::{Command, Output, Stdio};

const NAME: &str = "local_command";

pub fn data_source() -> Source {
    Source { name: NAME, rules, validate: |_| Vec::new(), read: |object| run(object, "data source") }
}

pub fn ephemeral() -> Source {
    Source { name: NAME, rules, validate: |_| Vec::new(), read: |object| run(object, "ephemeral resource") }
}

fn rules() -> Vec<Rule> {
    vec![
        optional("allow_non_zero_exit_code", Type::Bool),
        optional("arguments", Type::list(Type::String)),
        required("command", Type::String),
        computed("exit_code", Type::Number),
        computed("stderr", Type::String),
        optional("stdin", Type::String),
        computed("stdout", Type::String),
        optional("working_directory", Type::String),
    ]
}

fn run(object: &Object, who: &str) -> Result<Value, Complaint> {
    let name = object.text("command").unwrap_or_default();
    let output = output_of(object, &name).map_err(|error| {
        let (summary, doing) = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => ("Command Lookup Failed", "find the command"),
            _ => ("Command Execution Failed", "execute the command"),
        };
        let detail = format!(
            "The {who} received an unexpected error while attempting to {doing}.\n\nThe command must be an executable on the PATH or the path \
             of one.\n\nCommand: {name}\nError: {}",
            reason(&error)
        );
        Complaint::error(summary, detail).at(Path::of_attribute("command"))
    })?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() && object.flag("allow_non_zero_exit_code") != Some(true) {
        let detail = format!(
            "The {who} executed the command but received a non-zero exit code. If a non-zero exit code is expected and can be handled in \
             configuration, set \"allow_non_zero_exit_code\" to true.\n\nCommand: {name}\nCommand Error: {said}\nState: {}",
            output.status
        );
        return Err(Complaint::error("Command Execution Failed", detail).at(Path::of_attribute("command")));
    }
    let text = |said: &str| if said.is_empty() { Value::null(Type::String) } else { Value::text(said) };
    Ok(object.finished([
        ("exit_code", Value::from(i64::from(output.status.code().unwrap_or(-1)))),
        ("stderr", text(&said)),
        ("stdout", text(&String::from_utf8_lossy(&output.stdout))),
    ]))
}

fn output_of(object: &Object, name: &str) -> io::Result<Output> {
    let arguments = object.get("arguments");
    let arguments = arguments.as_items().unwrap_or_default().iter().filter_map(|argument| argument.as_str());
    let mut command = Command::new(name);
    command.args(arguments.map(|argument| &**argument)).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(directory) = object.text("working_directory").filter(|directory| !directory.is_empty()) {
        command.current_dir(&*directory);
    }
    let input = object.text("stdin");
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    let mut child = command.spawn()?;
    // The program may say much before it has read all, so both go on at once; one that does not read to the end is no failure.
    let writer = child.stdin.take().zip(input).map(|(mut pipe, input)| {
        std::thread::spawn(move || {
            let _ = pipe.write_all(input.as_bytes());
        })
    });
    let output = child.wait_with_output();
    if let Some(writer) = writer {
        let _ = writer.join();
    }
    output
}
