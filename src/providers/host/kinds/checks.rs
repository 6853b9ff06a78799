//! What is wrong with a configuration as it is written, whatever the machine looks like: words that are none of those there are, numbers out of range.
//!
//! What is not known yet is not judged; the agent would find it.

use crate::provider::Complaint;
use crate::providers::small::Object;
use crate::value::{Path, Value};
use std::ops::RangeInclusive;

/// An object within the configuration of a resource, with what was found wrong so far.
pub(super) struct Checked {
    object: Object,
    path: Path,
    pub(super) complaints: Vec<Complaint>,
}

impl Checked {
    pub(super) fn of(configuration: &Value) -> Self {
        Self { object: Object(configuration.clone()), path: Path::root(), complaints: Vec::new() }
    }

    pub(super) fn object(&self) -> &Object {
        &self.object
    }

    pub(super) fn complain(&mut self, name: &str, detail: String) {
        let complaint = Complaint::error(format!("Invalid {name}"), detail);
        self.complaints.push(complaint.at(self.path.attribute(name)));
    }

    /// Its object of this name, where one is written.
    pub(super) fn within(&mut self, name: &str, check: impl FnOnce(&mut Self)) {
        let value = self.object.get(name);
        if value.as_entries().is_some() {
            self.look_into(value, self.path.attribute(name), check);
        }
    }

    /// Each object of its list of this name.
    pub(super) fn each(&mut self, name: &str, check: impl Fn(&mut Self)) {
        let value = self.object.get(name);
        for (index, item) in value.as_items().into_iter().flatten().enumerate() {
            self.look_into(item.clone(), self.path.attribute(name).index(index), &check);
        }
    }

    fn look_into(&mut self, value: Value, path: Path, check: impl FnOnce(&mut Self)) {
        let mut inner = Self { object: Object(value), path, complaints: Vec::new() };
        check(&mut inner);
        self.complaints.append(&mut inner.complaints);
    }

    pub(super) fn word(&mut self, name: &str, words: &[&str]) {
        if let Some(found) = self.object.text(name).filter(|found| !words.contains(&&**found)) {
            self.complain(name, format!("{found:?} is none of {}.", words.join(", ")));
        }
    }

    pub(super) fn number(&mut self, name: &str, range: RangeInclusive<i64>) {
        let value = self.object.get(name);
        let Some(number) = value.as_number() else { return };
        if !number.to_i64().is_some_and(|number| range.contains(&number)) {
            let detail = format!("It is a whole number from {} to {}, not {number}.", range.start(), range.end());
            self.complain(name, detail);
        }
    }

    pub(super) fn port(&mut self) {
        if let Some(port) = self.object.number("port").filter(|port| !(1..=65535).contains(port)) {
            self.complain("port", format!("{port} is no port: ports are 1 to 65535."));
        }
    }

    /// Seconds; none at all only where that means something.
    pub(super) fn seconds(&mut self, name: &str, may_be_zero: bool) {
        let value = self.object.get(name);
        let Some(seconds) = value.as_number() else { return };
        let is_right = seconds.to_f64() > 0.0 || may_be_zero && seconds.to_f64() == 0.0;
        if !is_right {
            let least = if may_be_zero { "none or more" } else { "more than none" };
            self.complain(name, format!("It is a number of seconds, {least}, and not {seconds}."));
        }
    }

    /// Paths begin with a slash.
    pub(super) fn url_path(&mut self, name: &str) {
        if let Some(path) = self.object.text(name).filter(|path| !path.starts_with('/')) {
            self.complain(name, format!("A path begins with \"/\", as \"/{path}\" does."));
        }
    }

    /// `200` or `200-299`.
    pub(super) fn statuses(&mut self, name: &str) {
        let value = self.object.get(name);
        let texts = value.as_items().into_iter().flatten().filter_map(Value::as_str);
        if let Some(wrong) = texts.into_iter().find(|text| !is_status_range(text)) {
            self.complain(
                name,
                format!("{wrong:?} is neither a status such as \"200\" nor a range such as \"200-299\"."),
            );
        }
    }
}

fn is_status_range(text: &str) -> bool {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let status = |text: &str| text.trim().parse::<u16>().ok().filter(|status| (100..=599).contains(status));
    status(from).zip(status(to)).is_some_and(|(from, to)| from <= to)
}
