//! A state in a local file, with Terraform's lock, backup and file names.
//!
//! Terraform holds a POSIX lock on the state file itself and keeps writing to the file it opened, so the file must stay
//! the same file: it is never replaced by renaming. Instead the new content is first written whole beside it (`.terraform.tfstate.new`)
//! and forced to disk, then copied into the file; whoever locks the state after a crash in between finishes the copy, and whoever only
//! reads it reads the new content from beside it.
//!
//! The file has to exist to be locked. Where there is none, one is made that says that nothing exists: an empty file would look like a
//! state that was lost if its maker died.

use super::Store;
use super::lock::{LockError, LockInfo};
use crate::diag::{Diagnostic, Diagnostics};
use crate::state::State;
use crate::state::v4::{TERRAFORM_VERSION, content_of, read_state, write_state};
use crate::system::{self, file};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Which files a state lives in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPaths {
    /// Read from here.
    pub input: PathBuf,
    /// Written and locked here; usually the same.
    pub output: PathBuf,
    /// The content before the first write goes here; nothing turns backups off.
    pub backup: Option<PathBuf>,
}

impl LocalPaths {
    /// A state file with its usual backup.
    pub fn of(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let mut backup = path.clone().into_os_string();
        backup.push(".backup");
        Self { input: path.clone(), output: path, backup: Some(backup.into()) }
    }
}

pub struct LocalStore {
    paths: LocalPaths,
    known: Known,
    has_backup: bool,
    lock: Option<Held>,
}

/// What the file holds as far as we know: what "changed" is measured against.
enum Known {
    Nothing,
    /// There is no state.
    Absent,
    Read(State),
    Written {
        lineage: String,
        serial: u64,
        text: String,
    },
}

/// The open state file that carries the lock.
struct Held {
    file: File,
    /// What the file was made with, where it was made for the lock's sake: it goes with the lock if nothing else is ever written.
    made: Option<String>,
}

impl LocalStore {
    pub fn new(paths: LocalPaths) -> Self {
        Self { paths, known: Known::Nothing, has_backup: false, lock: None }
    }

    fn lock_info_path(&self) -> PathBuf {
        file::beside(&self.paths.output, "lock.info")
    }

    fn new_content_path(&self) -> PathBuf {
        file::beside(&self.paths.output, "new")
    }

    fn reads_what_it_writes(&self) -> bool {
        self.paths.input == self.paths.output
    }

    /// The text of the state file; nothing where none was ever written. While we hold the lock, through the handle that holds it.
    fn text(&mut self) -> io::Result<Option<String>> {
        match &mut self.lock {
            Some(held) if self.paths.input == self.paths.output => {
                held.file.rewind()?;
                let mut text = String::new();
                held.file.read_to_string(&mut text)?;
                Ok((held.made.as_ref() != Some(&text)).then_some(text))
            }
            _ => file::read_optional(&self.paths.input),
        }
    }

    /// Complete new content that lies beside the state: its copy was begun and perhaps not finished.
    fn new_content(&self) -> Option<String> {
        let path = self.new_content_path();
        let text = file::read_optional(&path).ok().flatten()?;
        let is_whole = text.ends_with('\n') && read_state(&text, &path.display().to_string()).is_ok();
        is_whole.then_some(text)
    }

    /// What is there to read, with interrupted writes seen to.
    fn current_text(&mut self) -> io::Result<Option<String>> {
        if !self.reads_what_it_writes() {
            return self.text();
        }
        let new = self.new_content();
        if self.lock.is_none() {
            return new.map_or_else(|| self.text(), |new| Ok(Some(new)));
        }
        if let Some(new) = &new {
            self.copy_into_place(new.as_bytes())?;
        }
        let _ = std::fs::remove_file(self.new_content_path());
        self.text()
    }

    fn copy_into_place(&mut self, content: &[u8]) -> io::Result<()> {
        match &mut self.lock {
            Some(held) => overwrite(&mut held.file, content),
            None => {
                std::fs::create_dir_all(file::folder_of(&self.paths.output))?;
                let mut options = OpenOptions::new();
                let options = options.read(true).write(true).create(true).truncate(false);
                overwrite(&mut options.open(&self.paths.output)?, content)
            }
        }
    }

    fn save(&mut self, state: &State, text: String) -> Result<(), Diagnostics> {
        self.replace_content(text.as_bytes()).map_err(|error| self.write_failed(&error))?;
        // From now on what we wrote is what there is to read.
        self.paths.input = self.paths.output.clone();
        self.known = Known::Written { lineage: state.lineage.clone(), serial: state.serial, text };
        Ok(())
    }

    /// Where this fails before the copy, the file is as it was; where it fails within the copy, the new content lies beside it, whole.
    fn replace_content(&mut self, content: &[u8]) -> io::Result<()> {
        self.back_up()?;
        let beside = self.new_content_path();
        std::fs::create_dir_all(file::folder_of(&beside))?;
        if let Err(error) = file::write_synced(&beside, content) {
            let _ = std::fs::remove_file(&beside);
            return Err(error);
        }
        self.copy_into_place(content)?;
        let _ = std::fs::remove_file(&beside);
        Ok(())
    }

