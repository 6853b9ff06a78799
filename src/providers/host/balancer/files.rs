//! Static files of one directory: GET and HEAD, `index.html` for a directory, an entity tag to ask again with.
//!
//! Nothing outside of the directory is served, whatever the path or a symbolic link says.

use super::body::Body;
use super::forward::plain;
use hyper::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, LOCATION};
use hyper::{HeaderMap, Method, Response, StatusCode, Uri};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;
use tokio::fs;

pub(super) async fn serve(directory: &Path, method: &Method, uri: &Uri, headers: &HeaderMap) -> Response<Body> {
    if method != Method::GET && method != Method::HEAD {
        let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED);
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return answer;
    }
    match find(directory, uri.path()).await {
        Ok(Found::File(path)) => open(&path, method, headers).await.unwrap_or_else(|error| plain(status_of(&error))),
        Ok(Found::Directory) => match HeaderValue::try_from(format!("{}/", uri.path())) {
            // A path that begins with two slashes would name another host.
            Ok(location) if !uri.path().starts_with("//") => {
                let mut answer = plain(StatusCode::MOVED_PERMANENTLY);
                answer.headers_mut().insert(LOCATION, location);
                answer
            }
            _ => plain(StatusCode::NOT_FOUND),
        },
        Err(error) => plain(status_of(&error)),
    }
}

enum Found {
    File(PathBuf),
    /// Asked for without the slash at its end.
    Directory,
}

async fn find(directory: &Path, path: &str) -> io::Result<Found> {
    let relative = decoded(path).ok_or(io::ErrorKind::NotFound)?;
    let relative = Path::new(relative.trim_start_matches('/'));
    if relative.components().any(|part| !matches!(part, Component::Normal(_))) {
        return Err(io::ErrorKind::NotFound.into());
    }
    let root = fs::canonicalize(directory).await?;
    let mut found = fs::canonicalize(root.join(relative)).await?;
    if fs::metadata(&found).await?.is_dir() {
        if !path.ends_with('/') {
            return if found.starts_with(&root) { Ok(Found::Directory) } else { Err(io::ErrorKind::NotFound.into()) };
        }
        found = fs::canonicalize(found.join("index.html")).await?;
    }
    if found.starts_with(&root) { Ok(Found::File(found)) } else { Err(io::ErrorKind::NotFound.into()) }
}

async fn open(path: &Path, method: &Method, headers: &HeaderMap) -> io::Result<Response<Body>> {
    let file = fs::File::open(path).await?;
    let metadata = file.metadata().await?;
    if !metadata.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let tag = format!("\"{:x}-{:x}\"", modified, metadata.len());
    let is_known = headers.get(IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).is_some_and(|tags| {
        tags.split(',').map(|known| known.trim().trim_start_matches("W/")).any(|known| known == tag || known == "*")
    });
    let mut answer = Response::new(Body::empty());
    if is_known {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        let kind = HeaderValue::from_static(content_type(path));
        answer.headers_mut().insert(CONTENT_TYPE, kind);
        answer.headers_mut().insert(CONTENT_LENGTH, metadata.len().into());
        if method == Method::GET {
            *answer.body_mut() = Body::File { file, left: metadata.len() };
        }
    }
    if let Ok(tag) = HeaderValue::try_from(tag) {
        answer.headers_mut().insert(ETAG, tag);
    }
    Ok(answer)
}

fn status_of(error: &io::Error) -> StatusCode {
    match error.kind() {
        io::ErrorKind::PermissionDenied => StatusCode::FORBIDDEN,
        io::ErrorKind::NotFound
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::InvalidInput
        | io::ErrorKind::InvalidFilename => StatusCode::NOT_FOUND,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A path without its percent signs; none where it is no text.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let (high, low) = (char::from(rest.next()?).to_digit(16)?, char::from(rest.next()?).to_digit(16)?);
                bytes.push(u8::try_from(high * 16 + low).ok()?);
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok().filter(|path| !path.contains('\0'))
}

fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "txt" | "md" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        "pdf" => "application/pdf",
        "xml" => "application/xml",
        _ => "application/octet-stream",
    }
}
