//! Running an operation from the command line: open, lock, plan, show; and, for those that go on, apply and say what came of it.

use super::command::{Exit, Invocation};
use super::planning::plan_options;
use super::progress::{Progress, Style, now};
use super::runtime::block_on;
use super::stop::Signals;
use crate::addr::ResourceInstance;
use crate::apply::Outcome;
use crate::config::{InputValue, Variable};
use crate::diag::{Diagnostic, Diagnostics, SourceMap};
use crate::ops;
use crate::ops::apply::DEFAULT_PARALLELISM;
use crate::ops::locking::lock;
use crate::ops::saved_plan;
use crate::ops::session::{Missing, Session};
use crate::ops::variables::VariableOption;
use crate::plan::file::SavedPlan;
use crate::plan::{self, Plan, Planned};
use crate::render::events_json;
use crate::render::paint::Paint;
use crate::render::plan_text::render_plan;
use crate::render::schemas::Schemas;
use crate::system;
use crate::value::Text;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// One run of a command that plans.
pub struct Operation {
    pub session: Session,
    pub style: Style,
    variables: BTreeMap<Text, InputValue>,
    is_locked: bool,
    /// About configuration and variables; told with what planning says.
    warnings: Diagnostics,
}

impl Operation {
    /// Opens the directory, whose configuration must be valid, and takes the lock. `lock_name` is what lock information calls the operation.
    pub fn begin(invocation: &mut Invocation, style: Style, lock_name: &str) -> Result<Self, Exit> {
        Self::open(invocation, style, lock_name, Missing::Error)
    }

    /// For a saved plan, which brings its own configuration and variables.
    pub fn begin_saved(invocation: &mut Invocation, style: Style, lock_name: &str) -> Result<Self, Exit> {
        Self::open(invocation, style, lock_name, Missing::Unknown)
    }

    fn open(invocation: &mut Invocation, style: Style, lock_name: &str, missing: Missing) -> Result<Self, Exit> {
        let opened = match missing {
            Missing::Error => Session::open(invocation.surroundings()),
            // A saved plan has the configuration that it was made of.
            Missing::Unknown => {
                Session::open_state(invocation.surroundings()).map(|session| (session, Diagnostics::new()))
            }
        };
        let (mut session, mut warnings) = match opened {
            Ok(opened) => opened,
            Err((config, problems)) => return Err(fail(invocation, &problems, &config.sources)),
        };
        let mut given = invocation.variables();
        if missing == Missing::Error && invocation.may_ask() && invocation.terminal.is_interactive() {
            let answers = ask_for_variables(invocation, &session.unset_variables(&given));
            given.extend(answers);
        }
        let (variables, found) = session.read_variables(&given, missing);
        warnings.extend(found);
        if !warnings.has_errors() && missing == Missing::Error {
            // What is only a warning comes up again while planning.
            warnings.extend(session.validate().into_iter().filter(Diagnostic::is_error));
        }
        if warnings.has_errors() {
            return Err(fail(invocation, &warnings, &session.config.sources));
        }
        let is_locked = invocation.switch("lock") != Some(false);
        if is_locked && let Err(problem) = lock(&mut *session.store, lock_name, patience(invocation)) {
            return Err(fail(invocation, &problem.into(), &session.config.sources));
        }
        Ok(Self { session, style, variables, is_locked, warnings })
    }

    pub fn plan(&mut self, invocation: &mut Invocation, options: &plan::Options) -> Result<Planned, Exit> {
        let state = match self.session.read_state() {
            Ok(state) => state,
            Err(problems) => return Err(self.fail(invocation, &problems)),
        };
        let input = self.session.plan_input(state, self.variables.clone(), system::timestamp());
        let progress = Progress::start(invocation.terminal, self.style);
        let planned = block_on(ops::plan::plan(&mut *self.session.store, input, options, &progress));
        progress.finish();
        self.with_warnings(invocation, planned)
    }

