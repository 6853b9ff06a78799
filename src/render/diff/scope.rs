//! Which parts of a value a set of paths speaks of.

use crate::value::{Path, PathStep};

/// Paths, seen from one place inside the value.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    everywhere: bool,
    /// What is left of each path; empty where it ends here.
    rests: Vec<&'a [PathStep]>,
    /// What a path names, it names with all its parts.
    includes_parts: bool,
}

impl<'a> Scope<'a> {
    pub fn everywhere() -> Self {
        Self { everywhere: true, rests: Vec::new(), includes_parts: true }
    }

    pub fn nowhere() -> Self {
        Self { everywhere: false, rests: Vec::new(), includes_parts: false }
    }

    /// Exactly these places.
    pub fn at(paths: &'a [Path]) -> Self {
        Self { everywhere: false, rests: paths.iter().map(|path| path.0.as_slice()).collect(), includes_parts: false }
    }

    /// These places and all inside them.
    pub fn inside(paths: impl IntoIterator<Item = &'a Path>) -> Self {
        let rests = paths.into_iter().map(|path| path.0.as_slice()).collect();
        Self { everywhere: false, rests, includes_parts: true }
    }

    /// A path ends here.
    pub fn is_here(&self) -> bool {
        self.everywhere || self.rests.iter().any(|rest| rest.is_empty())
    }

    /// A path ends here, inside this, or around this.
    pub fn is_inside(&self) -> bool {
        self.everywhere || !self.rests.is_empty()
    }

    pub fn key(&self, key: &str) -> Self {
        self.narrow(|step| matches!(step, PathStep::Attribute(name) | PathStep::Key(name) if &**name == key))
    }

    pub fn index(&self, index: usize) -> Self {
        self.narrow(|step| match step {
            PathStep::Index(position) => *position == index,
            PathStep::Attribute(name) | PathStep::Key(name) => name.parse() == Ok(index),
        })
    }

    fn narrow(&self, fits: impl Fn(&PathStep) -> bool) -> Self {
        let mut rests = Vec::new();
        for rest in &self.rests {
            match rest.split_first() {
                None if self.includes_parts => rests.push(*rest),
                Some((first, others)) if fits(first) => rests.push(others),
                _ => {}
            }
        }
        Self { everywhere: self.everywhere, rests, includes_parts: self.includes_parts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_narrow_from_step_to_step() {
        let paths = [Path::of_attribute("tags").key("a"), Path::of_attribute("id")];
        let exact = Scope::at(&paths);
        assert!(exact.is_inside() && !exact.is_here());
        assert!(exact.key("id").is_here() && !exact.key("id").key("x").is_inside());
        assert!(exact.key("tags").key("a").is_here());
        assert!(!exact.key("name").is_inside());
        assert!(Scope::inside(&paths).key("id").key("x").is_here());
    }
}
