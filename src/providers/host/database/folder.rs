//! Data folders as files: copied while nobody runs on them, put on disk at once.
//!
//! PostgreSQL syncs one file after the other, a thousand of them, each waiting for the disk: seconds. `syncfs` is one wait for all of them.

use crate::system::reason;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

/// A copy with the same owners and modes. The target must not exist.
pub(super) async fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let (source, target) = (from.to_owned(), to.to_owned());
    apart(to, move || copy_folder(&source, &target)).await
}

/// Returns when everything in it is on disk.
pub(super) async fn sync(folder: &Path) -> Result<(), String> {
    let path = folder.to_owned();
    apart(folder, move || Ok(rustix::fs::syncfs(fs::File::open(path)?)?)).await
}

pub(super) fn remove(folder: &Path) -> Result<(), String> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(format!("{}: {}", folder.display(), reason(&error)))
        }
        _ => Ok(()),
    }
}

/// Where waiting for the disk keeps nobody else waiting.
async fn apart(folder: &Path, act: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<(), String> {
    let done = tokio::task::spawn_blocking(act).await.unwrap_or_else(|error| Err(io::Error::other(error)));
    done.map_err(|error| format!("{}: {}", folder.display(), reason(&error)))
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_folder(&source, &target)?;
        } else {
            fs::copy(&source, &target)?;
            own_as(&source, &target)?;
        }
    }
    own_as(from, to)
}

fn own_as(source: &Path, target: &Path) -> io::Result<()> {
    let found = fs::metadata(source)?;
    fs::set_permissions(target, found.permissions())?;
    if rustix::process::geteuid().is_root() { chown(target, Some(found.uid()), Some(found.gid())) } else { Ok(()) }
}
