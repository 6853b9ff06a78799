//! What somebody who looks for a fault wants to know: one line a fact, as `TF_LOG` asks for it.
//!
//! Silent unless [`listen`] was called. Messages are made only when they are written; they must hold no secrets.

use std::fmt;
use std::fs::File;
use std::io::{Stderr, Write, stderr};
use std::sync::{Mutex, OnceLock, PoisonError};

/// How much a fact matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

/// Who says it: `TF_LOG_CORE` and `TF_LOG_PROVIDER` can be asked for apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Core,
    Provider,
}

/// What is listened to: the least level of each part, nothing where a part is silent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub core: Option<Level>,
    pub provider: Option<Level>,
    pub as_json: bool,
}

struct Log {
    wanted: Wanted,
    target: Mutex<Target>,
}

enum Target {
    File(File),
    Stderr(Stderr),
}

static LOG: OnceLock<Log> = OnceLock::new();

/// From now on facts are written: to the end of a file, or to standard error.
pub fn listen(wanted: Wanted, path: Option<&str>) -> std::io::Result<()> {
    let target = match path {
        Some(path) => Target::File(File::options().create(true).append(true).open(path)?),
        None => Target::Stderr(stderr()),
    };
    // A process listens once; a second call changes nothing.
    let _ = LOG.set(Log { wanted, target: Mutex::new(target) });
    Ok(())
}

/// Writes a fact, where somebody listens.
pub fn log(part: Part, level: Level, message: impl FnOnce() -> String) {
    let Some(log) = LOG.get().filter(|log| log.wanted.of(part).is_some_and(|least| level >= least)) else { return };
    let line = line(&super::timestamp(), level, &message(), log.wanted.as_json);
    let mut target = log.target.lock().unwrap_or_else(PoisonError::into_inner);
    // There is nobody left to tell that a log cannot be written.
    let _ = match &mut *target {
        Target::File(file) => file.write_all(line.as_bytes()),
        Target::Stderr(stderr) => stderr.write_all(line.as_bytes()),
    };
}

fn line(time: &str, level: Level, message: &str, as_json: bool) -> String {
    if as_json {
        let level = level.to_string().to_lowercase();
        return format!("{}\n", serde_json::json!({ "@level": level, "@message": message, "@timestamp": time }));
    }
    format!("{time} {:<7} {message}\n", format!("[{level}]"))
}

impl Wanted {
    /// `TRACE`, `debug`, `JSON` (everything, as JSON), `off`; nothing where the word has no meaning.
    pub fn read(word: &str) -> Option<(Option<Level>, bool)> {
        let level = match word.to_uppercase().as_str() {
            "TRACE" => Level::Trace,
            "DEBUG" => Level::Debug,
            "INFO" => Level::Info,
            "WARN" => Level::Warn,
            "ERROR" => Level::Error,
            "JSON" => return Some((Some(Level::Trace), true)),
            "OFF" => return Some((None, false)),
            _ => return None,
        };
        Some((Some(level), false))
    }

    fn of(&self, part: Part) -> Option<Level> {
        match part {
            Part::Core => self.core,
            Part::Provider => self.provider,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_look_like_terraforms() {
        let time = "2026-01-02T03:04:05Z";
        assert_eq!(line(time, Level::Info, "it begins", false), "2026-01-02T03:04:05Z [INFO]  it begins\n");
        assert_eq!(
            line(time, Level::Warn, "say \"no\"", true),
            "{\"@level\":\"warn\",\"@message\":\"say \\\"no\\\"\",\"@timestamp\":\"2026-01-02T03:04:05Z\"}\n"
        );
    }

    #[test]
    fn words_of_the_environment() {
        assert_eq!(Wanted::read("debug"), Some((Some(Level::Debug), false)));
        assert_eq!(Wanted::read("JSON"), Some((Some(Level::Trace), true)));
        assert_eq!(Wanted::read("off"), Some((None, false)));
        assert_eq!(Wanted::read("loud"), None);
    }
}
