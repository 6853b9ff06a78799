//! Images: what servers run, copied and addressed by the SHA-256 of names, modes and contents.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The digest of a file or of everything in a directory, in hexadecimal.
pub fn digest(source: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    for (name, path) in files(source)? {
        let is_executable = fs::metadata(&path)?.permissions().mode() & 0o111 != 0;
        let content = Sha256::digest(fs::read(&path)?);
        hasher.update((name.len() as u64).to_be_bytes());
        hasher.update(name.as_bytes());
        hasher.update([u8::from(is_executable)]);
        hasher.update(content);
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Bytes of all its files.
pub fn size(source: &Path) -> io::Result<u64> {
    files(source)?.values().map(|file| fs::metadata(file).map(|found| found.len())).sum()
}

/// Copies the source to a directory of its own. The copy is whole or not there.
pub fn copy(source: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        return Ok(());
    }
    let beside = crate::system::file::beside(to, "new");
    let _ = fs::remove_dir_all(&beside);
    let copied = copy_files(source, &beside).and_then(|()| fs::rename(&beside, to));
    if copied.is_err() {
        // Why it could not be made is what counts.
        let _ = fs::remove_dir_all(&beside);
    }
    copied
}

fn copy_files(source: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for (name, path) in files(source)? {
        let target = to.join(name);
        fs::create_dir_all(crate::system::file::folder_of(&target))?;
        fs::copy(&path, &target)?;
    }
    Ok(rustix::fs::syncfs(fs::File::open(to)?)?)
}

/// All regular files by their name below the source; a source that is a file is its only one.
fn files(source: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    if !fs::metadata(source)?.is_dir() {
        let name = source.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        found.insert(name, source.to_owned());
        return Ok(found);
    }
    let mut folders = vec![source.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(name) = path.strip_prefix(source) {
                found.insert(name.to_string_lossy().into_owned(), path);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_content_is_the_same_image_and_a_copy_has_it() {
        let directory = tempfile::tempdir().unwrap();
        let (source, copied) = (directory.path().join("web"), directory.path().join("copy"));
        fs::create_dir_all(source.join("pages")).unwrap();
        fs::write(source.join("pages/index.html"), "one").unwrap();
        let first = digest(&source).unwrap();
        copy(&source, &copied).unwrap();
        assert_eq!(digest(&copied).unwrap(), first);
        fs::write(source.join("pages/index.html"), "two").unwrap();
        assert_ne!(digest(&source).unwrap(), first);
    }
}
