use serde_json::Value as J;
use std::collections::BTreeMap;
use terrace::addr::*;
use terrace::change::*;
use terrace::plan::*;
use terrace::provider::ProviderSchema;
use terrace::render::plan_text::*;
use terrace::render::schemas::Schemas;
use terrace::schema::*;
use terrace::state::State;
use terrace::value::*;

fn val(j: &J, unknown: &J, sens: &J) -> Value {
    if unknown == &J::Bool(true) {
        let v = Value::unknown(Type::Dynamic);
        return if sens == &J::Bool(true) { v.with_marks(Marks::SENSITIVE) } else { v };
    }
    let v = match j {
        J::Null => Value::untyped_null(),
        J::Bool(b) => Value::bool(*b),
        J::Number(n) => Value::number(Number::parse(&n.to_string()).unwrap()),
        J::String(s) => Value::string(s.as_str()),
        J::Array(a) => Value::tuple(
            a.iter()
                .enumerate()
                .map(|(i, x)| val(x, unknown.get(i).unwrap_or(&J::Null), sens.get(i).unwrap_or(&J::Null)))
                .collect(),
        ),
        J::Object(o) => {
            let mut m: BTreeMap<Text, Value> = BTreeMap::new();
            for (k, x) in o {
                m.insert(
                    k.as_str().into(),
                    val(x, unknown.get(k).unwrap_or(&J::Null), sens.get(k).unwrap_or(&J::Null)),
                );
            }
            if let J::Object(u) = unknown {
                for (k, x) in u {
                    if !o.contains_key(k) {
                        m.insert(k.as_str().into(), val(&J::Null, x, sens.get(k).unwrap_or(&J::Null)));
                    }
                }
            }
            Value::object(m)
        }
    };
    if sens == &J::Bool(true) { v.with_marks(Marks::SENSITIVE) } else { v }
}
fn module(s: Option<&J>) -> ModuleInstance {
    let Some(J::String(s)) = s else { return ModuleInstance::root() };
    // crude: module.a["x"].module.b
    let mut steps = vec![];
    let mut rest = s.as_str();
    while let Some(r) = rest.strip_prefix("module.") {
        let end = r.find(|c| c == '.' || c == '[').unwrap_or(r.len());
        let name = &r[..end];
        let mut tail = &r[end..];
        let mut key = InstanceKey::None;
        if let Some(t) = tail.strip_prefix("[\"") {
            let e = t.find("\"]").unwrap();
            key = InstanceKey::Key(t[..e].into());
            tail = &t[e + 2..];
        } else if let Some(t) = tail.strip_prefix("[") {
            let e = t.find("]").unwrap();
            key = InstanceKey::Index(t[..e].parse().unwrap());
            tail = &t[e + 1..];
        }
        steps.push((name.into(), key));
        rest = tail.strip_prefix('.').unwrap_or(tail);
    }
    ModuleInstance(steps)
}
fn action(a: &J) -> Action {
    let v: Vec<&str> = a.as_array().unwrap().iter().map(|x| x.as_str().unwrap()).collect();
    match v.as_slice() {
        ["no-op"] => Action::NoOp,
        ["create"] => Action::Create,
        ["read"] => Action::Read,
        ["update"] => Action::Update,
        ["delete", "create"] => Action::DeleteThenCreate,
        ["create", "delete"] => Action::CreateThenDelete,
        ["delete"] => Action::Delete,
        ["forget"] => Action::Forget,
        _ => panic!(),
    }
}
fn reason(s: Option<&J>) -> ActionReason {
    use ActionReason::*;
    let Some(s) = s else { return None };
    [
        ReplaceBecauseTainted,
        ReplaceByRequest,
        ReplaceByTriggers,
        ReplaceBecauseCannotUpdate,
        DeleteBecauseNoResourceConfig,
        DeleteBecauseWrongRepetition,
        DeleteBecauseCountIndex,
        DeleteBecauseEachKey,
        DeleteBecauseNoModule,
        DeleteBecauseNoMoveTarget,
        ReadBecauseConfigUnknown,
        ReadBecauseDependencyPending,
        ReadBecauseCheckNested,
    ]
    .into_iter()
    .find(|r| r.as_str() == s.as_str())
    .unwrap()
}
fn change(c: &J) -> Change {
    let n = J::Null;
    Change {
        action: action(&c["actions"]),
        before: val(c.get("before").unwrap_or(&n), &n, &c["before_sensitive"]),
        after: val(c.get("after").unwrap_or(&n), &c["after_unknown"], &c["after_sensitive"]),
    }
}
fn instance(r: &J) -> InstanceChange {
    let mode = if r["mode"] == "data" { ResourceMode::Data } else { ResourceMode::Managed };
    let key = match r.get("index") {
        Some(J::String(s)) => InstanceKey::Key(s.as_str().into()),
        Some(J::Number(n)) => InstanceKey::Index(n.as_u64().unwrap()),
        _ => InstanceKey::None,
    };
    let address = ResourceInstance {
        module: module(r.get("module_address")),
        resource: Resource { mode, kind: r["type"].as_str().unwrap().into(), name: r["name"].as_str().unwrap().into() },
        key,
    };
    assert_eq!(address.to_string(), r["address"].as_str().unwrap());
    let previous = r.get("previous_address").map(|p| {
        // fake
        let p = p.as_str().unwrap();
        ResourceInstance {
            module: ModuleInstance::root(),
            resource: Resource::managed(p.split('.').next().unwrap(), p.split_once('.').unwrap().1),
            key: InstanceKey::None,
        }
    });
    let paths = r["change"]
        .get("replace_paths")
        .map(|p| p.as_array().unwrap().iter().map(|p| path(p)).collect())
        .unwrap_or_default();
    InstanceChange {
        address,
        previous_address: previous,
        deposed: r.get("deposed").map(|d| d.as_str().unwrap().into()),
        provider: ProviderConfig {
            module: ModulePath::root(),
            source: ProviderSource::builtin("terraform"),
            alias: None,
        },
        change: change(&r["change"]),
        action_reason: reason(r.get("action_reason")),
        replace_paths: paths,
        reasons: vec![],
        importing: r["change"]
            .get("importing")
            .map(|i| Importing { id: i.get("id").map(|x| x.as_str().unwrap().to_owned()) }),
        generated_configuration: r["change"].get("generated_config").map(|s| s.as_str().unwrap().to_owned()),
        private: std::sync::Arc::from(&b""[..]),
    }
}
fn path(p: &J) -> Path {
    Path(
        p.as_array()
            .unwrap()
            .iter()
            .map(|s| match s {
                J::String(s) => PathStep::Attribute(s.as_str().into()),
                J::Number(n) => PathStep::Index(n.as_u64().unwrap() as usize),
                _ => panic!(),
            })
            .collect(),
    )
}
#[test]
fn corpus() {
    let root = "/work/shared/conformance/open/configs";
    let mut schema = ProviderSchema::default();
    let mut s = terrace::schema::Schema::default();
    s.block.attributes.insert("id".into(), Attribute::computed(Type::String));
    s.block.attributes.insert("output".into(), Attribute::computed(Type::Dynamic));
    s.block.attributes.insert("input".into(), Attribute::optional(Type::Dynamic));
    s.block.attributes.insert("triggers_replace".into(), Attribute::optional(Type::Dynamic));
    schema.resources.insert("terraform_data".into(), s);
    let schemas = Schemas::new([(ProviderSource::builtin("terraform"), &schema)]);
    let (mut ok, mut all) = (0, 0);
    let mut dirs: Vec<_> = std::fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).collect();
    dirs.sort();
    for d in dirs {
        let args: J = serde_json::from_str(&std::fs::read_to_string(d.join("args.json")).unwrap()).unwrap();
        for i in 1..10 {
            let Ok(t) = std::fs::read_to_string(d.join(format!("expected/step{i}.json"))) else { break };
            let e: J = serde_json::from_str(&t).unwrap();
            let pj = &e["plan_json"];
            if pj.is_null() || pj == &J::Object(Default::default()) {
                continue;
            }
            let empty = vec![];
            let rc = pj.get("resource_changes").and_then(|r| r.as_array()).unwrap_or(&empty);
            if rc
                .iter()
                .chain(pj.get("resource_drift").and_then(|r| r.as_array()).unwrap_or(&empty))
                .any(|r| r["mode"] == "data" || r["type"] != "terraform_data")
            {
                continue;
            }
            let a = args["steps"][i - 1]["args"].as_array().cloned().unwrap_or_default();
            let mode = if a.iter().any(|x| x == "-destroy") {
                Mode::Destroy
            } else if a.iter().any(|x| x == "-refresh-only") {
                Mode::RefreshOnly
            } else {
                Mode::Normal
            };
            let mut outputs = vec![];
            if let Some(J::Object(o)) = pj.get("output_changes") {
                for (k, c) in o {
                    outputs.push(OutputChange {
                        name: k.as_str().into(),
                        change: change(c),
                        is_sensitive: c["after_sensitive"] == true,
                    });
                }
            }
            let plan = Plan {
                mode,
                changes: rc.iter().map(instance).collect(),
                outputs,
                drift: pj
                    .get("resource_drift")
                    .and_then(|r| r.as_array())
                    .unwrap_or(&empty)
                    .iter()
                    .map(instance)
                    .collect(),
                relevant_attributes: vec![],
                checks: vec![],
                previous_state: State::default(),
                prior_state: State::default(),
                variables: Default::default(),
                targets: vec![],
                excludes: vec![],
                force_replace: vec![],
                steps: Steps::default(),
                is_errored: pj["errored"] == true,
                is_complete: true,
                timestamp: String::new(),
            };
            let text = render_plan(&plan, &schemas, PlanOptions::default());
            let next =
                if is_applyable(&plan) { render_next_step(None, None, PlanOptions::default()) } else { String::new() };
            let stdout = e["plan"]["stdout"].as_str().unwrap();
            all += 1;
            if stdout.contains(&text) && stdout.contains(&next) && !text.is_empty() {
                ok += 1
            } else {
                println!(
                    "=== {} step{i}\n--- ours\n{text}\n--- theirs\n{stdout}",
                    d.file_name().unwrap().to_string_lossy()
                );
            }
        }
    }
    println!("{ok}/{all}");
}