    /// What the first write is about to replace, once.
    fn back_up(&mut self) -> io::Result<()> {
        let Some(backup) = self.paths.backup.clone().filter(|_| !self.has_backup) else { return Ok(()) };
        let before = match self.reads_what_it_writes() {
            true => self.text()?,
            false => file::read_optional(&self.paths.output)?,
        };
        let is_made_by_us = |text: &String| self.lock.as_ref().is_some_and(|held| held.made.as_ref() == Some(text));
        if let Some(text) = before.filter(|text| !text.is_empty() && !is_made_by_us(text)) {
            file::write_atomically(&backup, text.as_bytes())?;
        }
        self.has_backup = true;
        Ok(())
    }

    fn write_failed(&self, error: &io::Error) -> Diagnostics {
        let path = self.paths.output.display();
        let way_out = match error.kind() {
            io::ErrorKind::StorageFull => "The disk is full. Free some space and run the command again.",
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                "Make the file and its folder writable for this user and run the command again."
            }
            _ => "Mend the cause and run the command again.",
        };
        let journal = self.journal_path();
        let journal = match journal.exists() {
            true => format!("What was done is recorded in {}. ", journal.display()),
            false => String::new(),
        };
        let detail = format!(
            "The state could not be written to {path}: {}.\n\nThe state is as it was. {journal}{way_out}",
            system::reason(error)
        );
        Diagnostic::error("Failed to save state", detail).into()
    }

    /// Who says to hold the lock.
    fn holder(&self) -> Option<LockInfo> {
        let text = std::fs::read_to_string(self.lock_info_path()).ok()?;
        serde_json::from_str(&text).ok()
    }

    fn write_lock_info(&self, mut info: LockInfo) -> io::Result<()> {
        info.path = self.paths.input.display().to_string();
        let text = serde_json::to_string(&info)?;
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(self.lock_info_path())?;
        file.write_all(text.as_bytes())
    }
}

impl Store for LocalStore {
    fn read(&mut self) -> Result<Option<State>, Diagnostics> {
        let name = self.paths.input.display().to_string();
        let failed = |error: io::Error| {
            let detail = format!("The state file {name} could not be read: {}.", system::reason(&error));
            Diagnostics::from(Diagnostic::error("Failed to read state file", detail))
        };
        let Some(text) = self.current_text().map_err(failed)? else {
            self.known = Known::Absent;
            return Ok(None);
        };
        let state = match read_state(&text, &name) {
            // Somebody else was just copying: what they copied was complete beside it.
            Err(_) if self.lock.is_none() && self.new_content().is_some() => {
                read_state(&self.new_content().unwrap_or_default(), &name)?
            }
            outcome => outcome?,
        };
        self.known = Known::Read(state.clone());
        Ok(Some(state))
    }

    fn write(&mut self, state: &State) -> Result<(), Diagnostics> {
        if matches!(self.known, Known::Nothing) {
            self.read()?;
        }
        let read_text;
        let (lineage, serial, before) = match &self.known {
            Known::Nothing | Known::Absent => (state.lineage.clone(), state.serial, ""),
            Known::Read(known) => {
                read_text = write_state(known);
                (known.lineage.clone(), known.serial, read_text.as_str())
            }
            Known::Written { lineage, serial, text } => (lineage.clone(), *serial, text.as_str()),
        };
        let lineage = if lineage.is_empty() { system::unique_id() } else { lineage };
        let next = State { terraform_version: TERRAFORM_VERSION.into(), lineage, serial: serial + 1, ..state.clone() };
        let text = write_state(&next);
        match content_of(&text) == content_of(before) {
            true => Ok(()),
            false => self.save(&next, text),
        }
    }

    fn push(&mut self, state: &State, is_forced: bool) -> Result<(), Diagnostics> {
        let known = self.read()?;
        let next = State { terraform_version: TERRAFORM_VERSION.into(), ..state.clone() };
        let text = write_state(&next);
        if let Some(known) = known {
            if !is_forced && let Some(reason) = refuse_successor(&known, &next, &text) {
                return Err(Diagnostic::error("Failed to write state", reason).into());
            }
            if write_state(&known) == text {
                return Ok(());
            }
        }
        self.save(&next, text)
    }

    fn lock(&mut self, info: LockInfo) -> Result<(), LockError> {
        let path = self.paths.output.display().to_string();
        let failed = |error: io::Error| LockError::Failed(format!("open {path}: {}", system::reason(&error)));
        let made = make_lockable(&self.paths.output).map_err(failed)?;
        let opened = File::options().read(true).write(true).open(&self.paths.output).map_err(failed)?;
        if let Err(error) = take_posix_lock(&opened) {
            return Err(LockError::Held { reason: system::reason(&error), holder: self.holder() });
        }
        self.write_lock_info(info).map_err(|error| {
            LockError::Failed(format!("could not write lock info for {path:?}: {}", system::reason(&error)))
        })?;
        self.lock = Some(Held { file: opened, made });
        Ok(())
    }

