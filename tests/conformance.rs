//! The recorded answers of Terraform 1.11.4 and how many of them we give: the score may rise, never fall.
//!
//! `tests/conformance` holds the corpus and its runner (`score.py`, Python's standard library only). The floors below are
//! the figures the project promises; COMPAT.md names what differs on purpose.

use std::collections::BTreeMap;
use std::process::Command;

/// Figure and the least share that must be right, in tenths of a per cent.
const FLOORS: &[(&str, u64)] = &[
    ("expressions", 995),
    ("expression errors", 970),
    ("validate", 970),
    ("plan-json", 990),
    ("state", 990),
    ("plan-text", 850),
    ("fmt", 990),
];

#[test]
fn terraform_and_terrace_agree() {
    let root = env!("CARGO_MANIFEST_DIR");
    let output = Command::new("python3")
        .arg(format!("{root}/tests/conformance/score.py"))
        .args(["--bin", env!("CARGO_BIN_EXE_terrace"), "--jobs", "2", "--corpus"])
        .arg(format!("{root}/tests/conformance/open"))
        .output()
        .expect("python3 runs the corpus");
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    let scores = parse_scores(last);
    let mut low = Vec::new();
    for (figure, floor) in FLOORS {
        let (right, all) = *scores.get(*figure).unwrap_or_else(|| panic!("no figure {figure:?} in {last:?}"));
        if right * 1000 < floor * all {
            low.push(format!("{figure}: {right}/{all} is below {}.{} %", floor / 10, floor % 10));
        }
    }
    println!("{text}");
    assert!(low.is_empty(), "{}\n{last}", low.join("\n"));
}

/// `conformance: expressions 3/4, validate 1/2` as figure → (right, all).
fn parse_scores(line: &str) -> BTreeMap<&str, (u64, u64)> {
    let Some(figures) = line.strip_prefix("conformance: ") else { return BTreeMap::new() };
    figures
        .split(", ")
        .filter_map(|figure| {
            let (name, score) = figure.rsplit_once(' ')?;
            let (right, all) = score.split_once('/')?;
            Some((name, (right.parse().ok()?, all.parse().ok()?)))
        })
        .collect()
}
