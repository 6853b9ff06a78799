//! Version constraints: `">= 1.2, < 2.0"`, `"~> 5.0"`.
//!
//! The grammar and the rules of comparison are those of hashicorp/go-version, as `required_version`, providers and modules use them:
//! versions have any number of segments, a missing one is zero, and a prerelease only satisfies a constraint that names a prerelease of
//! the same version.

use std::cmp::Ordering;
use std::fmt;

/// The Terraform version whose language and formats are ours.
pub const TERRAFORM_VERSION: &str = "1.11.4";

/// `1.2.3-beta1+build`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    segments: Vec<u64>,
    /// How many segments were written.
    written: usize,
    prerelease: String,
    text: String,
}

impl Version {
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bare = text.strip_prefix('v').unwrap_or(text);
        let (rest, metadata) = bare.split_once('+').map_or((bare, ""), |(rest, metadata)| (rest, metadata));
        let numbers_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (numbers, prerelease) = rest.split_at(numbers_end);
        let prerelease = prerelease.strip_prefix('-').unwrap_or(prerelease);
        let is_suffix = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-~.".contains(c));
        if !is_suffix(prerelease) || !is_suffix(metadata) || prerelease.is_empty() && numbers_end != rest.len() {
            return None;
        }
        let mut segments = numbers.split('.').map(|n| n.parse().ok()).collect::<Option<Vec<u64>>>()?;
        let written = segments.len();
        segments.resize(written.max(3), 0);
        Some(Self { segments, written, prerelease: prerelease.to_owned(), text: text.to_owned() })
    }

    /// `1.0.0-beta1`
    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }

    fn segment(&self, index: usize) -> u64 {
        self.segments.get(index).copied().unwrap_or(0)
    }

    fn has_same_numbers(&self, other: &Self) -> bool {
        (0..self.segments.len().max(other.segments.len())).all(|index| self.segment(index) == other.segment(index))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        (0..self.segments.len().max(other.segments.len()))
            .map(|index| self.segment(index).cmp(&other.segment(index)))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| compare_prereleases(&self.prerelease, &other.prerelease))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A release is later than all its prereleases; their parts compare as numbers where both are.
fn compare_prereleases(a: &str, b: &str) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// One condition on a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    operator: Operator,
    version: Version,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    /// `~> 1.2`: at least that, and only the last written segment may grow.
    Pessimistic,
}

impl Constraint {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let operators = [
            (">=", Operator::GreaterOrEqual),
            ("<=", Operator::LessOrEqual),
            ("!=", Operator::NotEqual),
            ("~>", Operator::Pessimistic),
            ("=", Operator::Equal),
            (">", Operator::Greater),
            ("<", Operator::Less),
        ];
        let (operator, rest) = operators
            .into_iter()
            .find_map(|(sign, operator)| Some((operator, text.strip_prefix(sign)?)))
            .unwrap_or((Operator::Equal, text));
        let version = Version::parse(rest)?;
        Some(Self { operator, version, text: text.to_owned() })
    }

    /// Whether it names a prerelease.
    pub fn is_prerelease(&self) -> bool {
        !self.version.prerelease.is_empty()
    }

    pub fn accepts(&self, version: &Version) -> bool {
        let order = version.cmp(&self.version);
        match self.operator {
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => order.is_ne(),
            _ if !self.prerelease_fits(version) => false,
            Operator::Greater => order.is_gt(),
            Operator::GreaterOrEqual => order.is_ge(),
            Operator::Less => order.is_lt(),
            Operator::LessOrEqual => order.is_le(),
            Operator::Pessimistic => {
                let fixed = self.version.written.max(2) - 1;
                order.is_ge() && (0..fixed).all(|index| version.segment(index) == self.version.segment(index))
            }
        }
    }

    fn prerelease_fits(&self, version: &Version) -> bool {
        match (version.prerelease.is_empty(), self.version.prerelease.is_empty()) {
            (true, true) => true,
            (false, true) => false,
            (true, false) => self.operator != Operator::Pessimistic,
            (false, false) => version.has_same_numbers(&self.version),
        }
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Conditions that must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Constraints(pub Vec<Constraint>);

impl Constraints {
    pub fn parse(text: &str) -> Option<Self> {
        text.split(',').map(Constraint::parse).collect::<Option<Vec<_>>>().map(Self)
    }

    pub fn accept(&self, version: &Version) -> bool {
        self.0.iter().all(|constraint| constraint.accepts(version))
    }
}

impl fmt::Display for Constraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&texts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(constraints: &str, version: &str) -> bool {
        Constraints::parse(constraints).unwrap().accept(&Version::parse(version).unwrap())
    }

    #[test]
    fn constraints_accept_as_documented() {
        assert!(accepts(">= 1.2, < 2.0.0", "1.11.4"));
        assert!(!accepts(">= 1.12", "1.11.4"));
        assert!(accepts("~> 1.5", "1.11.4"));
        assert!(!accepts("~> 1.5.0", "1.11.4"));
        assert!(accepts("~> 1", "1.11.4"));
        assert!(accepts("1.11.4", "1.11.4"));
        assert!(accepts("!= 1.11.3", "1.11.4"));
        assert!(!accepts("> 1.0.0", "1.1.0-beta1"));
    }

    #[test]
    fn nonsense_is_no_constraint() {
        for text in ["", "abc", ">= 1.x", "1.0,", "=> 1.0", "1..2"] {
            assert_eq!(Constraints::parse(text), None, "{text}");
        }
    }
}
