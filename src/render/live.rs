//! The moving part of a terminal while an operation runs: what is going on, in a few lines that are drawn again and again.
//!
//! What is over and worth keeping (an object created, changed or destroyed) is written above as an ordinary line; what is only looked at
//! is counted.

use super::paint::Paint;
use super::progress::duration_text;
use std::time::Duration;

/// Lines for things that run; more are counted.
const MOST_LINES: usize = 6;

const SPINNER: &[&str] = &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// What is going on at one moment.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// Address, verb (`Creating`) and time since the start; the oldest first.
    pub running: Vec<(String, &'static str, Duration)>,
    /// Objects looked at so far.
    pub refreshed: usize,
    pub finished: usize,
    pub failed: usize,
    /// Counts drawings.
    pub tick: usize,
}

/// The lines of a frame, none longer than the terminal is wide.
pub fn render_frame(frame: &Frame, width: usize, paint: Paint) -> Vec<String> {
    let spinner = SPINNER[frame.tick % SPINNER.len()];
    let mut lines = Vec::new();
    for (address, verb, since) in frame.running.iter().take(MOST_LINES) {
        let line = shortened(&format!("{address}: {verb} {}", duration_text(*since)), width.saturating_sub(3));
        lines.push(format!("{} {line}", paint.cyan(spinner)));
    }
    if frame.running.len() > MOST_LINES {
        lines.push(paint.gray(&format!("  and {} more", frame.running.len() - MOST_LINES)));
    }
    lines.push(paint.gray(&shortened(&totals(frame), width.saturating_sub(1))));
    lines
}

fn totals(frame: &Frame) -> String {
    let mut parts = Vec::new();
    if frame.refreshed > 0 {
        parts.push(format!("{} read", frame.refreshed));
    }
    if frame.finished > 0 || !frame.running.is_empty() {
        parts.push(format!("{} done", frame.finished));
        parts.push(format!("{} running", frame.running.len()));
    }
    if frame.failed > 0 {
        parts.push(format!("{} failed", frame.failed));
    }
    format!("  {}", parts.join(", "))
}

fn shortened(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let kept: String = line.chars().take(width.saturating_sub(1)).collect();
    kept + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_is_shown_with_its_time_and_the_rest_counted() {
        let running = (0..8).map(|index| (format!("a.b[{index}]"), "Creating", Duration::from_secs(index))).collect();
        let frame = Frame { running, finished: 2, ..Frame::default() };
        let lines = render_frame(&frame, 40, Paint(false));
        assert_eq!(lines.len(), 8);
        assert_eq!(lines[1], "⠋ a.b[1]: Creating 1s");
        assert_eq!(lines[6], "  and 2 more");
        assert_eq!(lines[7], "  2 done, 8 running");
    }
}
