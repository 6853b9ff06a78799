//! Opening the directory that a command works in: its configuration, its workspace, its state, the values of its variables.

use super::backend::{self, BackendSettings, DEFAULT_WORKSPACE, StateFlags};
use super::configuration::open_configuration;
use super::validate;
use super::variables::{Gathering, VariableOption};
use super::workspace::check_workspace_variable;
use crate::config::{Config, InputSource, InputValue, Variable, join};
use crate::diag::Diagnostics;
use crate::functions;
use crate::plan;
use crate::providers::Providers;
use crate::state::State;
use crate::store::Store;
use crate::system::{Machine, World};
use crate::value::{Text, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the process brings along.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// `.terraform`, or what `TF_DATA_DIR` says.
    pub data_directory: String,
    /// `path.cwd`
    pub working_directory: String,
    /// `TF_WORKSPACE`
    pub workspace: Option<String>,
    /// `TF_VAR_name` by name.
    pub variables: BTreeMap<String, String>,
    pub state: StateFlags,
}

/// What becomes of variables that nobody set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    Error,
    Unknown,
}

/// An opened directory.
pub struct Session {
    pub config: Config,
    pub workspace: String,
    pub backend: Option<BackendSettings>,
    pub store: Box<dyn Store>,
    pub providers: Providers,
    surroundings: Surroundings,
}

impl Session {
    /// Reads the configuration and finds the state. With errors the configuration comes back for their sources.
    pub fn open(surroundings: Surroundings) -> Result<(Self, Diagnostics), (Config, Diagnostics)> {
        let (config, diagnostics) = open_configuration(&surroundings.data_directory, &Machine);
        if diagnostics.has_errors() {
            return Err((config, diagnostics));
        }
        Self::with_config(config, surroundings).map(|session| (session, diagnostics))
    }

    /// For commands that only look at the state: what is wrong with modules below the root does not matter.
    pub fn open_state(surroundings: Surroundings) -> Result<Self, (Config, Diagnostics)> {
        let (config, diagnostics) = open_configuration(&surroundings.data_directory, &Machine);
        // Modules below an unsound root are not read.
        let is_of_root = config.modules.len() == 1;
        let errors: Diagnostics = diagnostics
            .into_iter()
            .filter(|problem| is_of_root && problem.is_error() && problem.summary != "Module not installed")
            .collect();
        if errors.has_errors() {
            return Err((config, errors));
        }
        Self::with_config(config, surroundings)
    }

    fn with_config(config: Config, surroundings: Surroundings) -> Result<Self, (Config, Diagnostics)> {
        let data_directory = &surroundings.data_directory;
        if let Some(problem) = check_workspace_variable(surroundings.workspace.as_deref()) {
            return Err((config, problem.into()));
        }
        let backend = match backend::configured(&config, &[]) {
            Ok(backend) => backend,
            Err(_) if config.root().backend.is_some() && backend::recorded(data_directory).is_none() => {
                let kind = config.root().backend.as_ref().map(|backend| backend.kind.to_string()).unwrap_or_default();
                return Err((config, backend::needs_init_for(&kind).into()));
            }
            Err(problems) => return Err((config, problems)),
        };
        if let Some(problem) = backend::check_recorded(data_directory, backend.as_ref()) {
            return Err((config, problem.into()));
        }
        let workspace = current_workspace(&surroundings);
        let store = backend::open_store(backend.as_ref(), &workspace, &surroundings.state);
        Ok(Self { config, workspace, backend, store, providers: Providers::built_in(), surroundings })
    }

    /// The state as saved; an empty one where there is none.
    pub fn read_state(&mut self) -> Result<State, Diagnostics> {
        Ok(self.store.read()?.unwrap_or_default())
    }

    /// Variables that need a value and have none, with what is said about them.
    pub fn unset_variables(&mut self, options: &[VariableOption]) -> Vec<Arc<Variable>> {
        let variables = self.config.root().variables.clone();
        let mut gathering = Gathering { world: &Machine, sources: &mut self.config.sources };
        let environment =
            self.surroundings.variables.iter().map(|(name, value)| (format!("TF_VAR_{name}"), value.clone()));
        let (given, _) = gathering.gather(environment, options);
        variables
            .into_iter()
            .filter(|(name, variable)| variable.is_required() && !given.contains_key(name))
            .map(|(_, variable)| variable)
            .collect()
    }

    /// Values of the root module's variables from everywhere.
    pub fn read_variables(
        &mut self,
        options: &[VariableOption],
        missing: Missing,
    ) -> (BTreeMap<Text, InputValue>, Diagnostics) {
        let variables = self.config.root().variables.clone();
        let mut gathering = Gathering { world: &Machine, sources: &mut self.config.sources };
        let environment =
            self.surroundings.variables.iter().map(|(name, value)| (format!("TF_VAR_{name}"), value.clone()));
        let (given, mut diagnostics) = gathering.gather(environment, options);
        let is_set = |name: &Text, variable: &Variable| given.contains_key(name) || !variable.is_required();
        let (set, unset): (BTreeMap<_, _>, BTreeMap<_, _>) =
            variables.into_iter().partition(|(name, variable)| missing == Missing::Error || is_set(name, variable));
        let (mut values, found) = gathering.parse(&given, &set);
        diagnostics.extend(found);
        for (name, variable) in unset {
            let value = Some(Value::unknown(variable.plain_type()));
            values.insert(name, InputValue { value, source: InputSource::Unset });
        }
        (values, diagnostics)
    }

    /// What is wrong with the configuration, whatever its variables and whatever exists.
    pub fn validate(&self) -> Diagnostics {
        let mut functions = functions::Context::new(Arc::new(Machine), ".", crate::eval::EVALUATION);
        functions.defers_impure = true;
        let world = validate::World {
            providers: &plan::Providers(self.providers.by_source()),
            functions: &functions,
            working_directory: self.surroundings.working_directory.clone(),
            root_directory: ".".to_owned(),
        };
        validate::validate(&self.config, &world)
    }

    /// Everything that a plan is made from.
    pub fn plan_input(&self, state: State, variables: BTreeMap<Text, InputValue>, timestamp: String) -> plan::Input {
        plan::Input {
            config: Arc::new(self.config.clone()),
            state,
            variables,
            providers: plan::Providers(self.providers.by_source()),
            functions: Arc::new(functions::Context::new(Arc::new(Machine), ".", crate::eval::EVALUATION)),
            workspace: self.workspace.clone(),
            working_directory: self.surroundings.working_directory.clone(),
            root_directory: ".".to_owned(),
            timestamp,
        }
    }

    pub fn data_directory(&self) -> &str {
        &self.surroundings.data_directory
    }

    /// Whether the environment says which workspace it is.
    pub fn is_workspace_overridden(&self) -> bool {
        self.surroundings.workspace.is_some()
    }

    /// The workspace's state once more, for an operation that takes it over.
    pub fn open_store(&self) -> Box<dyn Store> {
        backend::open_store(self.backend.as_ref(), &self.workspace, &self.surroundings.state)
    }

    pub fn state_flags(&self) -> &StateFlags {
        &self.surroundings.state
    }
}

/// The selected workspace: by the environment, or as `workspace select` recorded it.
pub fn current_workspace(surroundings: &Surroundings) -> String {
    if let Some(name) = &surroundings.workspace {
        return name.clone();
    }
    let path = join(&surroundings.data_directory, "environment");
    let recorded = Machine.read_file(&path).map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
    recorded.ok().filter(|name| !name.is_empty()).unwrap_or_else(|| DEFAULT_WORKSPACE.to_owned())
}
