//! What a plan means for those who use the stack, before anything else of it is told. Nothing is said where nobody notices.

use super::paint::Paint;
use crate::plan::{Mode, Noticed, Plan};
use crate::provider::Impact;
use std::cmp::Reverse;

/// ```text
/// Verdict: data loss
///
///   data loss  aws_db_instance.main: it is destroyed without a final snapshot
///   outage     aws_instance.web (3 instances): all 3 members of aws_lb_target_group.web go at once
/// ```
pub fn render_verdicts(plan: &Plan, paint: Paint) -> String {
    // Whoever destroys a stack knows that it will not serve any more.
    let least = if plan.mode == Mode::Destroy { Impact::DataLoss } else { Impact::Brief };
    let mut noticed: Vec<&Noticed> = plan.verdicts.iter().filter(|noticed| noticed.verdict.impact >= least).collect();
    noticed.sort_by_key(|noticed| Reverse(noticed.verdict.impact));
    let Some(worst) = noticed.first() else { return String::new() };
    let mut out = format!("\n{} {}\n\n", paint.bold("Verdict:"), colored(worst.verdict.impact, "", paint));
    for alike in noticed.chunk_by(|a, b| a.verdict == b.verdict && a.address.in_module() == b.address.in_module()) {
        let name = match alike {
            [only] => {
                let deposed = only.deposed.as_ref().map(|key| format!(" (deposed object {key})")).unwrap_or_default();
                format!("{}{deposed}", only.address)
            }
            several => format!("{} ({} instances)", several[0].address.in_module(), several.len()),
        };
        let verdict = &alike[0].verdict;
        let padding = " ".repeat(LABEL_WIDTH.saturating_sub(verdict.impact.words().len()));
        out.push_str(&format!("  {}  {name}: {}\n", colored(verdict.impact, &padding, paint), verdict.reason));
    }
    out
}

/// `data loss`, the longest.
const LABEL_WIDTH: usize = 9;

fn colored(impact: Impact, padding: &str, paint: Paint) -> String {
    let text = impact.words();
    let text = match impact {
        Impact::DataLoss => paint.bold_red(text),
        Impact::Outage => paint.red(text),
        Impact::Brief => paint.yellow(text),
        Impact::None => text.to_owned(),
    };
    text + padding
}
