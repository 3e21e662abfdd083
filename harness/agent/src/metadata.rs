//! The instance's metadata service, version 2: a token, the role's name, its keys (documented).

use crate::error::{Cause, with_sources};
use aws_credential_types::Credentials;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use std::time::Duration;

const TOKEN: &str = "/latest/api/token";
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";
const TOKEN_HEADER: &str = "x-aws-ec2-metadata-token";
/// A service that does not answer would hold a task up for ever; SDKs wait as long.
const LIMIT: Duration = Duration::from_secs(5);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Keys {
    access_key_id: String,
    secret_access_key: String,
    token: String,
}

/// The keys of the instance's role.
pub(crate) async fn credentials(endpoint: &str) -> Result<Credentials, Cause> {
    let asked = tokio::time::timeout(LIMIT, ask(endpoint)).await;
    asked.unwrap_or_else(|_| {
        Err(Cause::Metadata { message: format!("no answer within {} s", LIMIT.as_secs()) })
    })
}

async fn ask(endpoint: &str) -> Result<Credentials, Cause> {
    let token = call(endpoint, Method::PUT, TOKEN, ("x-aws-ec2-metadata-token-ttl-seconds", "300")).await?;
    let role = call(endpoint, Method::GET, ROLES, (TOKEN_HEADER, &token)).await?;
    let role = role.lines().next().unwrap_or_default();
    let keys = call(endpoint, Method::GET, &format!("{ROLES}{role}"), (TOKEN_HEADER, &token)).await?;
    let keys: Keys = serde_json::from_str(&keys).map_err(|error| unreachable(&error))?;
    Ok(Credentials::new(keys.access_key_id, keys.secret_access_key, Some(keys.token), None, "instance"))
}

async fn call(endpoint: &str, method: Method, path: &str, header: (&str, &str)) -> Result<String, Cause> {
    let request =
        Request::builder().method(method).uri(format!("{endpoint}{path}")).header(header.0, header.1);
    let request = request.body(Empty::<Bytes>::new()).map_err(|error| unreachable(&error))?;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request).await.map_err(|error| unreachable(&error))?;
    let status = answer.status();
    let body = answer.into_body().collect().await.map_err(|error| unreachable(&error))?.to_bytes();
    if status.is_success() {
        Ok(String::from_utf8_lossy(&body).into_owned())
    } else {
        Err(Cause::Metadata { message: format!("`{path}` answered {status}") })
    }
}

fn unreachable(error: &(dyn std::error::Error + 'static)) -> Cause {
    Cause::Metadata { message: with_sources(error) }
}
