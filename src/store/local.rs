//! A state in a local file, with Terraform's lock, backup and file names.
//!
//! Terraform holds a POSIX lock on the state file itself and keeps writing to the file it opened, so the file must stay
//! the same file: it is never replaced by renaming. Instead the new content is first written whole beside it (`.terraform.tfstate.new`)
//! and forced to disk, then copied into the file; whoever opens the state after a crash in between finishes the copy.

use super::Store;
use super::lock::{LockError, LockInfo};
use crate::diag::{Diagnostic, Diagnostics};
use crate::state::State;
use crate::state::v4::{TERRAFORM_VERSION, read_state, write_state};
use crate::system::{self, file};
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

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
    /// As last read or written: what "changed" is measured against.
    known: Option<State>,
    has_read: bool,
    has_backup: bool,
    lock: Option<Held>,
}

/// The open state file that carries the lock. Closing any handle of the file in this process would drop it, so that while it is held
/// the file is only used through this one.
struct Held {
    file: File,
    /// What we made the file with, for the lock's sake, where there was none.
    made: Option<String>,
}

impl LocalStore {
    pub fn new(paths: LocalPaths) -> Self {
        Self { paths, known: None, has_read: false, has_backup: false, lock: None }
    }

    fn lock_info_path(&self) -> PathBuf {
        file::beside(&self.paths.output, "lock.info")
    }

    fn new_content_path(&self) -> PathBuf {
        file::beside(&self.paths.output, "new")
    }

    /// The text of the state file. While we hold the lock, through the handle that holds it.
    fn text(&mut self) -> io::Result<Option<String>> {
        if let Some(held) = &mut self.lock
            && self.paths.input == self.paths.output
        {
            use std::io::Read;
            held.file.rewind()?;
            let mut text = String::new();
            held.file.read_to_string(&mut text)?;
            return Ok((held.made.as_ref() != Some(&text)).then_some(text));
        }
        file::read_optional(&self.paths.input)
    }

    /// A copy that was begun and not finished: the complete new content lies beside the state.
    fn finish_interrupted_write(&mut self) -> Result<(), Diagnostics> {
        let path = self.new_content_path();
        let Ok(Some(text)) = file::read_optional(&path) else { return Ok(()) };
        let is_whole = read_state(&text, &path.display().to_string()).is_ok() && text.ends_with('\n');
        if self.lock.is_some() {
            if is_whole {
                self.copy_into_place(text.as_bytes()).map_err(|error| self.write_failed(&error))?;
            }
            let _ = std::fs::remove_file(&path);
        }
        Ok(())
    }

    fn copy_into_place(&mut self, content: &[u8]) -> io::Result<()> {
        match &mut self.lock {
            Some(held) => overwrite(&mut held.file, content),
            None => {
                let mut options = OpenOptions::new();
                overwrite(
                    &mut options.read(true).write(true).create(true).truncate(false).open(&self.paths.output)?,
                    content,
                )
            }
        }
    }

    fn save(&mut self, state: State) -> Result<(), Diagnostics> {
        let text = write_state(&state);
        self.back_up().map_err(|error| self.write_failed(&error))?;
        let beside = self.new_content_path();
        let written = file::write_synced(&beside, text.as_bytes()).and_then(|()| self.copy_into_place(text.as_bytes()));
        if written.is_ok() || !beside.exists() {
            let _ = std::fs::remove_file(&beside);
        }
        written.map_err(|error| self.write_failed(&error))?;
        self.known = Some(state);
        Ok(())
    }

    /// The content before the first write, once.
    fn back_up(&mut self) -> io::Result<()> {
        let Some(backup) = self.paths.backup.clone().filter(|_| !self.has_backup) else { return Ok(()) };
        if let Some(text) = self.text()?.filter(|text| !text.is_empty()) {
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
        let detail = format!(
            "The state could not be written to {path}: {error}.\n\nWhat was done is recorded in the journal beside the state. {way_out}"
        );
        Diagnostic::error("Failed to save state", detail).into()
    }
}

impl Store for LocalStore {
    fn read(&mut self) -> Result<Option<State>, Diagnostics> {
        self.finish_interrupted_write()?;
        let name = self.paths.input.display().to_string();
        let text = self.text().map_err(|error| {
            Diagnostic::error("Failed to read state file", format!("The state file {name} could not be read: {error}."))
        })?;
        let state = text.map(|text| read_state(&text, &name)).transpose()?;
        self.known = state.clone();
        self.has_read = true;
        Ok(state)
    }

    fn write(&mut self, state: &State) -> Result<(), Diagnostics> {
        if !self.has_read {
            self.read()?;
        }
        let mut next = State { terraform_version: TERRAFORM_VERSION.into(), ..state.clone() };
        match &self.known {
            Some(known) => {
                next.lineage = known.lineage.clone();
                next.serial = known.serial;
                next.terraform_version = known.terraform_version.clone();
                if write_state(&next) == write_state(known) {
                    return Ok(());
                }
                next.serial = known.serial + 1;
                next.terraform_version = TERRAFORM_VERSION.into();
            }
            None => {
                if next.lineage.is_empty() {
                    next.lineage = system::unique_id();
                }
                next.serial += 1;
            }
        }
        self.save(next)
    }

    fn push(&mut self, state: &State, is_forced: bool) -> Result<(), Diagnostics> {
        let known = self.read()?;
        if let Some(known) = known.filter(|_| !is_forced) {
            if !known.lineage.is_empty() && known.lineage != state.lineage {
                let detail = format!(
                    "Cannot import state with lineage {:?} over unrelated state with lineage {:?}.",
                    state.lineage, known.lineage
                );
                return Err(Diagnostic::error("Failed to write state", detail).into());
            }
            if state.serial < known.serial {
                let detail = format!(
                    "Cannot import state with serial {} over newer state with serial {}.",
                    state.serial, known.serial
                );
                return Err(Diagnostic::error("Failed to write state", detail).into());
            }
        }
        self.save(state.clone())
    }

