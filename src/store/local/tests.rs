//! The local store on a real file system.

use super::*;
use crate::state::OutputValue;

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn store_in(folder: &Path) -> LocalStore {
    LocalStore::new(LocalPaths::of(folder.join("terraform.tfstate")))
}

fn locked_in(folder: &Path) -> LocalStore {
    let mut store = store_in(folder);
    store.lock(LockInfo::new("test", "1")).unwrap();
    store
}

fn with_output(name: &str) -> State {
    let mut state = State::default();
    state.outputs.insert(name.into(), OutputValue { value: true.into(), is_sensitive: false });
    state
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn the_serial_rises_only_when_something_changed() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = store_in(folder.path());
    store.write(&State::default()).unwrap();
    store.write(&State::default()).unwrap();
    assert_eq!(store.read().unwrap().unwrap().serial, 1);
    let mut store = store_in(folder.path());
    store.write(&with_output("a")).unwrap();
    store.write(&with_output("a")).unwrap();
    assert_eq!(store.read().unwrap().unwrap().serial, 2);
    assert!(read(&folder.path().join("terraform.tfstate.backup")).contains("\"serial\": 1"));
}

#[test]
fn an_interrupted_copy_is_finished_by_the_next_to_lock_and_seen_by_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("terraform.tfstate");
    store_in(folder.path()).write(&State::default()).unwrap();
    let whole = read(&path);
    let next = whole.replace("\"serial\": 1", "\"serial\": 2");
    for length in 0..whole.len() {
        std::fs::write(folder.path().join(".terraform.tfstate.new"), &next).unwrap();
        std::fs::write(&path, format!("{}{}", &next[..length], &whole[length..])).unwrap();
        assert_eq!(store_in(folder.path()).read().unwrap().unwrap().serial, 2);
        assert_eq!(locked_in(folder.path()).read().unwrap().unwrap().serial, 2);
        assert_eq!(read(&path), next);
        assert_eq!(names(folder.path()), ["terraform.tfstate"]);
    }
}

#[test]
fn new_content_that_was_cut_short_counts_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    store_in(folder.path()).write(&State::default()).unwrap();
    let whole = read(&folder.path().join("terraform.tfstate")).replace("\"serial\": 1", "\"serial\": 2");
    for length in 0..whole.len() {
        std::fs::write(folder.path().join(".terraform.tfstate.new"), &whole[..length]).unwrap();
        assert_eq!(store_in(folder.path()).read().unwrap().unwrap().serial, 1);
        assert_eq!(locked_in(folder.path()).read().unwrap().unwrap().serial, 1);
    }
}

#[test]
fn an_empty_file_is_not_a_fresh_start() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("terraform.tfstate"), "").unwrap();
    assert!(store_in(folder.path()).read().is_err());
    assert!(locked_in(folder.path()).read().is_err());
}

#[test]
fn a_file_made_for_its_lock_is_no_damage_when_its_maker_dies() {
    let folder = tempfile::tempdir().unwrap();
    let mut dying = locked_in(folder.path());
    assert!(dying.read().unwrap().is_none());
    // Dies: the lock goes, the files stay.
    drop(dying.lock.take());
    std::mem::forget(dying);
    assert!(locked_in(folder.path()).read().unwrap().unwrap().is_empty());
}

#[test]
fn a_file_made_for_its_lock_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    drop(locked_in(folder.path()));
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn a_lock_excludes_and_says_who_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut holder = locked_in(folder.path());
    holder.write(&State::default()).unwrap();
    // Opening and closing the file must not lose the lock.
    drop(read(&folder.path().join("terraform.tfstate")));
    let refused = store_in(folder.path()).lock(LockInfo::new("other", "1")).unwrap_err();
    let LockError::Held { reason, holder: Some(info) } = refused else { panic!("{refused}") };
    assert_eq!((reason.as_str(), info.operation.as_str()), ("resource temporarily unavailable", "test"));
    drop(holder);
    assert_eq!(names(folder.path()), ["terraform.tfstate"]);
    locked_in(folder.path());
}

#[test]
fn a_pushed_state_must_be_a_successor() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = store_in(folder.path());
    let state = |lineage: &str, serial, name| State { lineage: lineage.into(), serial, ..with_output(name) };
    let refusal = |outcome: Result<(), Diagnostics>| outcome.unwrap_err().iter().next().unwrap().detail.clone();
    store.push(&state("l", 4, "a"), false).unwrap();
    assert_eq!(store.read().unwrap().unwrap().serial, 4);
    store.push(&state("l", 4, "a"), false).unwrap();
    assert!(
        refusal(store.push(&state("l", 4, "b"), false)).starts_with("cannot overwrite existing state with serial 4")
    );
    assert!(refusal(store.push(&state("l", 3, "b"), false)).ends_with("over newer state with serial 4"));
    assert!(refusal(store.push(&state("m", 9, "b"), false)).contains("over unrelated state with lineage \"l\""));
    store.push(&state("m", 1, "b"), true).unwrap();
    assert_eq!(store.read().unwrap().unwrap().lineage, "m");
}

#[test]
fn writing_elsewhere_leaves_the_source_alone() {
    let folder = tempfile::tempdir().unwrap();
    store_in(folder.path()).write(&State::default()).unwrap();
    let before = read(&folder.path().join("terraform.tfstate"));
    let paths =
        LocalPaths { input: folder.path().join("terraform.tfstate"), ..LocalPaths::of(folder.path().join("o")) };
    let mut store = LocalStore::new(paths);
    store.lock(LockInfo::new("test", "1")).unwrap();
    store.read().unwrap().unwrap();
    store.write(&with_output("a")).unwrap();
    assert_eq!(read(&folder.path().join("terraform.tfstate")), before);
    assert!(read(&folder.path().join("o")).contains("\"serial\": 2"));
    drop(store);
    assert_eq!(names(folder.path()), ["o", "terraform.tfstate"]);
}
