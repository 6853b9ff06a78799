//! What the small providers plan, make and recover, seen through the contract.

use super::Small;
use crate::addr::ResourceMode;
use crate::provider::{
    ApplyRequest, Cancellation, Connection, Intent, PlanRequest, Planned, Private, Provider, ReadOutcome, ReadRequest,
    Recovered,
};
use crate::providers::{local, null, random, time};
use crate::value::{Path, Type, Value, from_json_as};
use serde_json::{Value as Json, json};
use std::sync::Arc;

struct Case {
    provider: Small,
    connection: Arc<dyn Connection>,
    kind: &'static str,
}

fn case(provider: Small, kind: &'static str) -> Case {
    let connection = wait_for(provider.connect(Value::empty_object())).expect("it connects");
    Case { provider, connection, kind }
}

fn wait_for<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime").block_on(future)
}

impl Case {
    fn of(&self) -> Type {
        self.provider.schema().resources.get(self.kind).expect("it has such a type").block.implied_type()
    }

    /// The whole object: what is not said is null.
    fn object(&self, said: Json) -> Value {
        let Type::Object(of) = self.of() else { panic!("an object type") };
        let whole = of.attributes.keys().map(|name| (name.to_string(), said.get(&**name).cloned().unwrap_or_default()));
        from_json_as(&Json::Object(whole.collect()), &self.of()).expect("it fits")
    }

    fn complaints(&self, said: Json) -> Vec<String> {
        let found = self.provider.validate(ResourceMode::Managed, self.kind, &self.object(said));
        found.into_iter().map(|complaint| format!("{}: {}", complaint.summary, complaint.detail)).collect()
    }

    fn plan(&self, prior: &Value, configuration: &Value) -> Planned {
        let private = Private::from([]);
        let kind = self.kind;
        self.connection.plan(PlanRequest {
            kind,
            prior,
            proposed: configuration,
            configuration,
            private: &private,
            servers_are_immutable: true,
        })
    }

    fn apply(&self, prior: &Value, planned: &Value) -> Value {
        let applied = wait_for(self.connection.apply(ApplyRequest {
            address: "x".into(),
            kind: self.kind.into(),
            prior: prior.clone(),
            planned: planned.clone(),
            configuration: planned.clone(),
            private: Private::from([]),
            token: "t".into(),
            cancellation: Cancellation::default(),
        }));
        assert_eq!(applied.complaints, []);
        applied.object
    }

    fn nothing(&self) -> Value {
        Value::null(self.of())
    }

    fn create(&self, said: Json) -> Value {
        let planned = self.plan(&self.nothing(), &self.object(said));
        assert_eq!(planned.complaints, []);
        let made = self.apply(&self.nothing(), &planned.object);
        assert!(made.is_wholly_known());
        for (name, value) in planned.object.as_entries().unwrap().iter().filter(|(_, value)| value.is_known()) {
            assert_eq!(made.get(name), Some(value), "{name} is as planned");
        }
        made
    }

    /// What the paths are that force a new object.
    fn replacing(&self, prior: &Value, said: Json) -> Vec<String> {
        let planned = self.plan(prior, &self.object(said));
        planned.requires_replace.iter().map(Path::to_string).collect()
    }

    fn upgrade(&self, version: u64, attributes: Json) -> Json {
        self.provider.upgrade(self.kind, version, attributes).expect("it can be brought up to date")
    }
}

/// Every type: made once, planned again with the same configuration, nothing changes.
#[test]
fn what_was_made_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let filename = folder.path().join("sub/file").display().to_string();
    let all = [
        (random::provider(), "random_bytes", json!({"length": 3})),
        (random::provider(), "random_id", json!({"byte_length": 8, "prefix": "p-"})),
        (random::provider(), "random_integer", json!({"min": 1, "max": 6, "seed": "s"})),
        (random::provider(), "random_password", json!({"length": 12, "min_special": 2})),
        (random::provider(), "random_pet", json!({"prefix": "my"})),
        (random::provider(), "random_shuffle", json!({"input": ["a", "b", "c"], "result_count": 7})),
        (random::provider(), "random_string", json!({"length": 5, "special": false, "number": false})),
        (random::provider(), "random_uuid", json!({"keepers": {"a": "b"}})),
        (random::provider(), "random_uuid4", json!({})),
        (random::provider(), "random_uuid7", json!({})),
        (time::provider(), "time_static", json!({"rfc3339": "2020-02-12T06:36:13+02:00"})),
        (time::provider(), "time_static", json!({})),
        (time::provider(), "time_offset", json!({"offset_days": 7, "triggers": {"a": "b"}})),
        (time::provider(), "time_rotating", json!({"rotation_days": 30})),
        (time::provider(), "time_rotating", json!({"rotation_rfc3339": "2999-01-01T00:00:00Z"})),
        (time::provider(), "time_sleep", json!({"create_duration": "1ms"})),
        (null::provider(), "null_resource", json!({"triggers": {"a": "b"}})),
        (local::provider(), "local_file", json!({"filename": filename, "content": "x"})),
        (local::provider(), "local_sensitive_file", json!({"filename": filename, "content_base64": "eA=="})),
    ];
    for (provider, kind, said) in all {
        let case = case(provider, kind);
        assert_eq!(case.complaints(said.clone()), Vec::<String>::new(), "{kind}");
        let made = case.create(said.clone());
        let planned = case.plan(&made, &case.object(said));
        assert_eq!(planned.object, made, "{kind}");
        assert_eq!(planned.requires_replace, [], "{kind}");
        assert_eq!(case.plan(&made, &case.nothing()).object, case.nothing(), "{kind}");
    }
}