    fn with_warnings(
        &mut self,
        invocation: &mut Invocation,
        planned: std::io::Result<Planned>,
    ) -> Result<Planned, Exit> {
        let mut planned = planned.map_err(|error| self.fail(invocation, &no_runtime(&error).into()))?;
        let mut diagnostics = std::mem::take(&mut self.warnings);
        diagnostics.extend(planned.diagnostics);
        planned.diagnostics = diagnostics;
        Ok(planned)
    }

    /// Makes a saved plan ready to run.
    pub fn reopen(&mut self, invocation: &mut Invocation, saved: SavedPlan) -> Result<Planned, Exit> {
        let state = match self.session.read_state() {
            Ok(state) => state,
            Err(problems) => return Err(self.fail(invocation, &problems)),
        };
        if let Some(problem) = saved_plan::check_current(&saved.plan, &state) {
            return Err(self.fail(invocation, &problem.into()));
        }
        let input = self.session.plan_input(state, self.variables.clone(), system::timestamp());
        let progress = Progress::start(invocation.terminal, self.style);
        let planned = block_on(saved_plan::reopen_saved(saved, input, &progress));
        progress.finish();
        self.with_warnings(invocation, planned)
    }

    /// Takes rollouts of a dead run back that are to be; then nothing else is done. Waits for those that a provider goes on with.
    pub fn settle_rollouts(&mut self, invocation: &mut Invocation) -> Result<(), Exit> {
        if ops::interrupted_rollouts::to_settle(&*self.session.store).is_empty() {
            return Ok(());
        }
        let state = match self.session.read_state() {
            Ok(state) => state,
            Err(problems) => return Err(self.fail(invocation, &problems)),
        };
        let parallelism = parallelism(invocation);
        let input = self.session.plan_input(state, self.variables.clone(), system::timestamp());
        let progress = Progress::start(invocation.terminal, self.style);
        let store = &mut *self.session.store;
        let outcome = block_on(async {
            let signals = Signals::listen(progress.announcer());
            ops::interrupted_rollouts::settle(store, input, parallelism, &progress, signals.stop()).await
        });
        progress.finish();
        match outcome {
            Ok(Some(outcome)) if outcome.diagnostics.has_errors() || outcome.was_stopped => {
                Err(self.fail(invocation, &outcome.diagnostics))
            }
            Ok(_) => Ok(()),
            Err(error) => Err(self.fail(invocation, &no_runtime(&error).into())),
        }
    }

    /// Runs a plan. The first interrupt lets running steps finish, the second cancels them.
    pub fn apply(&mut self, invocation: &mut Invocation, planned: Planned) -> Result<Outcome, Exit> {
        let parallelism = parallelism(invocation);
        let progress = Progress::start(invocation.terminal, self.style);
        let store = &mut *self.session.store;
        let outcome = block_on(async {
            let signals = Signals::listen(progress.announcer());
            ops::apply::apply(store, planned, parallelism, &progress, signals.stop()).await
        });
        progress.finish();
        match outcome {
            Ok(Some(outcome)) => Ok(outcome),
            Ok(None) => Err(Exit::FAILURE),
            Err(error) => Err(self.fail(invocation, &no_runtime(&error).into())),
        }
    }

    /// Looks an object up and writes it into the state.
    pub fn import(
        &mut self,
        invocation: &mut Invocation,
        address: &ResourceInstance,
        id: &str,
    ) -> Result<Diagnostics, Exit> {
        let state = match self.session.read_state() {
            Ok(state) => state,
            Err(problems) => return Err(self.fail(invocation, &problems)),
        };
        let input = self.session.plan_input(state, self.variables.clone(), system::timestamp());
        let progress = Progress::start(invocation.terminal, self.style);
        let imported = block_on(ops::import::import(&mut *self.session.store, input, address, id, &progress));
        progress.finish();
        let mut diagnostics = std::mem::take(&mut self.warnings);
        diagnostics.extend(imported.map_err(|error| self.fail(invocation, &no_runtime(&error).into()))?);
        Ok(diagnostics)
    }

    /// Gives back the lock.
    pub fn end(mut self, invocation: &mut Invocation) {
        if !self.is_locked {
            return;
        }
        if let Err(problems) = self.session.store.unlock() {
            report(invocation, &problems, &self.session.config.sources);
        }
    }

