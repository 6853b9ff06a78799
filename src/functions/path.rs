//! Paths as text, by the rules of Go's `filepath` on Unix.

/// The shortest equal path: no double slashes, no `.`, no `..` that something before it undoes.
pub(super) fn clean(path: &str) -> String {
    let is_rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match (part, parts.last()) {
            ("" | ".", _) => {}
            ("..", Some(last)) if *last != ".." => drop(parts.pop()),
            ("..", None) if is_rooted => {}
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (is_rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".into(),
        (false, false) => joined,
    }
}

/// Parts that are empty do not count.
pub(super) fn join(base: &str, path: &str) -> String {
    match (base, path) {
        ("", "") => String::new(),
        ("", path) | (path, "") => clean(path),
        _ => clean(&format!("{base}/{path}")),
    }
}

/// The last element, without slashes.
pub(super) fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit('/').next() {
        Some("") | None => "/",
        Some(last) => last,
    }
}

/// All but the last element.
pub(super) fn directory(path: &str) -> String {
    clean(path.rfind('/').map_or("", |slash| &path[..=slash]))
}

/// A clean path as seen from a clean directory.
pub(super) fn relative(from: &str, path: &str) -> String {
    let parts = |path: &'_ str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
    };
    let (from, path) = (parts(from), parts(path));
    let common = from.iter().zip(&path).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - common);
    let steps: Vec<String> = up.chain(path[common..].iter().cloned()).collect();
    if steps.is_empty() { ".".into() } else { steps.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        for (path, expected) in [("", "."), ("a//b/../c/.", "a/c"), ("/../a", "/a"), ("../../a", "../../a"), ("/", "/")]
        {
            assert_eq!(clean(path), expected);
        }
        assert_eq!(base("a//b//"), "b");
        assert_eq!(directory("/a/b/.."), "/a/b");
        assert_eq!(relative("set", "files/a"), "../files/a");
    }
}
