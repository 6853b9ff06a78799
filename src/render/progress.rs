//! What happens while an operation runs, as Terraform's lines.
//!
//! `terraform_data.a: Creating...`, `Still creating...` every ten seconds, `Creation complete after 3s [id=...]`. Time is told by the caller.

use super::identity::{id_of, id_or_name_of, suffix};
use super::paint::Paint;
use super::rollout_text::render_stage;
use crate::addr::ResourceInstance;
use crate::change::Action;
use crate::plan::Event;
use crate::value::Text;
use std::time::Duration;

/// Longest id in a `Still ...` line.
const LONGEST_ID: usize = 80;

/// The lines for an event, with their ends; empty where nothing is said. `elapsed`: since the thing that the event ends began.
pub fn render_event(event: &Event, elapsed: Duration, paint: Paint) -> String {
    match line(event, elapsed) {
        Some(line) => format!("{}\n", paint.bold(&line)),
        None => match event {
            Event::ProvisionOutput { address, kind, line } => {
                let line = line.trim_end();
                if line.is_empty() {
                    String::new()
                } else {
                    format!("{} {line}\n", paint.bold(&format!("{address} ({kind}):")))
                }
            }
            Event::Imported { address, kind } => format!(
                "{}\n{}\n",
                paint.bold_green(&format!("{address}: Import prepared!")),
                paint.green(&format!("  Prepared {kind} for import"))
            ),
            _ => String::new(),
        },
    }
}

fn line(event: &Event, elapsed: Duration) -> Option<String> {
    let seconds = duration_text(elapsed);
    Some(match event {
        Event::Refreshing { address, deposed, object } => {
            format!("{}: Refreshing state...{}", display(address, *deposed), suffix(id_of(object)))
        }
        Event::Reading { address } => format!("{address}: Reading..."),
        Event::Read { address, object } => format!("{address}: Read complete after {seconds}{}", suffix(id_of(object))),
        Event::PreparingImport { address, id } => format!("{address}: Preparing import... [id={id}]"),
        Event::Importing { address, id } => {
            format!("{address}: Importing from ID {}...", super::diff::quoted_as_go(id))
        }
        Event::Adopting { address, id } => format!("{address}: Importing... [id={id}]"),
        Event::Adopted { address, id } => format!("{address}: Import complete [id={id}]"),
        Event::Applying { address, deposed, action, object } => {
            let verb = started(*action)?;
            format!(
                "{}: {verb}...{}",
                display(address, *deposed),
                suffix(id_or_name_of(object).filter(|_| *action != Action::Create))
            )
        }
        Event::StillApplying { address, action, object, .. } => {
            let verb = started(*action)?.to_lowercase();
            let id = id_or_name_of(object).filter(|_| *action != Action::Create);
            let id = id.map(|(key, value)| format!("{key}={}, ", shortened(&value))).unwrap_or_default();
            format!("{address}: Still {verb}... [{id}{seconds} elapsed]")
        }
        // Terraform does not say here that an old generation was meant.
        Event::Applied { address, action, object, .. } => {
            let noun = completed(*action)?;
            let id = if *action == Action::Delete { String::new() } else { suffix(id_of(object)) };
            format!("{address}: {noun} after {seconds}{id}")
        }
        Event::Provisioning { address, kind } => format!("{address}: Provisioning with '{kind}'..."),
        Event::Opening { address } => format!("{address}: Opening..."),
        Event::Opened { address } => format!("{address}: Opening complete after {seconds}"),
        Event::Closing { address } => format!("{address}: Closing..."),
        Event::Closed { address } => format!("{address}: Closing complete after {seconds}"),
        Event::Stage { rollout, stage, position, phase } => render_stage(rollout, stage, *position, *phase, elapsed)?,
        Event::Recovered { message } => (*message).to_owned(),
        Event::Refreshed { .. }
        | Event::ReadFailed { .. }
        | Event::Imported { .. }
        | Event::ApplyFailed { .. }
        | Event::ProvisionOutput { .. }
        | Event::Provisioned { .. }
        | Event::Stopping { .. } => return None,
    })
}

/// The address with its generation, where an old one is meant.
pub fn display(address: &ResourceInstance, deposed: Option<&Text>) -> String {
    match deposed {
        Some(key) => format!("{address} (deposed object {key})"),
        None => address.to_string(),
    }
}

/// `Creating`, `Destroying`, ...; nothing for what is not announced.
pub fn started(action: Action) -> Option<&'static str> {
    Some(match action {
        Action::Create => "Creating",
        Action::Update => "Modifying",
        Action::Delete => "Destroying",
        Action::Read => "Reading",
        _ => return None,
    })
}

fn completed(action: Action) -> Option<&'static str> {
    Some(match action {
        Action::Create => "Creation complete",
        Action::Update => "Modifications complete",
        Action::Delete => "Destruction complete",
        Action::Read => "Read complete",
        _ => return None,
    })
}

/// `3s`, `1m2s`, `1h0m0s`, rounded to seconds.
pub fn duration_text(duration: Duration) -> String {
    let seconds = (duration.as_millis() + 500) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// A long id without its middle.
fn shortened(id: &str) -> String {
    let characters: Vec<char> = id.chars().collect();
    if characters.len() <= LONGEST_ID {
        return id.to_owned();
    }
    let half = LONGEST_ID / 2;
    let head: String = characters[..half - 1].iter().collect();
    let tail: String = characters[characters.len() - (LONGEST_ID - half - 2)..].iter().collect();
    format!("{head}...{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_go_does() {
        let text = |milliseconds| duration_text(Duration::from_millis(milliseconds));
        assert_eq!([text(499), text(10_500), text(62_000), text(3_600_000)], ["0s", "11s", "1m2s", "1h0m0s"]);
    }
}