    fn lock(&mut self, mut info: LockInfo) -> Result<(), LockError> {
        let path = &self.paths.output;
        let failed = |error: io::Error| LockError::Failed(format!("{}: {error}", path.display()));
        std::fs::create_dir_all(file::folder_of(path)).map_err(failed)?;
        let made = make_lockable(path).map_err(failed)?;
        let opened =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        if let Err(error) = take_posix_lock(&opened) {
            let holder =
                std::fs::read_to_string(self.lock_info_path()).ok().and_then(|text| serde_json::from_str(&text).ok());
            return Err(LockError::Held { reason: error.to_string(), holder });
        }
        info.path = path.display().to_string();
        let text = serde_json::to_string(&info).map_err(|error| LockError::Failed(error.to_string()))?;
        let mut options = OpenOptions::new();
        let written = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o644)
            .open(self.lock_info_path())
            .and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| {
            LockError::Failed(format!("could not write lock info for {:?}: {error}", path.display().to_string()))
        })?;
        self.lock = Some(Held { file: opened, made });
        Ok(())
    }

    fn unlock(&mut self) -> Result<(), Diagnostics> {
        let is_unused = matches!(self.text(), Ok(None)) && self.lock.as_ref().is_some_and(|held| held.made.is_some());
        let Some(held) = self.lock.take() else { return Ok(()) };
        let _ = std::fs::remove_file(self.lock_info_path());
        if is_unused && self.paths.input == self.paths.output {
            let _ = std::fs::remove_file(&self.paths.output);
        }
        // Closing the file gives the lock back.
        drop(held);
        Ok(())
    }

    fn force_unlock(&mut self, id: &str) -> Result<(), Diagnostics> {
        let path = self.lock_info_path();
        let holder: Option<LockInfo> =
            std::fs::read_to_string(&path).ok().and_then(|text| serde_json::from_str(&text).ok());
        match holder {
            Some(holder) if holder.id == id => std::fs::remove_file(&path).map_err(|error| self.write_failed(&error)),
            Some(holder) => {
                let detail = format!("Failed to unlock state: the lock has another id.\n{holder}");
                Err(Diagnostic::error("Failed to unlock state", detail).into())
            }
            None => {
                let detail = "Local state cannot be unlocked by another process: the lock goes when the process that holds it ends.";
                Err(Diagnostic::error("Failed to unlock state", detail).into())
            }
        }
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

/// Where there is no state file yet, makes one to put the lock on: a state with nothing in it, never an empty file, which after a crash
/// nobody could tell from a state that was lost. Gives what it was made with.
fn make_lockable(path: &std::path::Path) -> io::Result<Option<String>> {
    if path.exists() {
        return Ok(None);
    }
    let nothing =
        State { lineage: system::unique_id(), terraform_version: TERRAFORM_VERSION.into(), ..State::default() };
    let text = write_state(&nothing);
    let beside = file::beside(path, &system::unique_id());
    file::write_synced(&beside, text.as_bytes())?;
    let linked = std::fs::hard_link(&beside, path);
    std::fs::remove_file(&beside)?;
    match linked {
        Ok(()) => Ok(Some(text)),
        // Somebody else was quicker; the lock will tell who.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(error),
    }
}

/// The whole content of an open file, replaced and forced to disk.
fn overwrite(file: &mut File, content: &[u8]) -> io::Result<()> {
    file.rewind()?;
    file.write_all(content)?;
    file.set_len(content.len() as u64)?;
    file.sync_all()
}

/// An exclusive POSIX lock on the whole file, as Terraform takes it; does not wait.
fn take_posix_lock(file: &File) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    // SAFETY: an all-zero flock is a valid value of a plain C struct.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = libc::F_WRLCK as libc::c_short;
    lock.l_whence = libc::SEEK_SET as libc::c_short;
    // SAFETY: the descriptor is open while `file` is borrowed, and the struct outlives the call.
    let result = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLK, &lock) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn read(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap_or_default()
    }

    fn store_in(folder: &Path) -> LocalStore {
        LocalStore::new(LocalPaths::of(folder.join("terraform.tfstate")))
    }

    #[test]
    fn the_serial_rises_only_when_something_changed() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = store_in(folder.path());
        let mut state = State::default();
        store.write(&state).unwrap();
        store.write(&state).unwrap();
        assert_eq!(store.read().unwrap().unwrap().serial, 1);
        state.outputs.insert("a".into(), crate::state::OutputValue { value: true.into(), is_sensitive: false });
        let mut store = store_in(folder.path());
        store.write(&state).unwrap();
        assert_eq!(store.read().unwrap().unwrap().serial, 2);
        assert!(read(&folder.path().join("terraform.tfstate.backup")).contains("\"serial\": 1"));
    }

    #[test]
    fn an_interrupted_copy_is_finished_by_the_next_to_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("terraform.tfstate");
        store_in(folder.path()).write(&State::default()).unwrap();
        let whole = read(&path);
        std::fs::write(folder.path().join(".terraform.tfstate.new"), whole.replace("\"serial\": 1", "\"serial\": 2"))
            .unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let mut store = store_in(folder.path());
        store.lock(LockInfo::new("test", "1")).unwrap();
        assert_eq!(store.read().unwrap().unwrap().serial, 2);
    }

    #[test]
    fn an_empty_file_is_not_a_fresh_start() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("terraform.tfstate"), "").unwrap();
        assert!(store_in(folder.path()).read().is_err());
    }
}
