//! `time_rotating`: a moment that is due for renewal when its time is up.

use super::moment::{Moment, Unit, check_moments, imported_numbers, no_triggers, object};
use super::{parts, triggers};
use crate::provider::{Complaint, PlanRequest, Planned};
use crate::providers::small::checks::{at_least_one, at_least_one_of};
use crate::providers::small::{Kind, Object, computed, optional, optional_computed};
use crate::value::{Type, Value};

/// The last one that is set counts; `rotation_rfc3339` stands before the years.
const ROTATIONS: [(&str, Unit); 5] = [
    ("rotation_days", Unit::Days),
    ("rotation_hours", Unit::Hours),
    ("rotation_minutes", Unit::Minutes),
    ("rotation_months", Unit::Months),
    ("rotation_years", Unit::Years),
];

pub fn rotating() -> Kind {
    let rules = || {
        let is_outdated = |prior: &Value, _: &Value| {
            prior.as_str().and_then(|text| Moment::parse(text).ok()).is_some_and(|moment| moment.is_past())
        };
        let rotations = ROTATIONS.map(|(name, _)| optional(name, Type::Number));
        let own = [
            computed("id", Type::String),
            optional_computed("rfc3339", Type::String).replaces(),
            optional_computed("rotation_rfc3339", Type::String).replaces_if(is_outdated),
            triggers(),
        ];
        parts().chain(rotations).chain(own).collect()
    };
    Kind { validate, adjust, import, update: make, is_present, ..Kind::new("time_rotating", rules, make) }
}

fn validate(configuration: &Value) -> Vec<Complaint> {
    let names = [
        "rotation_minutes",
        "rotation_hours",
        "rotation_days",
        "rotation_months",
        "rotation_years",
        "rotation_rfc3339",
    ];
    let mut complaints = at_least_one_of(configuration, &names);
    complaints.extend(ROTATIONS.iter().flat_map(|(name, _)| at_least_one(configuration, name)));
    complaints.extend(check_moments(configuration, &["rfc3339", "rotation_rfc3339"]));
    complaints
}

fn make(object: &Object) -> Result<Value, Complaint> {
    match Moment::of(object, "rfc3339")? {
        Some(base) => of_base(object, &base),
        None => {
            let now = Moment::now();
            Ok(Object(of_base(object, &now)?).with([("rfc3339", now.text())]))
        }
    }
}

/// The parts shown are those of the moment when it is due.
fn of_base(object: &Object, base: &Moment) -> Result<Value, Complaint> {
    let configured = Moment::of(object, "rotation_rfc3339")?.filter(|_| object.number("rotation_years").is_none());
    let last = ROTATIONS.iter().rev().find_map(|(name, unit)| object.number(name).map(|amount| (amount, *unit)));
    let (due, shown) = match (configured, last) {
        (Some(due), _) => (due, object.get("rotation_rfc3339")),
        (None, Some((amount, unit))) => {
            let due = base.later(amount, unit)?;
            (due.clone(), due.text())
        }
        (None, None) => (base.clone(), base.text()),
    };
    Ok(object.with(due.parts().chain([("id", base.text()), ("rotation_rfc3339", shown)])))
}

/// A changed rotation keeps its base and is worked out at once: the plan shows when it is due.
fn adjust(request: &PlanRequest<'_>, planned: &mut Planned) {
    let is_changed = |name: &str| request.prior.get(name) != planned.object.get(name);
    if request.prior.is_null() || !is_changed("rotation_rfc3339") && !ROTATIONS.iter().any(|(name, _)| is_changed(name))
    {
        return;
    }
    let mut object = Object(planned.object.clone());
    if !object.get("rfc3339").is_known() {
        object = Object(object.with([("rfc3339", Object(request.prior.clone()).get("rfc3339"))]));
    }
    let is_open = |name: &str| !object.get(name).is_known();
    let is_waiting = ROTATIONS.iter().any(|(name, _)| is_open(name))
        || request.configuration.get("rotation_rfc3339").is_some_and(|due| !due.is_known());
    planned.object = match Moment::of(&object, "rfc3339") {
        Ok(Some(base)) if !is_waiting => of_base(&object, &base).unwrap_or_else(|complaint| {
            planned.complaints.push(complaint);
            object.0.clone()
        }),
        _ => object.0,
    };
}

/// One that is due counts as gone, so that it is made anew.
fn is_present(saved: &Value) -> Result<bool, Complaint> {
    let due = Moment::of(&Object(saved.clone()), "rotation_rfc3339")?;
    Ok(due.is_none_or(|due| !due.is_past()))
}

/// `BASETIMESTAMP,YEARS,MONTHS,DAYS,HOURS,MINUTES` or `BASETIMESTAMP,ROTATIONTIMESTAMP`
fn import(id: &str) -> Result<Value, Complaint> {
    let unexpected = |expected: &str| {
        Complaint::error("Unexpected Format of ID", format!("Unexpected format of ID ({id:?}), expected {expected}"))
    };
    let fields: Vec<&str> = id.split(',').collect();
    let names = ["rotation_years", "rotation_months", "rotation_days", "rotation_hours", "rotation_minutes"];
    let (base, given) = match fields.as_slice() {
        [base, due] if !base.is_empty() && !due.is_empty() => {
            let nothing = names.map(|name| (name, Value::null(Type::Number)));
            (base, nothing.into_iter().chain([("rotation_rfc3339", Moment::parse(due)?.text())]).collect::<Vec<_>>())
        }
        [base, numbers @ ..]
            if numbers.len() == 5 && !base.is_empty() && numbers.iter().any(|number| !number.is_empty()) =>
        {
            let open = [("rotation_rfc3339", Value::null(Type::String))];
            (base, imported_numbers(numbers, &names)?.into_iter().chain(open).collect())
        }
        _ => {
            return Err(unexpected(
                "BASETIMESTAMP,YEARS,MONTHS,DAYS,HOURS,MINUTES or BASETIMESTAMP,ROTATIONTIMESTAMP, with at least one rotation value",
            ));
        }
    };
    let base = Moment::parse(base)?;
    let open = super::moment::PARTS.into_iter().chain(["id"]).map(|name| (name, Value::untyped_null()));
    let whole = object(given.into_iter().chain(open).chain([("rfc3339", base.text()), no_triggers()]));
    of_base(&Object(whole), &base)
}
