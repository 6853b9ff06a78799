//! Moving objects to other addresses, within a state or to another one.
//!
//! A module brings its child modules. A resource without `count` and `for_each` is moved as its one instance, so that it may become
//! `x.y[0]` or the other way round.

use super::refusal::Refusal;
use super::state_edit::Editing;
use super::state_list::unlocated;
use crate::addr::parse::{Target, from_text, parse_target};
use crate::addr::{InstanceKey, ModuleInstance, ModuleResource, ResourceInstance, ResourceMode};
use crate::diag::{Diagnostic, Diagnostics};
use crate::state::State;

const INVALID_SOURCE: &str = "Invalid source address";
const INVALID_TARGET: &str = "Invalid target address";

/// What is moved where, as messages say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    pub from: String,
    pub to: String,
}

/// Moves what `source` names and saves. `into`: the state that takes it, where it is another one. With `is_rehearsal` nothing is changed.
pub fn relocate(
    mut editing: Editing,
    mut into: Option<Editing>,
    source: &str,
    destination: &str,
    is_rehearsal: bool,
) -> Result<Vec<Move>, Refusal> {
    let mut moving = Moving {
        from: &mut editing.state,
        to: into.as_mut().map(|into| &mut into.state),
        is_rehearsal,
        moves: Vec::new(),
    };
    moving.run(source, destination)?;
    let moves = moving.moves;
    if !is_rehearsal {
        // First the state that takes: an object that two states know can be mended, one that none knows cannot.
        if let Some(into) = into {
            into.save()?;
        }
        editing.save()?;
    }
    Ok(moves)
}

struct Moving<'a> {
    from: &'a mut State,
    /// Nothing: the same state.
    to: Option<&'a mut State>,
    is_rehearsal: bool,
    moves: Vec<Move>,
}

impl Moving<'_> {
    fn run(&mut self, source: &str, destination_text: &str) -> Result<(), Refusal> {
        let mut problems = Diagnostics::new();
        let mut read =
            |text: &str| from_text(text, parse_target).map_err(|found| problems.extend(unlocated(found))).ok();
        let (source, destination) = (read(source), read(destination_text));
        let (Some(source), Some(destination)) = (source, destination) else { return Err(problems.into()) };
        let objects = self.objects(&source);
        if objects.is_empty() {
            return Err(Refusal::error(
                INVALID_SOURCE,
                format!("Cannot move {source}: does not match anything in the current state."),
            ));
        }
        for object in objects {
            match &object {
                Target::Module(module) => self.module(module, &source, &destination)?,
                Target::Resource(resource) => self.resource(resource, &destination)?,
                Target::Instance(instance) => self.instance(instance, &destination, destination_text)?,
            }
            if !self.is_rehearsal {
                self.receiver().forget_dependencies_on(&object);
            }
        }
        Ok(())
    }

    fn receiver(&mut self) -> &mut State {
        self.to.as_deref_mut().unwrap_or(self.from)
    }

    /// What the source address stands for in this state.
    fn objects(&self, source: &Target) -> Vec<Target> {
        match source {
            Target::Module(wanted) => {
                let modules = self.from.modules().into_iter().filter(|module| module.0.starts_with(&wanted.0));
                modules.cloned().map(Target::Module).collect()
            }
            Target::Resource(resource) => match self.from.resources.get(resource) {
                Some(saved) if saved.instances.contains_key(&InstanceKey::None) => {
                    vec![Target::Instance(resource.instance(InstanceKey::None))]
                }
                Some(_) => vec![source.clone()],
                None => Vec::new(),
            },
            Target::Instance(_) => vec![source.clone()],
        }
    }

    fn note(&mut self, from: impl ToString, to: impl ToString) {
        self.moves.push(Move { from: from.to_string(), to: to.to_string() });
    }

    fn module(&mut self, module: &ModuleInstance, source: &Target, destination: &Target) -> Result<(), Refusal> {
        let (Target::Module(source), Target::Module(destination)) = (source, destination) else {
            let detail = format!("Cannot move {module} to {destination}: the target must also be a module.");
            return Err(Refusal::error(INVALID_TARGET, detail));
        };
        let below = &module.0[source.0.len()..];
        let to = ModuleInstance(destination.0.iter().chain(below).cloned().collect());
        if self.receiver().modules().contains(&&to) {
            return Err(Refusal::text(
                "Error moving state: destination module already exists\n\nPlease ensure your addresses and state paths are valid. No\nstate \
                 was persisted. Your existing states are untouched.",
            ));
        }
        self.note(module, &to);
        if !self.is_rehearsal {
            for (resource, saved) in self.from.take_module(module) {
                self.receiver().resources.insert(ModuleResource { module: to.clone(), ..resource }, saved);
            }
        }
        Ok(())
    }

    fn resource(&mut self, resource: &ModuleResource, destination: &Target) -> Result<(), Refusal> {
        let Target::Resource(to) = destination else {
            let detail = format!(
                "Cannot move {resource} to {destination}: the source is a whole resource (not a resource instance) so the target must also \
                 be a whole resource."
            );
            return Err(Refusal::error(INVALID_TARGET, detail));
        };
        let mut problems = mismatches(resource, to);
        if self.receiver().resources.contains_key(to) {
            let detail =
                format!("Cannot move to {to}: there is already a resource at that address in the current state.");
            problems.push(Diagnostic::error(INVALID_TARGET, detail));
        }
        if problems.has_errors() {
            return Err(problems.into());
        }
        self.note(resource, to);
        if !self.is_rehearsal
            && let Some(saved) = self.from.resources.remove(resource)
        {
            self.receiver().resources.insert(to.clone(), saved);
        }
        Ok(())
    }

    fn instance(&mut self, instance: &ResourceInstance, destination: &Target, written: &str) -> Result<(), Refusal> {
        let to = match destination {
            Target::Instance(to) => to.clone(),
            Target::Resource(to) => to.instance(InstanceKey::None),
            Target::Module(_) => {
                let detail =
                    format!("Cannot move {instance} to {destination}: the target must also be a resource instance.");
                return Err(Refusal::error(INVALID_TARGET, detail));
            }
        };
        let mut problems = mismatches(&instance.in_module(), &to.in_module());
        if self.receiver().instance(&to).is_some() {
            let detail = format!(
                "Cannot move to {to}: there is already a resource instance at that address in the current state."
            );
            problems.push(Diagnostic::error(INVALID_TARGET, detail));
        }
        if self.from.instance(instance).is_none() {
            let detail = format!("The current state does not contain {instance}.");
            problems.push(Diagnostic::error(INVALID_SOURCE, detail));
        }
        if problems.has_errors() {
            return Err(problems.into());
        }
        self.note(instance, written);
        if !self.is_rehearsal
            && let Some((provider, saved)) = self.from.take_instance(instance)
        {
            self.receiver().put_instance(&to, provider, saved);
        }
        Ok(())
    }
}

/// Objects stay what they are: managed or data, and of their type.
fn mismatches(from: &ModuleResource, to: &ModuleResource) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let mut refuse = |why: &str| {
        let detail = format!("Cannot move {from} to {to}: {why}.");
        problems.push(Diagnostic::error("Invalid state move request", detail));
    };
    if from.resource.mode != to.resource.mode {
        refuse(match from.resource.mode {
            ResourceMode::Managed => "a managed resource can be moved only to another managed resource address",
            ResourceMode::Data => "a data resource can be moved only to another data resource address",
            ResourceMode::Ephemeral => "cannot change resource mode",
        });
    }
    if from.resource.kind != to.resource.kind {
        refuse("resource types don't match");
    }
    problems
}