    /// Prints the plan.
    pub fn show(&self, invocation: &mut Invocation, plan: &Plan) {
        if self.style == Style::Json {
            events_json::plan(plan).into_iter().for_each(|line| invocation.terminal.print(&line.render(&now())));
            return;
        }
        let options = plan_options(invocation, &self.session.config.sources);
        let text = render_plan(plan, &schemas_of(&self.session), options);
        invocation.terminal.print(&text);
    }

    pub fn report(&self, invocation: &mut Invocation, diagnostics: &Diagnostics) -> bool {
        report(invocation, diagnostics, &self.session.config.sources)
    }

    /// Tells what is wrong, and gives back the lock.
    fn fail(&mut self, invocation: &mut Invocation, diagnostics: &Diagnostics) -> Exit {
        report(invocation, diagnostics, &self.session.config.sources);
        if self.is_locked {
            // The lock goes with the process at the latest.
            let _ = self.session.store.unlock();
        }
        Exit::FAILURE
    }
}

/// Asks for the values of variables, one after the other.
fn ask_for_variables(invocation: &mut Invocation, unset: &[Arc<Variable>]) -> Vec<VariableOption> {
    let paint = Paint(invocation.terminal.color());
    let mut answers = Vec::new();
    for variable in unset {
        let description = variable.description.as_ref().map(|text| format!("  {text}\n\n")).unwrap_or_default();
        let title = paint.bold(&format!("var.{}", variable.name));
        let question = format!("{title}\n{description}  {} ", paint.bold("Enter a value:"));
        let Some(answer) = invocation.terminal.ask(&question) else { break };
        invocation.terminal.print("\n");
        answers.push(VariableOption::Assignment(format!("{}={answer}", variable.name)));
    }
    answers
}

/// The schemas of all providers in the binary.
pub fn schemas_of(session: &Session) -> Schemas<'_> {
    Schemas::new(session.providers.iter().map(|provider| (provider.source(), provider.schema())))
}

fn parallelism(invocation: &Invocation) -> usize {
    invocation.number("parallelism").map_or(DEFAULT_PARALLELISM, |number| number as usize)
}

/// How long to wait for a lock.
pub fn patience(invocation: &Invocation) -> Duration {
    invocation.text("lock-timeout").and_then(parse_duration).unwrap_or(Duration::ZERO)
}

fn no_runtime(error: &std::io::Error) -> Diagnostic {
    Diagnostic::error("Terrace could not start its runtime", format!("{error}."))
}

/// Prints diagnostics in the style of the run; says whether there was an error among them.
pub fn report(invocation: &mut Invocation, diagnostics: &Diagnostics, sources: &SourceMap) -> bool {
    if !invocation.is_json() {
        return invocation.report(diagnostics, sources);
    }
    for diagnostic in diagnostics {
        invocation.terminal.print(&events_json::diagnostic(diagnostic, sources).render(&now()));
    }
    diagnostics.has_errors()
}

pub fn fail(invocation: &mut Invocation, diagnostics: &Diagnostics, sources: &SourceMap) -> Exit {
    report(invocation, diagnostics, sources);
    Exit::FAILURE
}

/// Flags that do not go together or cannot be read.
pub fn usage_error(invocation: &mut Invocation, words: &str, problems: &Diagnostics) -> Exit {
    report(invocation, problems, &SourceMap::new());
    if !invocation.is_json() {
        invocation
            .terminal
            .print_error(&format!("\nFor more help on using this command, run:\n  terraform {words} -help\n"));
    }
    Exit::FAILURE
}

/// `30s`, `2m`, `1h30m`, as Go writes durations; nothing where it is not one.
fn parse_duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|length| *length > 0)?;
        let amount: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let seconds = match &rest[..unit] {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        total += Duration::try_from_secs_f64(amount * seconds).ok()?;
        rest = &rest[unit..];
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_does() {
        assert_eq!(parse_duration("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(parse_duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!([parse_duration("3"), parse_duration(""), parse_duration("s")], [None, None, None]);
    }
}
