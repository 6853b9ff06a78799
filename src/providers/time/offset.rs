//! `time_offset`: a moment so far from another.

use super::moment::{Moment, Unit, check_moments, imported_numbers, no_triggers, object};
use super::{parts, triggers};
use crate::provider::{Complaint, PlanRequest, Planned};
use crate::providers::small::checks::at_least_one_of;
use crate::providers::small::{Kind, Object, computed, optional, optional_computed};
use crate::value::{Type, Value};

/// In the order in which they are added.
const OFFSETS: [(&str, Unit); 6] = [
    ("offset_days", Unit::Days),
    ("offset_hours", Unit::Hours),
    ("offset_minutes", Unit::Minutes),
    ("offset_months", Unit::Months),
    ("offset_seconds", Unit::Seconds),
    ("offset_years", Unit::Years),
];

pub fn offset() -> Kind {
    let rules = || {
        let offsets = OFFSETS.map(|(name, _)| optional(name, Type::Number));
        let own = [
            optional_computed("base_rfc3339", Type::String),
            computed("id", Type::String),
            computed("rfc3339", Type::String),
            triggers(),
        ];
        parts().chain(offsets).chain(own).collect()
    };
    Kind { validate, adjust, import, update: make, ..Kind::new("time_offset", rules, make) }
}

fn validate(configuration: &Value) -> Vec<Complaint> {
    let names = ["offset_seconds", "offset_minutes", "offset_hours", "offset_days", "offset_months", "offset_years"];
    let mut complaints = at_least_one_of(configuration, &names);
    complaints.extend(check_moments(configuration, &["base_rfc3339"]));
    complaints
}

fn make(object: &Object) -> Result<Value, Complaint> {
    match Moment::of(object, "base_rfc3339")? {
        Some(base) => of_base(object, &base),
        None => {
            let now = Moment::now();
            Ok(Object(of_base(object, &now)?).with([("base_rfc3339", now.text())]))
        }
    }
}

fn of_base(object: &Object, base: &Moment) -> Result<Value, Complaint> {
    let given = |(name, unit): (&str, Unit)| object.number(name).map(|amount| (amount, unit));
    let moment =
        OFFSETS.into_iter().filter_map(given).try_fold(base.clone(), |at, (amount, unit)| at.later(amount, unit))?;
    Ok(object.with(moment.parts().chain([("id", base.text()), ("rfc3339", moment.text())])))
}

/// A changed offset keeps its base and is worked out at once: the plan shows the new moment.
fn adjust(request: &PlanRequest<'_>, planned: &mut Planned) {
    let is_changed = |name: &str| request.prior.get(name) != planned.object.get(name);
    if request.prior.is_null() || !OFFSETS.iter().any(|(name, _)| is_changed(name)) {
        return;
    }
    let mut object = Object(planned.object.clone());
    if planned.object.get("base_rfc3339").is_some_and(|base| !base.is_known()) {
        object = Object(object.with([("base_rfc3339", Object(request.prior.clone()).get("base_rfc3339"))]));
    }
    let is_open = OFFSETS.iter().any(|(name, _)| !object.get(name).is_known());
    planned.object = match Moment::of(&object, "base_rfc3339") {
        Ok(Some(base)) if !is_open => of_base(&object, &base).unwrap_or_else(|complaint| {
            planned.complaints.push(complaint);
            object.0.clone()
        }),
        _ => object.0,
    };
}

/// `BASETIMESTAMP,YEARS,MONTHS,DAYS,HOURS,MINUTES,SECONDS`
fn import(id: &str) -> Result<Value, Complaint> {
    const FORM: &str = "BASETIMESTAMP,YEARS,MONTHS,DAYS,HOURS,MINUTES,SECONDS";
    let unexpected = |more: &str| {
        Complaint::error("Unexpected Format of ID", format!("Unexpected format of ID ({id:?}), expected {FORM}{more}"))
    };
    let fields: Vec<&str> = id.split(',').collect();
    let [base, numbers @ ..] = fields.as_slice() else { return Err(unexpected("")) };
    if numbers.len() != OFFSETS.len() {
        return Err(unexpected(""));
    }
    if base.is_empty() || numbers.iter().all(|number| number.is_empty()) {
        return Err(unexpected(" where at least one offset value is non-empty"));
    }
    let names = ["offset_years", "offset_months", "offset_days", "offset_hours", "offset_minutes", "offset_seconds"];
    let numbers = imported_numbers(numbers, &names)?;
    let base = Moment::parse(base)?;
    let open = super::moment::PARTS.into_iter().chain(["id", "rfc3339"]).map(|name| (name, Value::untyped_null()));
    let whole = object(numbers.into_iter().chain(open).chain([("base_rfc3339", base.text()), no_triggers()]));
    of_base(&Object(whole), &base)
}
