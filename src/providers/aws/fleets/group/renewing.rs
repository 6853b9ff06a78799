//! Which changes of a group make its servers others, and what its `instance_refresh` block says of how. Pure.

use super::launch::{DEFAULT_VERSION, IN_POLICY, LATEST_VERSION, OWN};
use crate::provider::{Renewal, Renewed, Renewing};
use crate::providers::aws::engine::Want;
use crate::value::{Text, Value};
use std::time::Duration;

/// A change of one of these makes servers others, and starts a refresh where there is an `instance_refresh` block.
const LAUNCH: &[&str] = &["launch_configuration", "launch_template", "mixed_instances_policy"];

/// What AWS does where nobody says otherwise.
const USUAL_LEAST: u16 = 90;
const USUAL_MOST: u16 = 100;

pub fn renewing(change: Renewed<'_>) -> Option<Renewing> {
    let (before, after) = (Want(change.before.clone()), Want(change.after.clone()));
    let differs = |name: &str| before.0.get(name) != after.0.get(name);
    let block = after.item("instance_refresh");
    let triggers = block.iter().flat_map(|block| block.texts("triggers"));
    let triggered = triggers.map(|trigger| if trigger == "tags" { "tag".to_owned() } else { trigger });
    let is_launched = LAUNCH.iter().any(|name| differs(name));
    let is_asked = block.is_some() && (is_launched || triggered.into_iter().any(|trigger| differs(&trigger)));
    // As by hashicorp's provider, a new version of `$Latest` asks for nothing by itself.
    let former_version = former_version(&before, &change);
    if !is_launched && !is_asked && former_version.is_none() {
        return None;
    }
    let size = after.number("desired_capacity").or(before.number("desired_capacity")).unwrap_or_default();
    let preferences = block.and_then(|block| block.item("preferences"));
    let own = preferences.map_or_else(usual, |block| written(&block));
    Some(Renewing {
        own: Renewal { former_version, ..own },
        is_asked,
        size: usize::try_from(size).unwrap_or_default(),
        groups: before.texts("target_group_arns").into_iter().map(Text::from).collect(),
    })
}

/// The number of the version before, where the group follows its template by a name and the template gets another version.
fn former_version(group: &Want, change: &Renewed<'_>) -> Option<Text> {
    let named = |block: Want, [id, name]: [&str; 2]| {
        let version = block.filled("version").unwrap_or_else(|| DEFAULT_VERSION.to_owned());
        (block.filled(id), block.filled(name), version)
    };
    let in_policy = || {
        let block = group.item("mixed_instances_policy")?.item("launch_template")?;
        Some(named(block.item("launch_template_specification")?, IN_POLICY))
    };
    let own = group.item("launch_template").map(|block| named(block, OWN));
    let (id, name, version) = own.or_else(in_policy)?;
    let number = match version.as_str() {
        LATEST_VERSION => "latest_version",
        DEFAULT_VERSION => "default_version",
        _ => return None,
    };
    let is_it = |before: &Want| id.as_ref().map_or_else(|| before.filled("name") == name, |id| before.id() == *id);
    change.others.iter().filter(|(kind, ..)| *kind == "aws_launch_template").find_map(|(_, before, after)| {
        let is_other = before.get(number) != after.get(number);
        let before = Want((*before).clone());
        let former = before.number(number).filter(|_| is_other && is_it(&before))?;
        Some(former.to_string().into())
    })
}

fn usual() -> Renewal {
    Renewal { min_healthy_percent: USUAL_LEAST, max_healthy_percent: USUAL_MOST, ..Renewal::default() }
}

/// A `preferences` block. Seconds are texts, because nothing and zero differ.
fn written(block: &Want) -> Renewal {
    let seconds = |name: &str| Some(Duration::from_secs(block.filled(name)?.parse().ok()?));
    let percent = |name: &str, usual: u16| block.number(name).and_then(|it| u16::try_from(it).ok()).unwrap_or(usual);
    let marks = block.value("checkpoint_percentages").and_then(Value::as_items).unwrap_or_default();
    let alarms = block.item("alarm_specification").map(|block| block.texts("alarms")).unwrap_or_default();
    Renewal {
        min_healthy_percent: percent("min_healthy_percentage", USUAL_LEAST),
        max_healthy_percent: percent("max_healthy_percentage", USUAL_MOST),
        checkpoints: marks.iter().filter_map(|mark| u8::try_from(mark.as_number()?.to_i64()?).ok()).collect(),
        checkpoint_delay: seconds("checkpoint_delay").unwrap_or_default(),
        warmup: seconds("instance_warmup"),
        skips_matching: block.flag("skip_matching").unwrap_or_default(),
        takes_itself_back: block.flag("auto_rollback").unwrap_or_default(),
        alarms: alarms.into_iter().map(Text::from).collect(),
        ..Renewal::default()
    }
}
