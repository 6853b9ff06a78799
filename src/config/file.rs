//! One configuration file as blocks, before the files of a directory are put together.

use super::reading::{Reading, Shape};
use super::{
    Backend, Check, Cloud, ImportBlock, Local, ModuleCall, MovedBlock, Output, ProviderBlock, ProviderMeta,
    RemovedBlock, Requirements, ResourceBlock, Variable, VersionRequirement, backend, call, check, output, provider,
    refactor, resource, variable,
};
use crate::syntax::{Block, Body, ExpressionKind};

/// The blocks of a file in the order written.
#[derive(Default)]
pub(super) struct File {
    pub required_versions: Vec<VersionRequirement>,
    pub backends: Vec<Backend>,
    pub clouds: Vec<Cloud>,
    pub requirements: Vec<Requirements>,
    pub provider_metas: Vec<ProviderMeta>,
    pub providers: Vec<ProviderBlock>,
    pub variables: Vec<Variable>,
    pub locals: Vec<Local>,
    pub outputs: Vec<Output>,
    pub calls: Vec<ModuleCall>,
    pub resources: Vec<ResourceBlock>,
    pub moved: Vec<MovedBlock>,
    pub removed: Vec<RemovedBlock>,
    pub imports: Vec<ImportBlock>,
    /// With the data source inside, if any.
    pub checks: Vec<(Check, Option<ResourceBlock>)>,
}

const FILE: Shape = Shape {
    required: &[],
    optional: &[],
    blocks: &[
        ("terraform", &[]),
        // Belongs into a terraform block; named here for a better message.
        ("required_providers", &[]),
        ("provider", &["name"]),
        ("variable", &["name"]),
        ("locals", &[]),
        ("output", &["name"]),
        ("module", &["name"]),
        ("resource", &["type", "name"]),
        ("data", &["type", "name"]),
        ("ephemeral", &["type", "name"]),
        ("moved", &[]),
        ("removed", &[]),
        ("import", &[]),
        ("check", &["name"]),
    ],
};

const TERRAFORM: Shape = Shape {
    required: &[],
    optional: &["required_version", "experiments", "language"],
    blocks: &[("backend", &["type"]), ("cloud", &[]), ("required_providers", &[]), ("provider_meta", &["provider"])],
};

pub(super) fn read_file(body: &Body, reading: &mut Reading) -> File {
    let mut file = File::default();
    let content = reading.content(body, &FILE);
    let terraform_blocks = || content.blocks.iter().filter(|block| &*block.kind == "terraform");
    for block in terraform_blocks() {
        read_required_version(block, &mut file, reading);
    }
    for block in terraform_blocks() {
        check_editions(block, reading);
    }
    for block in &content.blocks {
        read_block(block, &mut file, reading);
    }
    file
}

fn read_block(block: &Block, file: &mut File, reading: &mut Reading) {
    match &*block.kind {
        "terraform" => read_terraform(block, file, reading),
        "required_providers" => reading.error(
            "Invalid required_providers block",
            "A \"required_providers\" block must be nested inside a \"terraform\" block.",
            block.kind_span,
        ),
        "provider" => file.providers.extend(provider::read_provider(block, reading)),
        "variable" => file.variables.push(variable::read_variable(block, reading)),
        "locals" => file.locals.extend(output::read_locals(block, reading)),
        "output" => file.outputs.push(output::read_output(block, reading)),
        "module" => file.calls.push(call::read_call(block, reading)),
        "resource" => file.resources.push(resource::read_resource(block, reading)),
        "data" => file.resources.push(resource::read_data(block, reading, None)),
        "ephemeral" => file.resources.push(resource::read_ephemeral(block, reading)),
        "moved" => file.moved.extend(refactor::read_moved(block, reading)),
        "removed" => file.removed.extend(refactor::read_removed(block, reading)),
        "import" => file.imports.extend(refactor::read_import(block, reading)),
        "check" => file.checks.push(check::read_check(block, reading)),
        _ => {}
    }
}

fn read_terraform(block: &Block, file: &mut File, reading: &mut Reading) {
    let content = reading.content(&block.body, &TERRAFORM);
    for inner in &content.blocks {
        match &*inner.kind {
            "backend" => file.backends.push(backend::read_backend(inner)),
            "cloud" => file.clouds.push(backend::read_cloud(inner)),
            "required_providers" => file.requirements.extend(provider::read_requirements(inner, reading)),
            "provider_meta" => file.provider_metas.extend(provider::read_provider_meta(inner, reading)),
            _ => {}
        }
    }
}

/// Versions are read even where the rest of the block makes no sense to us: it may be from a later Terraform.
fn read_required_version(block: &Block, file: &mut File, reading: &mut Reading) {
    const SHAPE: Shape = Shape { required: &[], optional: &["required_version"], blocks: &[] };
    let (content, _) = reading.partial_content(&block.body, &SHAPE);
    if let Some(attribute) = content.attribute("required_version") {
        file.required_versions.extend(provider::read_version(attribute, reading));
    }
}

fn check_editions(block: &Block, reading: &mut Reading) {
    const SHAPE: Shape = Shape { required: &[], optional: &["experiments", "language"], blocks: &[] };
    let version = super::version::TERRAFORM_VERSION;
    let (content, _) = reading.partial_content(&block.body, &SHAPE);
    if let Some(attribute) = content.attribute("language") {
        let span = attribute.expression.span;
        match reading.keyword(&attribute.expression).as_deref() {
            Some("TF2021") => {}
            None => reading.error(
                "Invalid language edition",
                format!(
                    "The language argument expects a bare language edition keyword. Terraform {version} supports only language edition TF2021, which is the default."
                ),
                span,
            ),
            Some(edition) => {
                let relation = if edition > "TF2021" { "newer" } else { "different" };
                reading.error(
                    "Unsupported language edition",
                    format!(
                        "Terraform v{version} only supports language edition TF2021. This module requires a {relation} version of Terraform CLI."
                    ),
                    span,
                );
            }
        }
    }
    if let Some(attribute) = content.attribute("experiments") {
        reading.error(
            "Module uses experimental features",
            "Experimental features are intended only for gathering early feedback on new language designs, and so are available only in alpha releases of Terraform.",
            attribute.name_span,
        );
    }
}

/// What a `*.terrace.hcl` or `*.terrace.json` file may hold. What is inside is read by those who know rollouts.
pub(super) fn check_terrace_file(body: &Body, reading: &mut Reading) {
    const SHAPE: Shape = Shape { required: &[], optional: &[], blocks: &[("rollout", &["name"]), ("servers", &[])] };
    reading.content(body, &SHAPE);
}

/// Whether an expression is a quoted template of the native syntax.
pub(super) fn is_quoted(kind: &ExpressionKind) -> bool {
    matches!(kind, ExpressionKind::Template(_))
}
