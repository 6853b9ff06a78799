//! State files of several tools: written as they were read, and refused when they are damaged.

use std::fs;
use terrace::state::v4::{read_state, write_state};

fn samples() -> Vec<(String, String)> {
    let entries = fs::read_dir("state/samples").expect("there are samples").flatten();
    let mut samples: Vec<_> = entries
        .map(|entry| (entry.path().display().to_string(), fs::read_to_string(entry.path()).expect("it is text")))
        .collect();
    samples.sort();
    assert!(samples.len() >= 3);
    samples
}

#[test]
fn samples_round_trip_byte_for_byte() {
    for (name, text) in samples() {
        let state = read_state(&text, &name).expect("it is a state");
        assert_eq!(write_state(&state), text, "{name}");
    }
}

/// Cut off anywhere, a state is an error: never a smaller state.
#[test]
fn a_state_that_was_cut_off_is_refused() {
    for (name, text) in samples() {
        let whole = text.trim_end().len();
        for length in (0..whole).step_by(97).filter(|length| text.is_char_boundary(*length)) {
            assert!(read_state(&text[..length], &name).is_err(), "{name} cut off at {length}");
        }
    }
}

/// A byte that is another one gives an error or another state, never a panic.
#[test]
fn a_damaged_state_does_no_harm() {
    for (name, text) in samples() {
        for at in (0..text.len()).step_by(53) {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = b"\"{}[]:,0x"[at % 9];
            if let Ok(state) = read_state(&String::from_utf8_lossy(&bytes), &name) {
                write_state(&state);
            }
        }
    }
}

#[test]
fn the_samples_hold_what_is_hard() {
    let all: String = samples().into_iter().map(|(_, text)| text).collect();
    for hard in [
        "\"deposed\": \"",
        "\"status\": \"tainted\"",
        "\"create_before_destroy\": true",
        "\"private\": \"",
        "\"sensitive_attributes\": [\n",
        "\"index_key\": 0",
        "\"index_key\": \"",
        "\"module\": \"module.m[\\\"p\\\"].module.k\"",
        "\"check_results\": [\n",
        "\"failure_messages\": [\n",
        "\"dependencies\": [\n",
        "\"mode\": \"data\"",
        "\\u003c",
    ] {
        assert!(all.contains(hard), "no sample has {hard}");
    }
}
