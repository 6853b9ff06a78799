//! Packages onto the disk: git repositories, archives over HTTP, directories of this machine.
//!
//! A package is put next to its place first and moved there when it is whole, so that no run finds half of one.

use super::hosts::Hosts;
use crate::config::Package;
use crate::ops::web;
use flate2::read::GzDecoder;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LARGEST_ARCHIVE: usize = 1 << 30;
/// The longest that an archive may take.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often one address may name another one as the place to get the module from.
const MOST_HANDOVERS: usize = 4;

/// Fetches a package into a directory that does not exist yet.
pub async fn fetch(package: &Package, hosts: &Hosts, target: &Path) -> Result<(), String> {
    let parent = target.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|error| format!("{}: {error}", parent.display()))?;
    let draft = tempfile_in(parent)?;
    let fetched = fetch_into(package, hosts, &draft).await;
    let moved = fetched.and_then(|inner| {
        let whole = draft.join(inner);
        fs::rename(&whole, target).map_err(|error| format!("{}: {error}", target.display()))
    });
    // What is left of a draft is of no use to anybody; a directory that cannot be removed is in nobody's way.
    let _ = fs::remove_dir_all(&draft);
    moved
}

fn tempfile_in(parent: &Path) -> Result<PathBuf, String> {
    let draft = parent.join(format!(".draft-{}", std::process::id()));
    let _ = fs::remove_dir_all(&draft);
    fs::create_dir(&draft).map_err(|error| format!("{}: {error}", draft.display()))?;
    Ok(draft)
}

/// Fills a directory of the draft and says which.
async fn fetch_into(package: &Package, hosts: &Hosts, draft: &Path) -> Result<PathBuf, String> {
    let mut package = package.clone();
    for _ in 0..MOST_HANDOVERS {
        let scheme = package.url.split_once("://").map_or("", |(scheme, _)| scheme).to_owned();
        let whole = draft.join("package");
        match (package.forced.as_deref(), scheme.as_str()) {
            (Some("git"), _) => {
                clone(&package, &whole)?;
                return Ok(PathBuf::from("package"));
            }
            (None | Some("file"), "file") => {
                take_from_disk(&package, &whole)?;
                return Ok(PathBuf::from("package"));
            }
            (None | Some("http" | "https"), "http" | "https") => match download(&package, hosts, &whole).await? {
                None => return Ok(PathBuf::from("package")),
                Some(next) if next.inner.is_empty() => package = next,
                Some(next) => {
                    Box::pin(fetch_into(&next.whole(), hosts, draft)).await?;
                    return Ok(Path::new("package").join(&next.inner));
                }
            },
            (Some(other), _) => {
                return Err(format!("fetching with {other:?} is not supported; use git or an archive over HTTPS"));
            }
            (None, other) => return Err(format!("download not supported for scheme '{other}'")),
        }
    }
    Err(format!("{package} leads from address to address without end"))
}

fn clone(package: &Package, target: &Path) -> Result<(), String> {
    if package.parameter("sshkey").is_some() {
        return Err("the parameter sshkey is not supported; let ssh know the key, or set GIT_SSH_COMMAND".to_owned());
    }
    let target = target.as_os_str();
    let wanted = package.parameter("ref").map(percent_decoded);
    let depth = package.parameter("depth").unwrap_or("1");
    let path = OsStr::new;
    // One commit is enough where the server gives it by name.
    let shallow = match &wanted {
        Some(wanted) => {
            git(&[path("init"), path("--quiet"), target])?;
            let from = path(&package.url);
            let what = [path("-C"), target, path("fetch"), path("--quiet"), path("--depth"), path(depth), from];
            git(&[&what[..], &[path(wanted)]].concat())
                .and_then(|()| git(&[path("-C"), target, path("checkout"), path("--quiet"), path("FETCH_HEAD")]))
        }
        None => {
            let options = [path("clone"), path("--quiet"), path("--depth"), path(depth)];
            git(&[&options[..], &[path(&package.url), target]].concat())
        }
    };
    if let Err(problem) = shallow {
        // A short commit, or a server that gives only what has a name.
        let Some(wanted) = wanted else { return Err(problem) };
        fs::remove_dir_all(target).map_err(|error| error.to_string())?;
        git(&[path("clone"), path("--quiet"), path(&package.url), target])?;
        git(&[path("-C"), target, path("checkout"), path("--quiet"), path(&wanted)])?;
    }
    if Path::new(target).join(".gitmodules").exists() {
        let update = ["submodule", "update", "--init", "--recursive", "--quiet"].map(OsStr::new);
        git(&[&[path("-C"), target], &update[..]].concat())?;
    }
    Ok(())
}

fn git(arguments: &[&OsStr]) -> Result<(), String> {
    let mut command = Command::new("git");
    // Nobody is there to answer its questions.
    command.args(arguments).env("GIT_TERMINAL_PROMPT", "0").stdin(std::process::Stdio::null());
    let ended = command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "git must be available and on the PATH".to_owned(),
        _ => format!("git: {error}"),
    })?;
    if ended.status.success() {
        return Ok(());
    }
    Err(format!("git: {}", String::from_utf8_lossy(&ended.stderr).trim()))
}

