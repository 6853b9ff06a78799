//! Output values as text.

use super::value::render_value;
use crate::diag::Diagnostic;
use crate::state::OutputValue;
use crate::value::{Text, Type, Value, convert};
use std::collections::BTreeMap;

/// All outputs, one after the other, sensitive ones hidden.
pub fn render_outputs(outputs: &BTreeMap<Text, OutputValue>) -> String {
    let line = |(name, output): (&Text, &OutputValue)| {
        let shown = if output.is_sensitive { "<sensitive>".to_owned() } else { render_value(&output.value, 0) };
        format!("{name} = {shown}\n")
    };
    let text: String = outputs.iter().map(line).collect();
    format!("{}\n", text.trim())
}

/// All outputs as indented JSON.
pub fn outputs_json(outputs: &BTreeMap<Text, OutputValue>) -> String {
    let json: serde_json::Map<String, serde_json::Value> = outputs
        .iter()
        .map(|(name, output)| {
            let json = serde_json::json!({
                "sensitive": output.is_sensitive,
                "type": output.value.type_of().to_json(),
                "value": super::json::known_json(&output.value),
            });
            (name.to_string(), json)
        })
        .collect();
    format!("{:#}\n", serde_json::Value::Object(json))
}

/// One value without quotes, for scripts.
pub fn raw_output(name: &str, value: &Value) -> Result<String, Diagnostic> {
    let unsupported = |detail| Diagnostic::error("Unsupported value for raw output", detail);
    let Ok(text) = convert(value, &Type::String) else {
        return Err(unsupported(format!(
            "The -raw option only supports strings, numbers, and boolean values, but output value \"{name}\" is {}.\n\nUse the -json \
             option for machine-readable representations of output values that have complex types.",
            value.type_of().friendly_name()
        )));
    };
    match text.as_str() {
        Some(text) => Ok(text.to_string()),
        None => {
            Err(unsupported(format!("The value for output value \"{name}\" is null, so -raw mode cannot print it.")))
        }
    }
}

pub fn no_outputs() -> Diagnostic {
    Diagnostic::warning(
        "No outputs found",
        "The state file either has no outputs defined, or all the defined outputs are empty. Please define an output in your \
         configuration with the `output` keyword and run `terraform refresh` for it to become available. If you are using \
         interpolation, please verify the interpolated value is not empty. You can use the `terraform console` command to assist.",
    )
}

pub fn missing_output(name: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Output \"{name}\" not found"),
        "The output variable requested could not be found in the state file. If you recently added this to your configuration, be sure \
         to run `terraform apply`, since the state won't be updated with new output variables until that command is run.",
    )
}
