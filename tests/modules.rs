//! The modules that are shipped: they validate, say what they take and give, and do without the platform that is not wanted.

mod workplace;

use std::fs;
use std::path::{Path, PathBuf};
use terrace::config::{Config, Manifest, load_config};
use terrace::system::Machine;
use workplace::{Workplace, command_in, ended};

fn modules() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("modules");
    let entries = fs::read_dir(folder).expect("it is there").flatten().map(|entry| entry.path());
    let mut modules: Vec<PathBuf> = entries.filter(|path| path.join("variables.tf").exists()).collect();
    modules.sort();
    assert!(!modules.is_empty());
    modules
}

/// What the files of one folder say; the modules that it calls are not looked at.
fn read(folder: &Path) -> Config {
    load_config(&folder.display().to_string(), &Manifest::default(), &Machine).0
}

#[test]
fn both_platforms_take_and_give_the_same_and_the_page_names_it() {
    for module in modules() {
        let page = fs::read_to_string(module.join("README.md")).expect("every module has a page");
        let chooser = read(&module);
        for name in chooser.root().variables.keys() {
            assert!(page.contains(&format!("| `{name}` |")), "{module:?}: {name} is not on the page");
            let variable = &chooser.root().variables[name];
            assert!(variable.description.is_some(), "{module:?}: {name} is not described");
        }
        for platform in ["host", "aws"] {
            let half = read(&module.join(platform));
            let mut inputs: Vec<_> = half.root().variables.keys().collect();
            let platform_name = terrace::value::Text::from("platform");
            inputs.push(&platform_name);
            inputs.sort();
            assert_eq!(chooser.root().variables.keys().collect::<Vec<_>>(), inputs, "{module:?} {platform}");
            let outputs = |config: &Config| config.root().outputs.keys().cloned().collect::<Vec<_>>();
            assert_eq!(outputs(&chooser), outputs(&half), "{module:?} {platform}");
        }
        for name in chooser.root().outputs.keys() {
            assert!(page.contains(&format!("| `{name}` |")), "{module:?}: {name} is not on the page");
        }
    }
}

#[test]
fn modules_validate() {
    for module in modules() {
        let mut folders = vec![module.clone(), module.join("host")];
        if cfg!(feature = "aws") {
            folders.push(module.join("aws"));
        }
        for folder in folders {
            let data = tempfile::tempdir().expect("a temporary directory");
            for arguments in [&["init", "-backend=false"][..], &["validate"]] {
                let mut command = command_in(&folder, arguments);
                let ended = ended(command.env("TF_DATA_DIR", data.path()));
                assert_eq!(ended.code, Some(0), "{folder:?} {arguments:?}:\n{}", ended.output);
            }
        }
    }
}

#[test]
fn a_provider_that_is_missing_matters_once_a_module_that_needs_it_has_instances() {
    let place = Workplace::with("");
    let main = "variable \"wanted\" {\n  default = 0\n}\nmodule \"m\" {\n  source = \"./m\"\n  count = var.wanted\n}\n\
                resource \"terraform_data\" \"here\" {}\noutput \"name\" {\n  value = one(module.m[*].name)\n}\n";
    fs::create_dir(place.path("m")).expect("the temporary directory can be written");
    place.write(
        "m/main.tf",
        "resource \"nosuch_thing\" \"t\" {\n  size = 1\n}\noutput \"name\" {\n  value = nosuch_thing.t.name\n}\n",
    );
    place.write("main.tf", main);
    place.ok(&["init"]);
    place.ok(&["validate"]);
    place.ok(&["apply", "-auto-approve"]);
    place.expect_no_changes();
    place.ok(&["plan", "-out=saved", "-replace=terraform_data.here"]);
    place.ok(&["apply", "saved"]);
    place.fails(&["plan", "-var=wanted=1"], &["The provider hashicorp/nosuch is not part of this build of Terrace"]);
    place.write(
        "main.tf",
        &main.replace("  count = var.wanted\n", "").replace("one(module.m[*].name)", "module.m.name"),
    );
    place.fails(&["validate"], &["requires provider registry.terraform.io/hashicorp/nosuch"]);
    place.write("main.tf", main);
    place.ok(&["destroy", "-auto-approve"]);
}

/// What Terraform 1.11 says of the same: outputs of child modules are always new, iterators of dynamic blocks are no resources, and a
/// resource's attribute leads on to what it is configured with.
#[test]
fn relevant_attributes_and_module_sources_are_terraforms() {
    let place = Workplace::with("");
    place.write(
        "main.tf",
        r#"
        variable "v" { default = "1" }
        resource "terraform_data" "z" { input = "z" }
        resource "terraform_data" "a" { input = terraform_data.z.input }
        resource "terraform_data" "b" { input = terraform_data.a.output }
        resource "terraform_data" "c" { input = "${terraform_data.b.input}-${var.v}" }
        module "m" {
          source = "./m/"
          x      = terraform_data.z.id
        }
        "#,
    );
    fs::create_dir(place.path("m")).expect("the temporary directory can be written");
    place.write(
        "m/main.tf",
        r#"
        variable "x" {}
        resource "terraform_data" "inner" { input = var.x }
        output "inner" { value = [for one in [terraform_data.inner] : one.id] }
        output "none" { value = terraform_data.inner.triggers_replace }
        "#,
    );
    place.ok(&["init"]);
    place.apply();
    place.ok(&["plan", "-var=v=2", "-out=saved"]);
    let plan: serde_json::Value = serde_json::from_str(&place.ok(&["show", "-json", "saved"])).expect("JSON");
    let attributes = plan["relevant_attributes"].as_array().expect("a list").iter();
    let mut shown: Vec<String> = attributes.map(|one| format!("{} {}", one["resource"], one["attribute"])).collect();
    shown.sort();
    let expected = [
        r#""module.m.terraform_data.inner" []"#,
        r#""terraform_data.a" ["output"]"#,
        r#""terraform_data.b" ["input"]"#,
        r#""terraform_data.z" ["id"]"#,
    ];
    assert_eq!(shown, expected);
    assert_eq!(plan["configuration"]["root_module"]["module_calls"]["m"]["source"], "./m/");
}
