//! What the environment says: Terraform's variables, read once.

use super::words::split_shell_words;
use crate::system::log::{self, Level, Wanted};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The process's environment as far as commands care.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the process was started: `path.cwd`. The process itself works in the directory of `-chdir`.
    pub started_in: PathBuf,
    /// `TF_DATA_DIR`
    pub data_directory: PathBuf,
    /// `TF_WORKSPACE`
    pub workspace: Option<String>,
    /// `TF_INPUT`: whether questions may be asked.
    pub input: bool,
    /// `TF_IN_AUTOMATION`: no advice on what to run next.
    pub in_automation: bool,
    /// No `NO_COLOR` and no dumb terminal.
    pub allows_color: bool,
    /// `TF_VAR_name` by name.
    pub variables: BTreeMap<String, String>,
    all: BTreeMap<String, String>,
}

impl Settings {
    /// Reads the environment and goes to `directory`.
    pub fn read(directory: Option<&str>) -> Result<Self, String> {
        let started_in = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        if let Some(directory) = directory {
            std::env::set_current_dir(directory).map_err(|error| format!("chdir {directory}: {}", reason(&error)))?;
        }
        let all: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
            .collect();
        Ok(Self::of(started_in, all))
    }

    fn of(started_in: PathBuf, all: BTreeMap<String, String>) -> Self {
        let text = |name: &str| all.get(name).filter(|value| !value.is_empty()).cloned();
        Self {
            started_in,
            data_directory: text("TF_DATA_DIR").map_or_else(|| Path::new(".terraform").to_owned(), PathBuf::from),
            workspace: text("TF_WORKSPACE"),
            input: !matches!(text("TF_INPUT").as_deref(), Some("0" | "f" | "F" | "false" | "False" | "FALSE")),
            in_automation: text("TF_IN_AUTOMATION").is_some(),
            allows_color: text("NO_COLOR").is_none() && text("TERM").is_none_or(|term| term != "dumb"),
            variables: all
                .iter()
                .filter_map(|(name, value)| Some((name.strip_prefix("TF_VAR_")?.to_owned(), value.clone())))
                .collect(),
            all,
        }
    }

    /// Starts the log that `TF_LOG`, `TF_LOG_CORE` and `TF_LOG_PROVIDER` ask for, written where `TF_LOG_PATH` says. Gives what is wrong with them.
    pub fn start_log(&self) -> Option<String> {
        let text = |name: &str| self.all.get(name).map(String::as_str).filter(|value| !value.is_empty());
        let mut wanted = Wanted::default();
        let mut problem = None;
        let mut read = |name: &str| {
            let word = text(name)?;
            let (level, as_json) = Wanted::read(word).unwrap_or_else(|| {
                problem = Some(format!(
                    "[WARN] Invalid log level: {word:?}. Defaulting to level: TRACE. Valid levels are: [TRACE DEBUG INFO WARN ERROR OFF]\n"
                ));
                (Some(Level::Trace), false)
            });
            wanted.as_json |= as_json;
            Some(level)
        };
        let all = read("TF_LOG").flatten();
        (wanted.core, wanted.provider) = (read("TF_LOG_CORE").unwrap_or(all), read("TF_LOG_PROVIDER").unwrap_or(all));
        if wanted.core.is_none() && wanted.provider.is_none() {
            return problem;
        }
        let path = text("TF_LOG_PATH");
        let failed = log::listen(wanted, path).err();
        problem.or_else(|| failed.map(|error| format!("Error opening log file: {}\n", reason(&error))))
    }

    /// `TF_CLI_ARGS` and `TF_CLI_ARGS_<command>`: arguments put before the user's.
    pub fn extra_arguments(&self, words: &str) -> Result<Vec<String>, String> {
        let own = format!("TF_CLI_ARGS_{}", words.replace(['-', ' '], "_"));
        let mut arguments = Vec::new();
        // The more particular one is put in last and so comes first.
        for name in [own.as_str(), "TF_CLI_ARGS"] {
            if let Some(text) = self.all.get(name) {
                arguments.extend(
                    split_shell_words(text).ok_or_else(|| {
                        format!("Error parsing extra CLI args from {name}: invalid command line string")
                    })?,
                );
            }
        }
        Ok(arguments)
    }
}

/// The system's words for an error, as Go writes them.
fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::NotADirectory => "not a directory".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        let all = pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Settings::of(PathBuf::from("/"), all)
    }

    #[test]
    fn extra_arguments_of_the_command_come_first() {
        let settings = settings(&[("TF_CLI_ARGS", "-no-color"), ("TF_CLI_ARGS_state_list", "-id='a b'")]);
        assert_eq!(settings.extra_arguments("state list").unwrap(), ["-id=a b", "-no-color"]);
        assert_eq!(settings.extra_arguments("plan").unwrap(), ["-no-color"]);
    }

    #[test]
    fn variables_lose_their_prefix() {
        assert_eq!(settings(&[("TF_VAR_ami", "x")]).variables["ami"], "x");
    }
}