    fn unlock(&mut self) -> Result<(), Diagnostics> {
        let Some(mut held) = self.lock.take() else { return Ok(()) };
        let _ = std::fs::remove_file(self.lock_info_path());
        let mut text = String::new();
        let is_as_made =
            held.made.is_some() && held.file.rewind().and_then(|()| held.file.read_to_string(&mut text)).is_ok();
        if is_as_made && held.made == Some(text) {
            let _ = std::fs::remove_file(&self.paths.output);
        }
        // Closing the file gives the lock back.
        drop(held);
        Ok(())
    }

    fn force_unlock(&mut self, id: &str) -> Result<(), Diagnostics> {
        let failed = |detail: String| Diagnostics::from(Diagnostic::error("Failed to unlock state", detail));
        let Some(holder) = self.holder() else { return Err(failed("The state is not locked.".into())) };
        if holder.id != id {
            return Err(failed(format!("The lock has another ID.\n\n{holder}")));
        }
        let still_held = File::options().read(true).write(true).open(&self.paths.output).is_ok_and(|file| {
            let is_held = take_posix_lock(&file).is_err();
            drop(file);
            is_held
        });
        if still_held {
            return Err(failed(format!("The process that holds the lock still runs. Stop it first.\n\n{holder}")));
        }
        std::fs::remove_file(self.lock_info_path()).map_err(|error| failed(format!("{}.", system::reason(&error))))
    }

    fn journal_path(&self) -> PathBuf {
        let mut path = self.paths.output.clone().into_os_string();
        path.push(".journal");
        path.into()
    }

    fn name(&self) -> String {
        self.paths.output.display().to_string()
    }
}

impl Drop for LocalStore {
    fn drop(&mut self) {
        let _ = self.unlock();
    }
}

/// Where there is no state file yet, makes one to put the lock on: a state with nothing in it, whole from its first instant. Gives what it
/// was made with.
fn make_lockable(path: &Path) -> io::Result<Option<String>> {
    if path.exists() {
        return Ok(None);
    }
    std::fs::create_dir_all(file::folder_of(path))?;
    let nothing =
        State { lineage: system::unique_id(), terraform_version: TERRAFORM_VERSION.into(), ..State::default() };
    let text = write_state(&nothing);
    let beside = file::beside(path, &system::unique_id());
    file::write_synced(&beside, text.as_bytes())?;
    let linked = std::fs::hard_link(&beside, path);
    let _ = std::fs::remove_file(&beside);
    match linked {
        Ok(()) => Ok(Some(text)),
        // Somebody else was quicker; the lock will tell who.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
        // Not every file system has hard links.
        Err(_) => {
            File::options().write(true).create_new(true).open(path)?.write_all(text.as_bytes())?;
            Ok(Some(text))
        }
    }
}

/// Why a state must not follow the one that is there; nothing where it may.
fn refuse_successor(known: &State, next: &State, text: &str) -> Option<String> {
    // Nothing is lost with an empty state, and the lineage of a very old one is not known.
    if known.is_empty() || known.lineage.is_empty() || next.lineage.is_empty() {
        return None;
    }
    if known.lineage != next.lineage {
        return Some(format!(
            "cannot import state with lineage {:?} over unrelated state with lineage {:?}",
            next.lineage, known.lineage
        ));
    }
    match next.serial.cmp(&known.serial) {
        std::cmp::Ordering::Greater => None,
        std::cmp::Ordering::Less => Some(format!(
            "cannot import state with serial {} over newer state with serial {}",
            next.serial, known.serial
        )),
        std::cmp::Ordering::Equal => (content_of(text) != content_of(&write_state(known))).then(|| {
            format!(
                "cannot overwrite existing state with serial {} with a different state that has the same serial",
                next.serial
            )
        }),
    }
}

/// The whole content of an open file, replaced and forced to disk.
fn overwrite(file: &mut File, content: &[u8]) -> io::Result<()> {
    file.rewind()?;
    file.write_all(content)?;
    file.set_len(content.len() as u64)?;
    file.sync_all()
}

/// Locks of the open file rather than of the process exclude Terraform's just the same, and stay when this process opens and closes the
/// file a second time, as the function `file` or `terraform_remote_state` may.
#[cfg(target_os = "linux")]
const TAKE_LOCK: libc::c_int = libc::F_OFD_SETLK;
#[cfg(not(target_os = "linux"))]
const TAKE_LOCK: libc::c_int = libc::F_SETLK;

/// An exclusive POSIX lock on the whole file; does not wait.
fn take_posix_lock(file: &File) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    // SAFETY: an all-zero flock is a valid value of a plain C struct.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = libc::F_WRLCK as libc::c_short;
    lock.l_whence = libc::SEEK_SET as libc::c_short;
    // SAFETY: the descriptor is open while `file` is borrowed, and the struct outlives the call.
    let result = unsafe { libc::fcntl(file.as_raw_fd(), TAKE_LOCK, &lock) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests;