#[test]
fn keepers_and_arguments_draw_anew() {
    let case = case(random::provider(), "random_id");
    let made = case.create(json!({"byte_length": 2, "keepers": {"a": "1"}}));
    assert_eq!(case.replacing(&made, json!({"byte_length": 2, "keepers": {"a": "2"}})), [".keepers"]);
    assert_eq!(case.replacing(&made, json!({"byte_length": 2})), [".keepers"]);
    assert_eq!(case.replacing(&made, json!({"byte_length": 3, "keepers": {"a": "1"}})), [".byte_length"]);
    assert_eq!(
        case.replacing(&made, json!({"byte_length": 2, "keepers": {"a": "1", "b": null}})),
        Vec::<String>::new()
    );
}

#[test]
fn number_and_numeric_are_one() {
    let case = case(random::provider(), "random_string");
    let made = case.create(json!({"length": 4}));
    assert_eq!(case.replacing(&made, json!({"length": 4, "numeric": true})), Vec::<String>::new());
    assert_eq!(case.replacing(&made, json!({"length": 4, "numeric": false})), [".number", ".numeric"]);
    let both = case.object(json!({"length": 4, "numeric": false, "number": true}));
    assert_eq!(case.plan(&made, &both).complaints.len(), 1);
    assert_eq!(
        case.complaints(json!({"length": 4, "upper": false, "lower": false, "special": false, "numeric": false})),
        [
            "Invalid Attribute Combination: At least one attribute out of [special,upper,lower,numeric] must be specified as true"
        ]
    );
    assert_eq!(
        case.complaints(json!({"length": 4, "min_lower": 5})),
        [
            "Invalid Attribute Value: Attribute length value must be at least sum of min_upper + min_lower + min_numeric + min_special, got: 4"
        ]
    );
}

#[test]
fn old_passwords_are_brought_up_to_date() {
    let case = case(random::provider(), "random_password");
    let upgraded = case.upgrade(0, json!({"id": "none", "result": "secret", "length": 6, "number": false}));
    assert_eq!(
        (&upgraded["numeric"], &upgraded["min_upper"], &upgraded["special"]),
        (&json!(false), &json!(0), &json!(true))
    );
    assert!(bcrypt::verify("secret", upgraded["bcrypt_hash"].as_str().unwrap()).unwrap());
    let wrong = json!({"id": "none", "result": "secret", "bcrypt_hash": bcrypt::hash("other", 4).unwrap()});
    assert!(bcrypt::verify("secret", case.upgrade(2, wrong)["bcrypt_hash"].as_str().unwrap()).unwrap());
    let right = json!({"id": "none", "result": "secret", "bcrypt_hash": bcrypt::hash("secret", 4).unwrap()});
    assert_eq!(case.upgrade(2, right.clone())["bcrypt_hash"], right["bcrypt_hash"]);
}

#[test]
fn a_changed_offset_keeps_its_base_and_shows_the_new_moment() {
    let case = case(time::provider(), "time_offset");
    let made = case.create(json!({"base_rfc3339": "2020-01-31T00:00:00Z", "offset_months": 1}));
    assert_eq!(made.get("rfc3339"), Some(&"2020-03-02T00:00:00Z".into()));
    let without_base = case.plan(&made, &case.object(json!({"offset_years": 1})));
    assert_eq!(without_base.object.get("rfc3339"), Some(&"2021-01-31T00:00:00Z".into()));
    assert_eq!(without_base.object.get("base_rfc3339"), made.get("base_rfc3339"));
    assert_eq!(without_base.requires_replace, []);
    let updated = case.apply(&made, &without_base.object);
    assert_eq!(updated, without_base.object);
}

