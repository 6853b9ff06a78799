//! Look-ups that many objects of one run need: made once, however many ask.

use super::Failure;
use futures::future::BoxFuture;
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::OnceCell;

type Cell = Arc<OnceCell<Result<Arc<dyn Any + Send + Sync>, Failure>>>;

/// Answers by key. A failed look-up is remembered too: asking again in the same run would fail again.
#[derive(Default)]
pub struct Shared {
    cells: Mutex<BTreeMap<String, Cell>>,
}

impl Shared {
    /// The answer for the key, from the first who asked. One key has one type.
    pub async fn get<T, L>(&self, key: &str, look: L) -> Result<Arc<T>, Failure>
    where
        T: Send + Sync + 'static,
        L: FnOnce() -> BoxFuture<'static, Result<T, Failure>>,
    {
        let cell = {
            let mut cells = self.cells.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            cells.entry(key.to_owned()).or_default().clone()
        };
        let answer = cell
            .get_or_init(|| async { look().await.map(|found| Arc::new(found) as Arc<dyn Any + Send + Sync>) })
            .await;
        let found = answer.clone()?;
        found
            .downcast::<T>()
            .map_err(|_| Failure::new("shared look-up", "", format!("{key} was looked up as something else")))
    }
}
