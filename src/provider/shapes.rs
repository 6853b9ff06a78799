//! Schemas by name, each made when somebody first asks for it: of many types a configuration uses a few.

use crate::schema::Schema;
use crate::value::Text;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

type Make = Box<dyn FnOnce() -> Schema + Send>;

#[derive(Default)]
pub struct Shapes(BTreeMap<Text, LazyLock<Schema, Make>>);

impl Shapes {
    pub fn insert(&mut self, name: Text, make: impl FnOnce() -> Schema + Send + 'static) {
        self.0.insert(name, LazyLock::new(Box::new(make)));
    }

    pub fn get(&self, name: &str) -> Option<&Schema> {
        self.0.get(name).map(|schema| &**schema)
    }

    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn names(&self) -> impl Iterator<Item = &Text> {
        self.0.keys()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Text, &Schema)> {
        self.0.iter().map(|(name, schema)| (name, &**schema))
    }
}

impl FromIterator<(Text, Schema)> for Shapes {
    fn from_iter<I: IntoIterator<Item = (Text, Schema)>>(schemas: I) -> Self {
        let mut shapes = Self::default();
        schemas.into_iter().for_each(|(name, schema)| shapes.insert(name, || schema));
        shapes
    }
}

impl fmt::Debug for Shapes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
