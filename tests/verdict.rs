//! What a plan says first: who will notice its changes. On the host, where planning needs no account.

mod workplace;

use terrace::providers::host::database::Installation;
use workplace::Workplace;

const STACK: &str = r#"
variable "release" {
  default = "1"
}

variable "servers" {
  default = 2
}

resource "host_server" "web" {
  count       = var.servers
  zone        = "a"
  command     = ["terrace", "host", "serve"]
  environment = { VERSION = var.release }
}

resource "host_server" "alone" {
  zone        = "a"
  command     = ["terrace", "host", "serve"]
  environment = { VERSION = var.release }
}

resource "host_server" "idle" {
  zone        = "a"
  command     = ["terrace", "host", "serve"]
  environment = { VERSION = var.release }
}

resource "host_target_group" "web" {
  name = "web"
}

resource "host_target_group" "alone" {
  name = "alone"
}

resource "host_target_group_attachment" "web" {
  count        = var.servers
  target_group = host_target_group.web.id
  server       = host_server.web[count.index].id
}

resource "host_target_group_attachment" "alone" {
  target_group = host_target_group.alone.id
  server       = host_server.alone.id
}
"#;

const ALONE: &str = r#"
rollout "alone" {
  fleet = host_server.alone
  strategy "rolling" {
    max_surge       = 0
    max_unavailable = 1
  }
}
"#;

struct Stack(Workplace);

impl Drop for Stack {
    fn drop(&mut self) {
        self.0.run(&["destroy", "-auto-approve"]);
        if self.0.path(".terrace/host").exists() {
            self.0.run(&["host", "stop"]);
        }
    }
}

impl Stack {
    /// What stands before the plan's legend.
    fn said(&self, arguments: &[&str]) -> String {
        let output = self.0.ok(&[&["plan"], arguments].concat());
        let from = output.find("Verdict:");
        let end = output.find("\nTerraform used the selected").unwrap_or(output.len());
        from.map(|from| output[from..end].to_owned()).unwrap_or_default()
    }
}

#[test]
fn a_plan_says_first_who_will_notice() {
    let stack = Stack(Workplace::with(STACK));
    assert_eq!(stack.said(&[]), "", "nobody notices what is new");
    stack.0.ok(&["apply", "-auto-approve"]);
    assert_eq!(stack.said(&["-var=servers=3"]), "");
    assert_eq!(stack.said(&["-var=servers=1"]), "", "those who serve behind the same group go on");
    stack.0.write("main.terrace.hcl", ALONE);
    let everything = "Verdict: outage

  outage     host_server.alone: its rollout leaves nobody of host_server.alone in service for a while
  outage     host_server.idle: the server is gone until its successor runs
";
    assert_eq!(stack.said(&["-var=release=2"]), everything);
    assert_eq!(stack.said(&["-destroy"]), "", "who destroys knows that it will not serve any more");

    // A saved plan says the same, to people and to programs.
    stack.0.ok(&["plan", "-var=release=2", "-out=saved"]);
    assert!(stack.0.ok(&["show", "saved"]).contains(everything));
    let json: serde_json::Value = serde_json::from_str(&stack.0.ok(&["show", "-json", "saved"])).expect("JSON");
    let verdicts = json["terrace_verdicts"].as_array().expect("a list");
    assert_eq!(verdicts.len(), 2);
    let first = serde_json::json!({
        "address": "host_server.alone",
        "verdict": "outage",
        "reason": "its rollout leaves nobody of host_server.alone in service for a while",
    });
    assert_eq!(verdicts[0], first);

    // Where nothing is rolled out, it depends on who else is in a server's groups.
    stack.0.ok(&["plan", "-destroy", "-out=saved"]);
    let json: serde_json::Value = serde_json::from_str(&stack.0.ok(&["show", "-json", "saved"])).expect("JSON");
    let verdicts = json["terrace_verdicts"].as_array().expect("a list").iter();
    let reasons: Vec<_> = verdicts.filter_map(|verdict| verdict["reason"].as_str()).collect();
    assert!(reasons.contains(&"it is alone in host_target_group.alone"), "{reasons:?}");
    assert!(reasons.contains(&"all 2 members of host_target_group.web go at once"), "{reasons:?}");
}

#[test]
fn lost_data_are_said_on_the_first_screen() {
    if Installation::of_this_machine().is_none() {
        println!("left out: there is no PostgreSQL here");
        return;
    }
    let database = |zone: &str| {
        format!(
            "resource \"host_database\" \"main\" {{\n  zone     = {zone:?}\n  password = \"secret\"\n}}\n\
             resource \"terraform_data\" \"more\" {{\n  count = 50\n  input = {zone:?}\n}}\n"
        )
    };
    let stack = Stack(Workplace::with(&database("a")));
    stack.0.ok(&["apply", "-auto-approve"]);
    stack.0.write("main.tf", &database("b"));
    let lost = "Verdict: data loss\n\n  data loss  host_database.main: ";
    let first_screen = |arguments: &[&str]| {
        let output = stack.0.ok(&[&["plan"], arguments].concat());
        let lines: Vec<&str> = output.lines().skip_while(|line| !line.starts_with("Verdict")).collect();
        let above = output.lines().take_while(|line| !line.starts_with("Verdict"));
        assert!(above.filter(|line| !line.contains("Refreshing state...")).count() < 24, "{output}");
        lines.join("\n")
    };
    assert!(first_screen(&[]).starts_with(&format!("{lost}it is replaced by an empty one\n")));
    assert!(first_screen(&["-destroy"]).starts_with(&format!("{lost}it is destroyed with its data\n")));
}
