//! Plan and apply as a library, on configurations written here and states kept in memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use terrace::addr::ModuleInstance;
use terrace::apply::{NoRecord, Outcome, Run, Stop, run};
use terrace::change::Action;
use terrace::config::{Manifest, load_config};
use terrace::plan::{Input, Mode, Options, Planned, Providers, Silence, make};
use terrace::state::State;
use terrace::system::Machine;

/// A configuration in a directory of its own.
struct Stack {
    directory: tempfile::TempDir,
    state: State,
    options: Options,
}

impl Stack {
    fn new(main: &str) -> Self {
        let stack = Self {
            directory: tempfile::tempdir().expect("a directory"),
            state: State::default(),
            options: Options::default(),
        };
        stack.write("main.tf", main);
        stack
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.directory.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a file in a directory")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }

    fn input(&self) -> Input {
        let root = self.directory.path().to_string_lossy().into_owned();
        let (config, found) = load_config(&root, &Manifest::parse(""), &Machine);
        assert!(!found.has_errors(), "{found:?}");
        let providers = terrace::providers::Providers::built_in();
        let providers = Providers(providers.iter().map(|it| (it.source(), it.clone())).collect());
        let mut functions = terrace::functions::Context::new(Arc::new(Machine), ".", terrace::eval::EVALUATION);
        functions.defers_impure = true;
        Input {
            config: Arc::new(config),
            state: self.state.clone(),
            variables: BTreeMap::new(),
            providers,
            functions: Arc::new(functions),
            workspace: "default".to_owned(),
            working_directory: "/".to_owned(),
            root_directory: ".".to_owned(),
            timestamp: "2026-01-01T00:00:00Z".to_owned(),
        }
    }

    fn plan(&self) -> Planned {
        block_on(make(Arc::new(self.input()), &self.options, &Silence))
    }

    fn apply(&mut self) -> Outcome {
        let planned = self.plan();
        assert!(!planned.diagnostics.has_errors(), "{:?}", planned.diagnostics);
        let plan = planned.plan.expect("a plan without errors");
        let work = Run {
            plan,
            evaluation: planned.evaluation,
            graph: planned.graph,
            connections: planned.connections,
            parallelism: 10,
            probes: Arc::new(terrace::apply::NoProbes),
        };
        let outcome = block_on(run(work, &mut NoRecord, &Silence, Stop::never()));
        self.state = outcome.state.clone();
        outcome
    }

    /// `+ terraform_data.a`, one line a change that is none of nothing.
    fn changes(&self) -> String {
        let planned = self.plan();
        let found: Vec<String> =
            planned.diagnostics.iter().map(|it| format!("{}: {}\n", it.summary, it.detail)).collect();
        let plan = planned.plan.map(|plan| plan.changes).unwrap_or_default();
        let lines = plan.iter().filter(|change| change.change.action != Action::NoOp).map(|change| {
            let sign = match change.change.action {
                Action::Create => "+",
                Action::Update => "~",
                Action::Delete => "-",
                Action::DeleteThenCreate => "-/+",
                Action::CreateThenDelete => "+/-",
                Action::Read => "<=",
                _ => "?",
            };
            format!("{sign} {}\n", change.address)
        });
        found.into_iter().chain(lines).collect()
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(future)
}

#[test]
fn what_is_new_is_created_and_then_nothing_is_left_to_do() {
    let mut stack = Stack::new(
        "resource \"terraform_data\" \"a\" { input = \"x\" }\n\
         resource \"terraform_data\" \"b\" {\n  count = 2\n  input = terraform_data.a.output\n}\n\
         output \"o\" { value = terraform_data.b[*].output }\n",
    );
    assert_eq!(stack.changes(), "+ terraform_data.a\n+ terraform_data.b[0]\n+ terraform_data.b[1]\n");
    let outcome = stack.apply();
    assert!(!outcome.diagnostics.has_errors(), "{:?}", outcome.diagnostics);
    assert_eq!(outcome.counts.added, 3);
    assert_eq!(outcome.state.outputs["o"].value.as_items().map(<[_]>::len), Some(2));
    assert_eq!(stack.changes(), "");
}

#[test]
fn changes_are_updates_replacements_and_removals() {
    let mut stack = Stack::new(
        "resource \"terraform_data\" \"a\" { input = 1 }\n\
         resource \"terraform_data\" \"b\" { triggers_replace = 1 }\n\
         resource \"terraform_data\" \"c\" {\n  for_each = toset([\"x\", \"y\"])\n}\n",
    );
    stack.apply();
    stack.write(
        "main.tf",
        "resource \"terraform_data\" \"a\" { input = 2 }\n\
         resource \"terraform_data\" \"b\" { triggers_replace = 2 }\n\
         resource \"terraform_data\" \"c\" {\n  for_each = toset([\"y\"])\n}\n",
    );
    assert_eq!(stack.changes(), "~ terraform_data.a\n-/+ terraform_data.b\n- terraform_data.c[\"x\"]\n");
    let outcome = stack.apply();
    assert!(!outcome.diagnostics.has_errors(), "{:?}", outcome.diagnostics);
    assert_eq!(stack.changes(), "");
}

#[test]
fn destroying_leaves_nothing() {
    let mut stack = Stack::new(
        "resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" { input = terraform_data.a.id }\n",
    );
    stack.apply();
    stack.options.mode = Mode::Destroy;
    let outcome = stack.apply();
    assert_eq!(outcome.counts.destroyed, 2);
    assert!(outcome.state.is_empty());
}

#[test]
fn modules_are_expanded_and_moved() {
    let mut stack = Stack::new("module \"m\" {\n  source = \"./m\"\n}\n");
    stack.write("m/main.tf", "resource \"terraform_data\" \"a\" {}\noutput \"id\" { value = terraform_data.a.id }\n");
    stack.apply();
    stack.write(
        "main.tf",
        "module \"n\" {\n  source = \"./m\"\n  for_each = toset([\"k\"])\n}\n\
         moved {\n  from = module.m\n  to = module.n[\"k\"]\n}\n\
         output \"ids\" { value = module.n[\"k\"].id }\n",
    );
    assert_eq!(stack.changes(), "");
    stack.apply();
    let modules: Vec<ModuleInstance> = stack.state.resources.keys().map(|resource| resource.module.clone()).collect();
    assert_eq!(modules.iter().map(ToString::to_string).collect::<Vec<_>>(), ["module.n[\"k\"]"]);
}

#[test]
fn a_saved_plan_is_what_is_run() {
    use terrace::plan::file::{read_plan, write_plan};
    let mut stack = Stack::new(
        "variable \"v\" { default = 1 }\n\
         resource \"terraform_data\" \"a\" { input = var.v }\n\
         resource \"terraform_data\" \"b\" { input = terraform_data.a.id }\n\
         output \"o\" {\n  value     = terraform_data.b.output\n  sensitive = true\n}\n",
    );
    let input = stack.input();
    let plan = stack.plan().plan.expect("a plan");
    let bytes = write_plan(&plan, &input);
    let mut altered = bytes.clone();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    assert!(read_plan(&altered, "p").is_err_and(|error| error.detail.contains("altered")));
    let saved = read_plan(&bytes, "p").unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(saved.plan.changes.len(), 2);
    let planned = block_on(terrace::ops::saved_plan::reopen_saved(saved, input, &Silence));
    assert!(!planned.diagnostics.has_errors(), "{:?}", planned.diagnostics);
    let work = Run {
        plan: planned.plan.expect("a plan"),
        evaluation: planned.evaluation,
        graph: planned.graph,
        connections: planned.connections,
        parallelism: 1,
        probes: Arc::new(terrace::apply::NoProbes),
    };
    let outcome = block_on(run(work, &mut NoRecord, &Silence, Stop::never()));
    assert!(!outcome.diagnostics.has_errors(), "{:?}", outcome.diagnostics);
    assert_eq!(outcome.counts.added, 2);
    stack.state = outcome.state;
    assert_eq!(stack.changes(), "");
}

#[test]
fn what_is_excluded_is_left_as_it_is_with_all_that_needs_it() {
    let mut stack = Stack::new(
        "resource \"terraform_data\" \"a\" { input = 1 }\n\
         resource \"terraform_data\" \"b\" { input = terraform_data.a.output }\n\
         resource \"terraform_data\" \"c\" { input = 1 }\n",
    );
    stack.options.excludes = vec![target("terraform_data.a")];
    let changes = stack.changes();
    assert!(changes.ends_with("+ terraform_data.c\n") && !changes.contains("+ terraform_data.b"), "{changes}");
    stack.options.excludes.clear();
    stack.apply();
    stack.options.mode = Mode::Destroy;
    stack.options.excludes = vec![target("terraform_data.b")];
    let changes = stack.changes();
    // What the excluded needs stays too.
    assert!(changes.ends_with("- terraform_data.c\n") && !changes.contains("- terraform_data.a"), "{changes}");
}

#[test]
fn targets_reach_what_has_no_block_any_more_and_leave_outputs() {
    let mut stack = Stack::new(
        "resource \"terraform_data\" \"a\" { input = 1 }\n\
         resource \"terraform_data\" \"b\" { input = terraform_data.a.output }\n\
         output \"o\" { value = terraform_data.b.id }\n",
    );
    stack.apply();
    stack.options.mode = Mode::Destroy;
    stack.options.targets = vec![target("terraform_data.a")];
    let both = stack.changes();
    assert!(both.ends_with("- terraform_data.a\n- terraform_data.b\n"), "{both}");
    stack.options.mode = Mode::Normal;
    stack.write("main.tf", "");
    let one = stack.changes();
    assert!(one.ends_with("- terraform_data.a\n") && !one.contains("terraform_data.b"), "{one}");
    assert!(stack.apply().state.outputs.contains_key("o"));
}

#[test]
fn instances_of_a_module_that_is_gone_stay_recorded_when_a_target_names_another() {
    let call = |keys: &str| format!("module \"m\" {{\n  source = \"./m\"\n  for_each = toset([{keys}])\n}}\n");
    let mut stack = Stack::new(&call("\"p\", \"q\""));
    stack.write("m/main.tf", "resource \"terraform_data\" \"a\" {}\n");
    stack.apply();
    stack.write("main.tf", &call("\"p\""));
    stack.options.targets = vec![target("module.m[\"p\"]")];
    stack.apply();
    stack.options.targets.clear();
    assert_eq!(stack.changes(), "- module.m[\"q\"].terraform_data.a\n");
}

fn target(address: &str) -> terrace::addr::parse::Target {
    use terrace::addr::parse::{from_text, parse_target};
    from_text(address, parse_target).expect("an address")
}
