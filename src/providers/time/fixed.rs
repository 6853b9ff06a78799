//! `time_static`: a moment that stays.

use super::moment::{Moment, check_moments, no_triggers, object};
use super::{parts, triggers};
use crate::provider::{Complaint, PlanRequest, Planned};
use crate::providers::small::{Kind, Object, computed, optional_computed};
use crate::value::{Type, Value};

pub fn fixed() -> Kind {
    let rules = || {
        let own =
            [computed("id", Type::String).kept(), optional_computed("rfc3339", Type::String).replaces(), triggers()];
        parts().chain(own).collect()
    };
    Kind {
        validate: |configuration| check_moments(configuration, &["rfc3339"]),
        adjust,
        import: |id| {
            let moment = Moment::parse(id)?;
            Ok(object(moment.parts().chain([("id", moment.text()), ("rfc3339", moment.text()), no_triggers()])))
        },
        ..Kind::new("time_static", rules, |object| match Moment::of(object, "rfc3339")? {
            Some(moment) => Ok(of_given(object, &moment)),
            None => {
                let now = Moment::now();
                Ok(Object(of_given(object, &now)).with([("rfc3339", now.text())]))
            }
        })
    }
}

fn of_given(object: &Object, moment: &Moment) -> Value {
    object.with(moment.parts().chain([("id", moment.text())]))
}

/// A moment that is written down is known already when it is planned.
fn adjust(request: &PlanRequest<'_>, planned: &mut Planned) {
    let object = Object(planned.object.clone());
    if !request.prior.is_null() {
        return;
    }
    match Moment::of(&object, "rfc3339") {
        Ok(Some(moment)) => planned.object = of_given(&object, &moment),
        Ok(None) => {}
        Err(complaint) => {
            planned.complaints.push(Complaint::at(complaint, crate::value::Path::of_attribute("rfc3339")))
        }
    }
}
