//! LocalStack.

use std::sync::Arc;

use secrecy::ExposeSecret;
use testcontainers::{ImageExt, core::WaitFor};
use testcontainers_modules::localstack::LocalStack;

use crate::{
    engine::{Container, Engine},
    error::ContainerError,
    images::Images,
};

/// Documented: the one port of every service.
const PORT: u16 = 4566;

/// `S3_SKIP_KMS_KEY_VALIDATION`: measured: without it, LocalStack takes objects for keys that are disabled or unknown.
/// The others make it start sooner: it loads what is used, and asks nobody for news.
const SETTINGS: [(&str, &str); 6] = [
    ("S3_SKIP_KMS_KEY_VALIDATION", "0"),
    ("SERVICES", "s3,iam,sts,kms"),
    ("EAGER_SERVICE_LOADING", "1"),
    ("DISABLE_EVENTS", "1"),
    ("SKIP_SSL_CERT_DOWNLOAD", "1"),
    ("SKIP_INFRA_DOWNLOADS", "1"),
];

/// Starts LocalStack and waits until it says that it is ready.
///
/// # Errors
/// [`ContainerError`].
pub async fn start_localstack(engine: &Arc<Engine>, images: &Images) -> Result<Container, ContainerError> {
    let image = &images.localstack;
    // The module's own wait has three seconds added.
    let request = LocalStack::default()
        .with_name(&image.name)
        .with_tag(&image.tag)
        .with_ready_conditions(vec![WaitFor::message_on_stdout("Ready.")]);
    let request = SETTINGS.iter().fold(request, |request, (name, value)| request.with_env_var(*name, *value));
    let request = match &images.token {
        Some(token) => request.with_env_var("LOCALSTACK_AUTH_TOKEN", token.expose_secret()),
        None => request,
    };
    engine.start(image, request, PORT).await
}
