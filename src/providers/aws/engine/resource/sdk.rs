//! Between a type's SDK types and the engine: a create takes values and gives an id, a read takes ids and gives what the API shows of
//! each object, as values.

use super::super::Failure;
use super::super::field::{Fill, Read, values_of};
use super::{Call, Doing, Readiness};
use crate::providers::aws::connection::Aws;
use crate::value::Value;
use futures::{FutureExt, TryFutureExt};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Fills the create request, a value (or nothing) for each field, and sends it; gives the new object's id.
pub type Create = Box<dyn Fn(Call, Vec<Option<Value>>) -> Doing<String> + Send + Sync>;

/// Describes objects by id.
pub type Describe = Box<dyn Fn(Arc<Aws>, Vec<String>) -> Doing<Vec<Shown>> + Send + Sync>;

/// What the API shows of one object.
pub struct Shown {
    pub id: String,
    pub readiness: Readiness,
    pub tags: BTreeMap<String, String>,
    /// A value for each field that has a getter.
    pub values: Vec<Option<Value>>,
    closer: Option<CloserLook>,
}

/// Asks for what costs calls of its own.
type CloserLook = Box<dyn FnOnce(Arc<Aws>) -> Doing<Shown> + Send + Sync>;

impl Shown {
    /// With what costs calls of its own.
    pub async fn closer(self, aws: &Arc<Aws>) -> Result<Shown, Failure> {
        match self.closer {
            Some(look) => look(aws.clone()).await,
            None => Ok(self),
        }
    }
}

/// Describes objects by id, in the SDK's type.
type ReadMany<T> = Box<dyn Fn(Arc<Aws>, Vec<String>) -> Doing<Vec<T>> + Send + Sync>;
/// Completes what is known of one object.
type Complete<T> = Arc<dyn Fn(Arc<Aws>, T) -> Doing<T> + Send + Sync>;

/// How a type makes an object.
pub struct Making<C> {
    pub begin: Box<dyn Fn(&Aws) -> C + Send + Sync>,
    pub submit: Box<dyn Fn(C, Call) -> Doing<String> + Send + Sync>,
}

impl<C: 'static> Making<C> {
    pub fn through(self, sends: Vec<Option<Fill<C>>>) -> Create {
        Box::new(move |call, values| {
            let filled = sends.iter().zip(&values).fold((self.begin)(&call.aws), |filling, step| match step {
                (Some(send), Some(value)) => send(filling, value),
                _ => filling,
            });
            (self.submit)(filled, call)
        })
    }
}

/// How a type sees its objects.
pub struct Sight<T> {
    pub read_many: ReadMany<T>,
    pub id_of: fn(&T) -> String,
    pub readiness: fn(&T) -> Readiness,
    pub tags: fn(&T) -> BTreeMap<String, String>,
    pub closer: Option<Complete<T>>,
}

impl<T: Send + Sync + 'static> Sight<T> {
    pub fn through(self, reads: Vec<Option<Read<T>>>) -> Describe {
        let view = Arc::new(View { sight: self, reads });
        Box::new(move |aws, ids| {
            let view = view.clone();
            let asking = (view.sight.read_many)(aws, ids);
            asking.map_ok(move |found| found.into_iter().map(|object| view.show(object)).collect()).boxed()
        })
    }
}

/// How a type sees its objects, and what it reads of each.
struct View<T> {
    sight: Sight<T>,
    reads: Vec<Option<Read<T>>>,
}

impl<T: Send + Sync + 'static> View<T> {
    fn show(self: &Arc<Self>, object: T) -> Shown {
        Shown {
            id: (self.sight.id_of)(&object),
            readiness: (self.sight.readiness)(&object),
            tags: (self.sight.tags)(&object),
            values: values_of(&self.reads, &object),
            closer: self.sight.closer.clone().map(|closer| -> CloserLook {
                let view = self.clone();
                Box::new(move |aws| closer(aws, object).map_ok(move |object| view.show(object)).boxed())
            }),
        }
    }
}
