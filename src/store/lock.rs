//! Lock information in Terraform's form, readable by both tools.

use crate::system;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who holds a lock, since when and for what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockInfo {
    #[serde(rename = "ID", default)]
    pub id: String,
    #[serde(rename = "Operation", default)]
    pub operation: String,
    #[serde(rename = "Info", default)]
    pub info: String,
    #[serde(rename = "Who", default)]
    pub who: String,
    #[serde(rename = "Version", default)]
    pub version: String,
    #[serde(rename = "Created", default)]
    pub created: String,
    #[serde(rename = "Path", default)]
    pub path: String,
}

impl LockInfo {
    pub fn new(operation: &str, version: &str) -> Self {
        Self {
            id: system::unique_id(),
            operation: operation.into(),
            info: String::new(),
            who: system::who(),
            version: version.into(),
            created: system::timestamp(),
            path: String::new(),
        }
    }
}

impl fmt::Display for LockInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Lock Info:")?;
        writeln!(f, "  ID:        {}", self.id)?;
        writeln!(f, "  Path:      {}", self.path)?;
        writeln!(f, "  Operation: {}", self.operation)?;
        writeln!(f, "  Who:       {}", self.who)?;
        writeln!(f, "  Version:   {}", self.version)?;
        // Go prints times with spaces and the zone twice.
        writeln!(f, "  Created:   {}", self.created.replacen('T', " ", 1).replacen('Z', " +0000 UTC", 1))?;
        writeln!(f, "  Info:      {}", self.info)
    }
}

/// Why there is no lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockError {
    /// Somebody else has it; trying again may help.
    Held { reason: String, holder: Option<LockInfo> },
    /// The file system says no.
    Failed(String),
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held { reason, holder: Some(holder) } => write!(f, "{reason}\n{holder}"),
            Self::Held { reason, holder: None } => f.write_str(reason),
            Self::Failed(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for LockError {}
