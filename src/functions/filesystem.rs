//! Files and paths.

use super::entry::text;
use super::{Call, CallError, Context, Function, glob, path};
use crate::system::{FileError, FileKind};
use crate::value::quote::quote_unless_sensitive;
use crate::value::{Marks, Type, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub(super) fn functions() -> Vec<Function> {
    let marked = |name| text(name).marked().unknown();
    vec![
        Function::new("abspath", [text("path")], Type::String, |call| {
            let path = call.text(0);
            if path.starts_with('/') {
                return Ok(Value::string(path::clean(path)));
            }
            let here = call.context.world.working_directory().map_err(|error| format!("getwd: {}", error.reason()))?;
            Ok(Value::string(path::join(&here, path)))
        })
        .documented("`abspath` takes a string containing a filesystem path and converts it to an absolute path. That \
             is, if the path is not absolute, it will be joined with the current working directory.")
        .example("abspath(\"/a/b/../c\")", "\"/a/c\""),
        Function::new("basename", [text("path")], Type::String, |call| Ok(Value::text(path::base(call.text(0)))))
            .documented("`basename` takes a string containing a filesystem path and removes all except the last portion \
             from it.")
            .example("basename(\"foo/bar/baz.txt\")", "\"baz.txt\""),
        Function::new("dirname", [text("path")], Type::String, |call| {
            Ok(Value::text(&path::directory(call.text(0))))
        })
        .documented("`dirname` takes a string containing a filesystem path and removes the last portion from it.")
        .example("dirname(\"foo/bar/baz.txt\")", "\"foo/bar\""),
        Function::new("file", [marked("path")], Type::String, |call| {
            with_path(call, |path, marks| {
                let bytes = read(call.context, path, marks)?;
                let text = String::from_utf8(bytes).map_err(|_| {
                    let shown = quote_unless_sensitive(path, marks);
                    format!(
                        "contents of {shown} are not valid UTF-8; use the filebase64 function to obtain the Base64 encoded \
                         contents or the other file functions (e.g. filemd5, filesha256) to obtain file hashing results instead"
                    )
                })?;
                Ok(Value::text(&text))
            })
        })
        .filesystem()
        .documented("`file` reads the contents of a file at the given path and returns them as a string.")
        .example("file(\"hello.txt\")", "\"Hello\""),
        Function::new("filebase64", [marked("path")], Type::String, |call| {
            with_path(call, |path, marks| Ok(Value::string(STANDARD.encode(read(call.context, path, marks)?))))
        })
        .filesystem()
        .documented("`filebase64` reads the contents of a file at the given path and returns them as a base64-encoded \
             string.")
        .example("filebase64(\"hello.txt\")", "\"SGVsbG8=\""),
        Function::new("fileexists", [marked("path")], Type::Bool, |call| {
            with_path(call, |path, marks| exists(call.context, path, marks).map(Value::bool))
        })
        .filesystem()
        .documented("`fileexists` determines whether a file exists at a given path.")
        .example("fileexists(\"hello.txt\")", "true"),
        Function::new("fileset", [marked("path"), marked("pattern")], Type::set(Type::String), file_set)
            .filesystem()
            .documented("`fileset` enumerates a set of regular file names given a path and pattern. The path is \
             automatically removed from the resulting set of file names and any result still containing path \
             separators always returns forward slash (`/`) as the path separator for cross-system \
             compatibility.")
            .example("fileset(\".\", \"*.txt\")", "toset([\n  \"hello.txt\",\n])"),
        Function::new("pathexpand", [text("path")], Type::String, |call| {
            Ok(Value::text(&expand_home(call.context, call.text(0))?))
        })
        .documented("`pathexpand` takes a filesystem path that might begin with a `~` segment, and if so it replaces \
             that segment with the current user's home directory path.")
        .example("pathexpand(\"/etc/hosts\")", "\"/etc/hosts\""),
    ]
}

/// Runs a body with a path that is known, and puts the path's marks on the result.
fn with_path(call: &Call<'_>, body: impl FnOnce(&str, Marks) -> Result<Value, CallError>) -> Result<Value, CallError> {
    let path = &call.arguments[0];
    let marks = path.marks();
    let value = match path.as_str() {
        Some(path) => body(path, marks)?,
        None => call.unknown(),
    };
    Ok(value.with_marks(marks))
}

/// `~` and `~/x` stand for the home directory.
fn expand_home(context: &Context, path: &str) -> Result<String, String> {
    let Some(rest) = path.strip_prefix('~') else { return Ok(path.to_owned()) };
    if !rest.is_empty() && !rest.starts_with(['/', '\\']) {
        return Err("cannot expand user-specific home dir".into());
    }
    let home = context.world.home_directory().ok_or("blank output when reading home directory")?;
    Ok(path::join(&home, rest))
}

/// The path that a name in the configuration means.
fn locate(context: &Context, path: &str) -> Result<String, String> {
    let path = expand_home(context, path).map_err(|reason| format!("failed to expand ~: {reason}"))?;
    Ok(if path.starts_with('/') { path::clean(&path) } else { path::join(&context.base_directory, &path) })
}

/// Why a file could not be opened or read.
pub(super) enum OpenFailure {
    /// The path itself means nothing.
    Path(String),
    File(String, FileError),
}

impl OpenFailure {
    /// The operating system's words.
    pub(super) fn plain_message(&self) -> String {
        match self {
            Self::Path(message) => message.clone(),
            Self::File(path, FileError::Read(reason)) => format!("read {path}: {reason}"),
            Self::File(path, error) => format!("open {path}: {}", error.reason()),
        }
    }
}

pub(super) fn open(context: &Context, path: &str) -> Result<Vec<u8>, OpenFailure> {
    let path = locate(context, path).map_err(OpenFailure::Path)?;
    context.world.read_file(&path).map_err(|error| OpenFailure::File(path, error))
}

/// The bytes of a file that an argument names.
pub(super) fn read(context: &Context, path: &str, marks: Marks) -> Result<Vec<u8>, CallError> {
    open(context, path).map_err(|failure| {
        let message = match &failure {
            OpenFailure::File(_, FileError::NotFound) => format!(
                "no file exists at {}; this function works only with files that are distributed as part of the \
                 configuration source code, so if this file will be created by a resource in this configuration you must \
                 instead obtain this result from an attribute of that resource",
                quote_unless_sensitive(path, marks)
            ),
            OpenFailure::File(_, FileError::Read(_)) => format!("failed to read file: {}", failure.plain_message()),
            _ => failure.plain_message(),
        };
        CallError::argument(0, message)
    })
}

fn exists(context: &Context, path: &str, marks: Marks) -> Result<bool, CallError> {
    let path = locate(context, path)?;
    let what = match context.world.file_kind(&path) {
        Ok(FileKind::File) => return Ok(true),
        Err(FileError::NotFound) => return Ok(false),
        Err(_) => return Err(format!("failed to stat {}", quote_unless_sensitive(&path, marks)).into()),
        Ok(FileKind::Directory) => "a directory, not a file",
        Ok(FileKind::Device) => "a device node, not a regular file",
        Ok(FileKind::Pipe) => "a named pipe, not a regular file",
        Ok(FileKind::Socket) => "a unix domain socket, not a regular file",
        Ok(FileKind::Other) => "not a regular file",
    };
    Err(CallError::failed(format!("{} is {what}", quote_unless_sensitive(&path, marks))))
}

fn file_set(call: &Call<'_>) -> Result<Value, CallError> {
    let (directory, pattern) = (&call.arguments[0], &call.arguments[1]);
    let marks = directory.marks() | pattern.marks();
    let (Some(directory), Some(pattern)) = (directory.as_str(), pattern.as_str()) else {
        return Ok(call.unknown().with_marks(marks));
    };
    let directory = match directory.starts_with('/') {
        true => directory.to_string(),
        false => path::join(&call.context.base_directory, directory),
    };
    let pattern = path::join(&directory, pattern);
    let shown = |path: &str| quote_unless_sensitive(path, marks);
    let world = &*call.context.world;
    let found = glob::glob(world, &pattern)
        .map_err(|_| format!("failed to glob pattern {}: syntax error in pattern", shown(&pattern)))?;
    let mut files = Vec::new();
    for file in found {
        match world.file_kind(&file) {
            Ok(FileKind::File) => files.push(Value::text(&path::relative(&path::clean(&directory), &file))),
            Ok(_) => {}
            Err(error) => {
                let reason = error.reason();
                return Err(format!("failed to stat {}: stat {file}: {reason}", shown(&file)).into());
            }
        }
    }
    Ok(Value::set(Type::String, files).with_marks(marks))
}
