//! What is asked for about objects: made, changed, taken away, looked at.
//!
//! An object is recorded before anything is done for it, and marked when it is made; what cannot be made is taken away again.

use super::record::Entry;
use super::{Agent, Failure, Outcome, allocate, databases, short_id, text};
use crate::providers::host::protocol::Attributes;
use crate::providers::host::{image, kinds};
use serde_json::Value as Json;
use std::path::PathBuf;

impl Agent {
    pub async fn create(&self, kind: &str, token: &str, attributes: Attributes) -> Outcome<Attributes> {
        self.clear_remains().await?;
        let made = self.find(token)?;
        let (id, attributes) = match made {
            Some(attributes) => (text(&attributes, "id"), attributes),
            None => self.note(kind, token, attributes).await?,
        };
        self.coming.lock().await.insert(id.clone());
        let brought_up = self.bring_up(kind, &id, &attributes).await;
        if brought_up.is_err() {
            // Nothing half made stays.
            let _ = self.take_away(&id).await;
        }
        self.coming.lock().await.remove(&id);
        brought_up.map(|()| attributes)
    }

    /// Gives the object what it is to be known by, and records it.
    async fn note(&self, kind: &str, token: &str, mut attributes: Attributes) -> Outcome<(String, Attributes)> {
        let _changing = self.changing.lock().await;
        let entries = self.record.all()?;
        let id = match kind {
            "host_image" => text(&attributes, "id"),
            _ => format!("{}-{}", kind.trim_start_matches("host_").replace('_', "-"), short_id()),
        };
        attributes.insert("id".to_owned(), Json::from(id.clone()));
        allocate::complete(kind, &mut attributes, &entries)?;
        if kind == databases::KIND {
            self.prepare_database(&id, &mut attributes).await?;
        }
        if kind == "host_image" {
            self.copy_image(&attributes).await?;
        }
        let before = entries.get(&id).map(|entry| entry.tokens.clone()).unwrap_or_default();
        let tokens = before.into_iter().chain([token.to_owned()]).collect();
        // What is being made is not missing.
        self.coming.lock().await.insert(id.clone());
        let noted = self.record.put(&id, &Entry { kind: kind.to_owned(), tokens, attributes: attributes.clone() });
        if let Err(error) = noted {
            self.coming.lock().await.remove(&id);
            if kind == "host_image" && !entries.contains_key(&id) {
                // Nobody would know of it.
                let _ = std::fs::remove_dir_all(self.data.join("images").join(&id));
            }
            return Err(error.into());
        }
        Ok((id, attributes))
    }

    async fn copy_image(&self, attributes: &Attributes) -> Outcome<()> {
        let (source, planned) = (PathBuf::from(text(attributes, "source")), text(attributes, "sha256"));
        let target = self.data.join("images").join(kinds::image_id(&planned));
        let copied = tokio::task::spawn_blocking(move || {
            if !target.exists() && image::digest(&source)? != planned {
                return Err(std::io::Error::other("its content has changed since the plan was made"));
            }
            image::copy(&source, &target)
        });
        let copied = copied.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        copied.map_err(|error| {
            Failure::new("The image could not be made", format!("{}: {error}.", text(attributes, "source")))
        })
    }

    async fn bring_up(&self, kind: &str, id: &str, attributes: &Attributes) -> Outcome<()> {
        match kind {
            databases::KIND => self.bring_up_database(id, attributes).await?,
            "host_server" => self.bring_up_server(id, attributes).await?,
            "host_target_group_attachment" => self.attach(id, attributes).await?,
            _ => {}
        }
        let problems = self.route().await?;
        match problems.into_iter().find(|problem| problem.listener == id) {
            Some(problem) => Err(Failure::new("The listener could not be opened", format!("{}.", problem.reason))),
            None => Ok(()),
        }
    }

    pub async fn update(&self, id: &str, attributes: Attributes) -> Outcome<Attributes> {
        let before = self.record.all()?.remove(id);
        let before = before.ok_or_else(|| Failure::new("The object is gone", format!("There is no {id}.")))?;
        // What is the agent's own stays.
        let own = before.attributes.iter().filter(|(name, _)| !attributes.contains_key(*name));
        let attributes: Attributes =
            own.chain(&attributes).map(|(name, value)| (name.clone(), value.clone())).collect();
        self.record.put(id, &Entry { attributes: attributes.clone(), ..before.clone() })?;
        let changed = self.take_effect(&before.kind, id, &attributes).await;
        if let Err(failure) = changed {
            self.record.put(id, &before)?;
            self.route().await?;
            return Err(failure);
        }
        Ok(attributes)
    }

    async fn take_effect(&self, kind: &str, id: &str, attributes: &Attributes) -> Outcome<()> {
        if kind == databases::KIND {
            self.change_database(id, attributes).await?;
        }
        let problems = self.route().await?;
        match problems.into_iter().find(|problem| problem.listener == id) {
            Some(problem) => Err(Failure::new("The listener could not be changed", format!("{}.", problem.reason))),
            None => Ok(()),
        }
    }

    /// Destroys an object; says whether anything is left.
    pub async fn delete(&self, id: &str) -> Outcome<bool> {
        let entry = self.record.all()?.remove(id);
        if entry.is_some_and(|entry| entry.attributes.get("deletion_protection") == Some(&Json::Bool(true))) {
            let detail = format!("{id} has deletion_protection. Set it to false and apply that first.");
            return Err(Failure::new("The database is protected", detail));
        }
        self.take_away(id).await?;
        self.clear_remains().await?;
        Ok(self.is_empty())
    }

    pub(super) async fn take_away(&self, id: &str) -> Outcome<()> {
        let Some(entry) = self.record.all()?.remove(id) else { return Ok(()) };
        match entry.kind.as_str() {
            "host_image" if entry.tokens.len() > 1 && entry.is_there_in(&self.data) => {
                let tokens = entry.tokens[1..].to_vec();
                return Ok(self.record.put(id, &Entry { tokens, ..entry })?);
            }
            "host_image" => {
                let _ = std::fs::remove_dir_all(self.data.join("images").join(id));
            }
            "host_target_group_attachment" => self.detach(&entry.attributes).await?,
            "host_server" => self.remove_server(id).await,
            databases::KIND => self.remove_database(id, &entry.attributes).await?,
            _ => {}
        }
        self.record.remove(id)?;
        self.forget_members(id, &entry.attributes).await?;
        self.route().await.map(drop)
    }

    pub fn find(&self, token: &str) -> Outcome<Option<Attributes>> {
        let entries = self.record.all()?;
        let found = entries.into_values().find(|entry| entry.tokens.iter().any(|known| known == token));
        Ok(found.map(|entry| entry.attributes))
    }
}
