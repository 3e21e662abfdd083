//! The seam to whoever makes servers: processes of this machine here, containers in `linchpin-containers`.

use crate::address::Address;
use crate::server::StartError;
use crate::template::TemplateError;
use async_trait::async_trait;
use std::fmt::Debug;

/// Makes servers.
#[async_trait]
pub trait Maker: Send + Sync + 'static {
    /// Makes ready what every server is made from.
    ///
    /// # Errors
    /// [`TemplateError`].
    async fn prepare(&self) -> Result<(), TemplateError>;

    /// A server that nobody has used, whose databases are like the template; `number` is its own in this run.
    ///
    /// # Errors
    /// [`StartError`].
    async fn make(&self, number: usize) -> Result<Box<dyn Running>, StartError>;
}

/// A server that accepts connections. Dropping it tells it to end.
#[async_trait]
pub trait Running: Debug + Send + Sync + 'static {
    /// Where.
    fn address(&self) -> &Address;

    /// Ends it, waits for that, and removes what it wrote.
    async fn discard(self: Box<Self>);
}
