//! Servers that are processes of this machine, on copies of a cached template.

use crate::folder::RunFolder;
use crate::maker::{Maker, Running};
use crate::server::{Machine, Server, StartError};
use crate::template::{Recipe, TemplateError};
use crate::tree;
use async_trait::async_trait;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// What it takes to make one.
pub(crate) struct Local {
    pub(crate) machine: Arc<Machine>,
    pub(crate) recipe: Recipe,
    pub(crate) folder: RunFolder,
    pub(crate) template: OnceCell<PathBuf>,
}

impl Local {
    async fn template(&self) -> Result<&PathBuf, TemplateError> {
        let workshop = self.folder.path().join("template");
        self.template.get_or_try_init(|| self.recipe.template(&self.machine, &workshop)).await
    }
}

#[async_trait]
impl Maker for Local {
    async fn prepare(&self) -> Result<(), TemplateError> {
        self.template().await.map(drop)
    }

    /// A server on a fresh copy of the template.
    async fn make(&self, number: usize) -> Result<Box<dyn Running>, StartError> {
        let template = self.template().await.map_err(|error| StartError::Copy(error.to_string()))?.clone();
        let folder = self.folder.path().join(number.to_string());
        let copied = tokio::task::spawn_blocking({
            let (machine, folder) = (Arc::clone(&self.machine), folder.clone());
            move || {
                machine.prepare(&folder)?;
                Ok(tree::copy(&template, &Server::data_of(&folder), &machine.account)?)
            }
        });
        copied.await.unwrap_or_else(|error| Err(StartError::Copy(error.to_string())))?;
        Ok(Box::new(self.machine.start(folder).await?))
    }
}
