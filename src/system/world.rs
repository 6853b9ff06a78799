//! What expressions may ask of the world: files, the clock, random bytes.
//!
//! Functions such as `file` and `timestamp` see it as the trait [`World`], so that tests and replays can give them another one.

use std::fs;
use std::io;
use std::path::Path;

/// The world as functions see it. Paths are absolute or relative to the working directory.
pub trait World: Send + Sync {
    fn read_file(&self, path: &str) -> Result<Vec<u8>, FileError>;

    /// What a path leads to; symbolic links are followed.
    fn file_kind(&self, path: &str) -> Result<FileKind, FileError>;

    /// Names in a directory, in no particular order.
    fn list_directory(&self, path: &str) -> Result<Vec<String>, FileError>;

    fn working_directory(&self) -> Result<String, FileError>;

    fn home_directory(&self) -> Option<String>;

    /// Seconds since 1970, UTC.
    fn now_seconds(&self) -> i64;

    fn fill_random(&self, bytes: &mut [u8]);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    File,
    Directory,
    Device,
    Pipe,
    Socket,
    Other,
}

/// Why a file could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileError {
    NotFound,
    /// It could not be opened or looked at; the operating system's words.
    Open(String),
    /// It was opened but could not be read.
    Read(String),
}

impl FileError {
    /// The operating system's words for it.
    pub fn reason(&self) -> &str {
        match self {
            Self::NotFound => "no such file or directory",
            Self::Open(reason) | Self::Read(reason) => reason,
        }
    }

    fn of(error: &io::Error, wrap: fn(String) -> Self) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            _ => wrap(reason(error)),
        }
    }
}

/// The operating system's words as Go tools print them: `Is a directory (os error 21)` → `is a directory`.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// The machine that the program runs on.
pub struct Machine;

impl World for Machine {
    fn read_file(&self, path: &str) -> Result<Vec<u8>, FileError> {
        use io::Read;
        let mut file = fs::File::open(path).map_err(|error| FileError::of(&error, FileError::Open))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| FileError::of(&error, FileError::Read))?;
        Ok(bytes)
    }

    fn file_kind(&self, path: &str) -> Result<FileKind, FileError> {
        let metadata = fs::metadata(path).map_err(|error| FileError::of(&error, FileError::Open))?;
        Ok(kind_of(metadata.file_type()))
    }

    fn list_directory(&self, path: &str) -> Result<Vec<String>, FileError> {
        let entries = fs::read_dir(path).map_err(|error| FileError::of(&error, FileError::Open))?;
        let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        Ok(names.collect())
    }

    fn working_directory(&self) -> Result<String, FileError> {
        let path = std::env::current_dir().map_err(|error| FileError::of(&error, FileError::Open))?;
        Ok(path.to_string_lossy().into_owned())
    }

    fn home_directory(&self) -> Option<String> {
        let home = std::env::var("HOME").ok().filter(|home| !home.is_empty())?;
        Some(Path::new(&home).to_string_lossy().into_owned())
    }

    fn now_seconds(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| since.as_secs() as i64)
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        rand::Rng::fill_bytes(&mut rand::rng(), bytes);
    }
}

#[cfg(unix)]
fn kind_of(of: fs::FileType) -> FileKind {
    use std::os::unix::fs::FileTypeExt;
    match of {
        _ if of.is_file() => FileKind::File,
        _ if of.is_dir() => FileKind::Directory,
        _ if of.is_block_device() || of.is_char_device() => FileKind::Device,
        _ if of.is_fifo() => FileKind::Pipe,
        _ if of.is_socket() => FileKind::Socket,
        _ => FileKind::Other,
    }
}

#[cfg(not(unix))]
fn kind_of(of: fs::FileType) -> FileKind {
    match of {
        _ if of.is_file() => FileKind::File,
        _ if of.is_dir() => FileKind::Directory,
        _ => FileKind::Other,
    }
}
