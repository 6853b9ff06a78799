//! Reading a data source whose answer the plan could not know.

use super::block::BlockParts;
use super::instance::Ground;
use super::run::{Active, Answer, Begun, Worker};
use crate::change::InstanceChange;
use crate::config::ResourceOwner;
use crate::diag::{Diagnostics, Severity};
use crate::plan::data::read_result;
use crate::plan::expansion::Repetition;
use crate::plan::kind::{Kind, Known};
use crate::plan::resource::set_object;
use crate::plan::values::ModuleId;
use crate::plan::{Event, RuleId, RuleKind};
use crate::provider::{DataOutcome, DataRequest};
use crate::state::CheckStatus;
use crate::value::Value;
use std::sync::Arc;

/// A data source that is being read.
pub(super) struct Reading {
    change: InstanceChange,
    parts: Arc<BlockParts>,
    kind: Arc<Kind>,
    id: ModuleId,
    repetition: Repetition,
    configuration: Value,
}

impl Worker<'_> {
    pub(super) fn begin_read(&mut self, step: usize, index: usize) -> Begun {
        let change = self.plan.changes[index].clone();
        let address = change.address.clone();
        let Some(ground) = self.ground(&change) else { return Begun::Failed };
        let Ground { parts, kind, connection, id, repetition } = ground;
        let mut place = self.evaluation.place(id).repeated(repetition.clone());
        if let ResourceOwner::Check(name) = &parts.block.owner {
            place = place.in_check(name);
        }
        let (configuration, found) = parts.body.evaluate(&place);
        if self.has_failed(found) {
            return Begun::Failed;
        }
        let request = DataRequest { kind: kind.name.clone(), configuration: configuration.clone().unmark_deep().0 };
        self.observer.observe(Event::Reading { address: &address });
        let reading = Reading { change, parts, kind, id, repetition, configuration };
        self.active.insert(step, Active::Read(Box::new(reading)));
        let task = async move {
            let mut outcomes = connection.read_data(vec![request]).await;
            Answer::Read(outcomes.pop().unwrap_or_else(|| Err(Vec::new())))
        };
        Begun::Task(None, Box::pin(task))
    }

    pub(super) fn data_read(&mut self, reading: Reading, outcome: DataOutcome) -> Begun {
        let Reading { change, parts, kind, id, repetition, configuration } = reading;
        let address = &change.address;
        let (value, mut found) = read_result(&kind, &parts.block, address, &configuration, outcome);
        if let ResourceOwner::Check(name) = &parts.block.owner {
            self.report_check_data(id, name, &found);
            found.iter_mut().for_each(|diagnostic| diagnostic.severity = Severity::Warning);
            if value.is_none() {
                self.diagnostics.extend(found);
                return Begun::Succeeded;
            }
        }
        if self.has_failed(found) {
            self.observer.observe(Event::ReadFailed { address });
            return Begun::Failed;
        }
        let Some(value) = value else { return Begun::Failed };
        self.observer.observe(Event::Read { address, object: &value });
        let known = Known { value: value.clone(), is_tainted: false, private: Default::default() };
        set_object(&mut self.state, address, &change.provider, Some(Arc::new(kind.encode(&known))));
        self.set_value(address, Some(&known));
        let rules = RuleKind::ResourcePostcondition;
        let found = self.evaluation.resource_rules(&parts.block, rules, id, address, &repetition, Some(value));
        if self.has_failed(found) { Begun::Failed } else { Begun::Succeeded }
    }

    fn report_check_data(&mut self, id: ModuleId, name: &str, found: &Diagnostics) {
        let module = self.evaluation.values.module(id);
        let what = format!("check.{name}");
        let block = crate::plan::evaluation::in_module(&module.module.path, &what);
        let instance = crate::plan::evaluation::in_module(&module.address, &what);
        let failure = found.iter().find(|diagnostic| diagnostic.is_error());
        let (status, message) = match failure {
            Some(failure) => (CheckStatus::Fail, Some(format!("{}: {}", failure.summary, failure.detail))),
            None => (CheckStatus::Pass, None),
        };
        let rule = RuleId { kind: RuleKind::CheckData, index: 0 };
        self.evaluation.checks.report(&block, &instance, rule, status, message);
    }
}