#[test]
fn a_rotation_shows_when_it_is_due_and_ends_then() {
    let case = case(time::provider(), "time_rotating");
    let made = case.create(json!({"rfc3339": "2020-01-01T00:00:00Z", "rotation_days": 7, "rotation_hours": 1}));
    assert_eq!(made.get("rotation_rfc3339"), Some(&"2020-01-01T01:00:00Z".into()), "the last one counts");
    assert_eq!(made.get("hour"), Some(&Value::from(1)));
    let request = ReadRequest { kind: case.kind.into(), prior: made, private: Private::from([]) };
    assert!(matches!(wait_for(case.connection.read(vec![request]))[..], [ReadOutcome::Gone]));
    let made = case.create(json!({"rfc3339": "2999-01-01T00:00:00Z", "rotation_days": 7}));
    let planned = case.plan(&made, &case.object(json!({"rotation_months": 1})));
    assert_eq!(planned.object.get("rotation_rfc3339"), Some(&"2999-02-01T00:00:00Z".into()));
    assert_eq!(planned.requires_replace, []);
}

#[test]
fn a_sleeper_complains_twice_and_wakes_up() {
    let case = case(time::provider(), "time_sleep");
    assert_eq!(case.complaints(json!({})).len(), 2);
    assert_eq!(case.complaints(json!({"create_duration": "1m30s"})).len(), 1);
    let made = case.create(json!({"create_duration": "2ms", "destroy_duration": "1ms"}));
    case.apply(&made, &case.nothing());
}

#[test]
fn a_file_that_changed_is_gone_and_one_half_written_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let case = case(local::provider(), "local_file");
    let said = json!({"filename": path.display().to_string(), "content": "whole"});
    let planned = case.plan(&case.nothing(), &case.object(said.clone())).object;
    let recover = || {
        let (address, kind, prior, token) = ("x".into(), case.kind.into(), case.nothing(), "t".into());
        let intent = Intent { address, kind, prior, planned: planned.clone(), private: Private::from([]), token };
        wait_for(case.connection.recover(&intent))
    };
    assert!(matches!(recover(), Recovered::Absent));
    std::fs::write(&path, "who").unwrap();
    assert!(matches!(recover(), Recovered::Adopt { is_complete: false, .. }));
    let made = case.create(said);
    assert!(matches!(recover(), Recovered::Adopt { is_complete: true, object, .. } if object == made));
    std::fs::write(&path, "another").unwrap();
    assert!(matches!(recover(), Recovered::Absent));
    let request = ReadRequest { kind: case.kind.into(), prior: made, private: Private::from([]) };
    assert!(matches!(wait_for(case.connection.read(vec![request]))[..], [ReadOutcome::Gone]));
}

#[test]
fn files_need_one_content_and_octal_permissions() {
    let case = case(local::provider(), "local_sensitive_file");
    let complaints =
        case.complaints(json!({"filename": "f", "content": "a", "source": "b", "file_permission": "9999"}));
    assert_eq!(
        complaints[0],
        "Invalid Attribute Combination: 2 attributes specified when one (and only one) of [content_base64,source,content] is required"
    );
    assert_eq!(
        complaints[3],
        "Invalid File Permission String Value: bad mode permission: string must be expressed in octal numeric notation: 9999"
    );
}

#[test]
fn imported_objects_are_whole() {
    let all = [
        (random::provider(), "random_integer", "15390,1,50000,seed"),
        (random::provider(), "random_id", "p,p-9hUg"),
        (random::provider(), "random_password", "securepassword"),
        (random::provider(), "random_uuid", "aabbccdd-eeff-0011-2233-445566778899"),
        (time::provider(), "time_offset", "2020-02-12T06:36:13Z,0,0,7,0,0,0"),
        (time::provider(), "time_rotating", "2020-02-12T06:36:13Z,0,0,30,0,0"),
        (time::provider(), "time_rotating", "2020-02-12T06:36:13Z,2020-02-13T06:36:13Z"),
        (time::provider(), "time_sleep", "30s,"),
        (time::provider(), "time_static", "2020-02-12T06:36:13Z"),
    ];
    for (provider, kind, id) in all {
        let case = case(provider, kind);
        let request = crate::provider::ImportRequest { kind: kind.into(), id: id.into() };
        let imported =
            wait_for(case.connection.import(vec![request])).remove(0).unwrap_or_else(|_| panic!("{kind} {id}"));
        assert!(imported.object.convert(&case.of()).is_ok(), "{kind} {id}");
    }
}
