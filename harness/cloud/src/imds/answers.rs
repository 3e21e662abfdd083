//! What the service answers (documented: "Instance metadata categories").

use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderMap, Method, StatusCode, request::Parts};
use serde_json::json;

use super::{
    credentials::{Issued, unauthorized},
    tokens::Tokens,
};
use crate::{Cloud, Upstream, account::Account, query::timestamp};

const TOKEN: &str = "x-aws-ec2-metadata-token";
const TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";

/// One instance, as its metadata know it.
pub(super) struct Machine {
    pub(super) cloud: Arc<Cloud>,
    pub(super) upstream: Option<Arc<Upstream>>,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) id: String,
    /// The name of its instance profile.
    pub(super) profile: Mutex<Option<String>>,
    pub(super) tokens: Tokens,
    pub(super) issued: Mutex<Option<Issued>>,
}

/// What the folders hold that are always there (documented: a folder is listed, a name a line).
const FOLDERS: [(&str, &str); 5] = [
    ("/", "latest"),
    ("/latest", "dynamic\nmeta-data"),
    ("/latest/dynamic", "instance-identity/"),
    ("/latest/dynamic/instance-identity", "document"),
    ("/latest/meta-data/placement", "availability-zone\nregion"),
];

/// An answer: status and text. Errors have no text that clients read.
pub(super) type Answer = (StatusCode, String);

const CREDENTIALS: &str = "/latest/meta-data/iam/security-credentials/";

impl Machine {
    pub(super) fn answer(&self, parts: &Parts) -> Answer {
        let path = parts.uri.path();
        match (&parts.method, path) {
            (&Method::PUT, "/latest/api/token") => self.token(&parts.headers),
            (&Method::GET, _) if !self.is_let_in(&parts.headers) => refused(StatusCode::UNAUTHORIZED),
            (&Method::GET, _) => self.data(path).map_or_else(|| refused(StatusCode::NOT_FOUND), found),
            _ => refused(StatusCode::METHOD_NOT_ALLOWED),
        }
    }

    /// Documented: no token for a request that came through a proxy.
    /// An emulator that does not answer leaves what was known last.
    pub(super) async fn refresh(&self) {
        if let Some(upstream) = &self.upstream {
            let _ = upstream.refresh_profiles(&self.account).await;
        }
    }

    fn token(&self, headers: &HeaderMap) -> Answer {
        if headers.contains_key("x-forwarded-for") {
            return refused(StatusCode::FORBIDDEN);
        }
        let seconds = headers.get(TTL).and_then(|value| value.to_str().ok());
        self.tokens.issue(seconds).map_or_else(|| refused(StatusCode::BAD_REQUEST), found)
    }

    /// Version 1, without a token, is off.
    fn is_let_in(&self, headers: &HeaderMap) -> bool {
        let token = headers.get(TOKEN).and_then(|value| value.to_str().ok());
        token.is_some_and(|token| self.tokens.holds(token))
    }

    fn data(&self, path: &str) -> Option<String> {
        // Known: a slash behind a name changes nothing; botocore asks for the zone with one.
        let name = if path.starts_with(CREDENTIALS) { path } else { path.trim_end_matches('/') };
        match name {
            "/latest/meta-data/instance-id" => Some(self.id.clone()),
            "/latest/meta-data/placement/region" => Some(self.region.clone()),
            "/latest/meta-data/placement/availability-zone" => Some(format!("{}a", self.region)),
            "/latest/dynamic/instance-identity/document" => Some(self.identity_document()),
            "/latest/meta-data/iam/info" => self.info(),
            _ => match path.strip_prefix(CREDENTIALS.trim_end_matches('/')) {
                Some("" | "/") => self.role(),
                Some(name) => self.credentials(name.strip_prefix('/')?),
                None => self.folder(path),
            },
        }
    }

    /// The names in a folder; what there is of IAM hangs on the profile.
    fn folder(&self, path: &str) -> Option<String> {
        let path = Some(path.trim_end_matches('/')).filter(|path| !path.is_empty()).unwrap_or("/");
        match path {
            "/latest/meta-data" => {
                let iam = if self.profile().is_some() { "iam/\n" } else { "" };
                Some(format!("{iam}instance-id\nplacement/"))
            }
            "/latest/meta-data/iam" => self.profile().map(|_| "info\nsecurity-credentials/".to_owned()),
            _ => FOLDERS.iter().find(|(folder, _)| *folder == path).map(|(_, names)| (*names).to_owned()),
        }
    }

    fn identity_document(&self) -> String {
        let Self { account, region, id, .. } = self;
        json!({ "accountId": account, "instanceId": id, "region": region, "availabilityZone": format!("{region}a") })
            .to_string()
    }

    fn profile(&self) -> Option<String> {
        self.profile.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn in_account<T>(&self, change: impl FnOnce(&mut Account) -> Option<T>) -> Option<T> {
        change(self.cloud.write().get_mut(&self.account)?)
    }

    fn info(&self) -> Option<String> {
        let profile = self.profile()?;
        self.in_account(|account| {
            let now = account.now();
            let identity = &account.entities.profiles.get(&profile)?.identity;
            let (arn, id) = (&identity.arn, &identity.id);
            let info = json!({
                "Code": "Success",
                "LastUpdated": timestamp(now),
                "InstanceProfileArn": arn,
                "InstanceProfileId": id,
            });
            Some(info.to_string())
        })
    }

    /// The role in the profile.
    fn role(&self) -> Option<String> {
        let profile = self.profile()?;
        self.in_account(|account| account.entities.profiles.get(&profile)?.role.clone())
    }

    fn credentials(&self, name: &str) -> Option<String> {
        let role = self.role().filter(|role| role == name)?;
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        self.in_account(|account| {
            if !issued.as_ref().is_some_and(|issued| issued.are_fresh(account, &role)) {
                *issued = Issued::new(account, &role, &self.id, &self.region);
            }
            let told = issued.as_ref().map_or_else(|| unauthorized(&role, account.now()), Issued::to_json);
            Some(told.to_string())
        })
    }
}

fn found(text: String) -> Answer {
    (StatusCode::OK, text)
}

fn refused(status: StatusCode) -> Answer {
    (status, String::new())
}