fn take_from_disk(package: &Package, target: &Path) -> Result<(), String> {
    let from = PathBuf::from(package.url.trim_start_matches("file://"));
    if from.is_dir() {
        return copy_directory(&from, target).map_err(|error| format!("{}: {error}", from.display()));
    }
    let bytes = fs::read(&from).map_err(|error| format!("{}: {error}", from.display()))?;
    let format = archive_format(package).ok_or_else(|| format!("{} is no directory", from.display()))?;
    unpack(format, bytes, target)
}

pub fn copy_directory(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if entry.file_name() == ".git" {
            continue;
        }
        if kind.is_dir() {
            copy_directory(&entry.path(), &target)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(entry.path())?, target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Fills the target, or says where the package is instead.
async fn download(package: &Package, hosts: &Hosts, target: &Path) -> Result<Option<Package>, String> {
    if package.parameter("checksum").is_some() {
        return Err("the parameter checksum is not supported".to_owned());
    }
    let query: Vec<&str> =
        package.query.split('&').filter(|part| !part.is_empty() && !part.starts_with("archive=")).collect();
    let format = archive_format(package);
    // Without an archive's name the server is asked where the module is.
    let extra = if format.is_none() { vec!["terraform-get=1"] } else { Vec::new() };
    let query = [query, extra].concat().join("&");
    let url = if query.is_empty() { package.url.clone() } else { format!("{}?{query}", package.url) };
    let host = package.url.split('/').nth(2).unwrap_or_default();
    let token = hosts.token(host);
    let asked = tokio::time::timeout(PATIENCE, web::follow(&url, token.as_deref(), LARGEST_ARCHIVE)).await;
    let answer = asked.map_err(|_| format!("{url}: no answer within {} seconds", PATIENCE.as_secs()))?;
    let answer = answer.map_err(|problem| format!("{url}: {problem}"))?;
    if !(200..300).contains(&answer.status) {
        return Err(format!("{url}: bad response code: {}", answer.status));
    }
    match format {
        Some(format) => unpack(format, answer.body.to_vec(), target).map(|()| None),
        None => {
            let named = answer.header("x-terraform-get").map(str::to_owned).or_else(|| in_page(&answer.text()));
            let named = named.ok_or_else(|| format!("{url}: no source URL was returned"))?;
            let next = if named.starts_with(['/', '.']) { web::resolve(&answer.url, &named) } else { named };
            Ok(Some(Package::of(&next)))
        }
    }
}

/// `<meta name="terraform-get" content="...">`
fn in_page(page: &str) -> Option<String> {
    let tag = page.split("<meta").find(|tag| tag.contains("\"terraform-get\""))?;
    let content = tag.split("content=\"").nth(1)?;
    Some(content.split('"').next()?.to_owned())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Archive {
    Tar,
    TarGz,
    Zip,
    /// One that is not unpacked here.
    Other,
}

fn archive_format(package: &Package) -> Option<Archive> {
    let name = match package.parameter("archive") {
        Some(name) => format!(".{name}"),
        None => package.url.to_ascii_lowercase(),
    };
    let has = |suffixes: &[&str]| suffixes.iter().any(|suffix| name.ends_with(suffix));
    match () {
        () if has(&[".tar.gz", ".tgz"]) => Some(Archive::TarGz),
        () if has(&[".zip"]) => Some(Archive::Zip),
        () if has(&[".tar"]) => Some(Archive::Tar),
        () if has(&[".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".gz", ".bz2", ".xz"]) => {
            Some(Archive::Other)
        }
        () => None,
    }
}

fn unpack(format: Archive, bytes: Vec<u8>, target: &Path) -> Result<(), String> {
    let unpacked = match format {
        Archive::Tar => untar(Cursor::new(bytes), target),
        Archive::TarGz => untar(GzDecoder::new(Cursor::new(bytes)), target),
        Archive::Zip => unzip(bytes, target),
        Archive::Other => return Err("only archives of the kinds tar, tar.gz and zip can be unpacked".to_owned()),
    };
    unpacked.map_err(|error| format!("the archive cannot be unpacked: {error}"))
}

fn untar(bytes: impl Read, target: &Path) -> io::Result<()> {
    fs::create_dir_all(target)?;
    let mut archive = tar::Archive::new(bytes);
    archive.set_preserve_mtime(false);
    archive.unpack(target)
}

fn unzip(bytes: Vec<u8>, target: &Path) -> io::Result<()> {
    fs::create_dir_all(target)?;
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
    archive.extract(target).map_err(io::Error::from)
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = (*first == b'%').then(|| tail.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_known_by_name_or_parameter() {
        let format = |text: &str| archive_format(&Package::of(text));
        assert_eq!(format("https://example.com/a.TGZ"), Some(Archive::TarGz));
        assert_eq!(format("https://example.com/a?archive=zip"), Some(Archive::Zip));
        assert_eq!(format("https://example.com/a.tar.xz//b"), Some(Archive::Other));
        assert_eq!(format("https://example.com/a"), None);
    }

    #[test]
    fn a_page_may_say_where_a_module_is() {
        let page = "<html><meta charset=\"x\"><meta name=\"terraform-get\" content=\"./a.zip\"></html>";
        assert_eq!(in_page(page).as_deref(), Some("./a.zip"));
        assert_eq!(in_page("<html>"), None);
    }

    #[test]
    fn references_are_decoded() {
        assert_eq!(percent_decoded("feature%2Fa%"), "feature/a%");
    }
}
