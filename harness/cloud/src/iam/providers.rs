//! OpenID Connect providers.

use linchpin_gateway::AwsError;
use time::OffsetDateTime;

use super::{
    errors,
    operation::{Operation, Request},
};
use crate::{
    account::Account,
    query::{Xml, timestamp, validation},
};

pub(super) const OPERATIONS: [Operation; 4] = [
    Operation::new(
        "CreateOpenIDConnectProvider",
        &["Url", "ClientIDList.member.", "ThumbprintList.member."],
        create,
    ),
    Operation::new("GetOpenIDConnectProvider", &["OpenIDConnectProviderArn"], get),
    Operation::new("ListOpenIDConnectProviders", &[], list),
    Operation::new("DeleteOpenIDConnectProvider", &["OpenIDConnectProviderArn"], delete),
];

/// Documented: the most audiences of a provider, and the most thumbprints.
const MOST_CLIENTS: usize = 100;
const MOST_THUMBPRINTS: usize = 5;

/// One provider.
#[derive(Clone, Debug)]
pub(crate) struct Provider {
    pub(crate) arn: String,
    pub(crate) client_ids: Vec<String>,
    thumbprints: Vec<String>,
    created: OffsetDateTime,
}

fn create(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let issuer = issuer(request.params.required("Url")?)?;
    let texts = |list: &str| request.params.list(list).into_iter().map(str::to_owned).collect::<Vec<_>>();
    let (client_ids, thumbprints) = (texts("ClientIDList.member."), texts("ThumbprintList.member."));
    if client_ids.len() > MOST_CLIENTS {
        return Err(errors::quota("ClientIdsPerOpenIdConnectProvider", 100));
    }
    if thumbprints.len() > MOST_THUMBPRINTS {
        return Err(validation("ThumbprintList", None, "Thumbprint list must contain fewer than 5 entries."));
    }
    if account.providers.contains_key(issuer) {
        return Err(errors::provider_exists(issuer));
    }
    let arn = format!("arn:{}:iam::{}:oidc-provider/{issuer}", account.partition, account.id);
    let provider = Provider { arn: arn.clone(), client_ids, thumbprints, created: account.now() };
    account.providers.insert(issuer.to_owned(), provider);
    Ok(Some(Xml::new().text("OpenIDConnectProviderArn", arn)))
}

/// Documented: the URL begins with `https://` and has no query.
fn issuer(url: &str) -> Result<&str, AwsError> {
    let issuer = url.strip_prefix("https://").map(|issuer| issuer.trim_end_matches('/'));
    let plain = |issuer: &&str| !issuer.is_empty() && !issuer.contains(['?', '#', ' ']) && url.len() <= 255;
    issuer.filter(plain).ok_or_else(errors::invalid_issuer)
}

fn named<'a>(request: &Request<'a>) -> Result<(&'a str, &'a str), AwsError> {
    let arn = request.params.required("OpenIDConnectProviderArn")?;
    let issuer = arn.split_once(":oidc-provider/").map(|(_, issuer)| issuer);
    issuer.map(|issuer| (arn, issuer)).ok_or_else(|| errors::no_such_provider(arn))
}

fn get(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let (arn, issuer) = named(request)?;
    let provider = account.providers.get(issuer).filter(|provider| provider.arn == arn);
    let provider = provider.ok_or_else(|| errors::no_such_provider(arn))?;
    let texts = |texts: &[String]| texts.iter().map(|text| Xml::member(text)).collect::<Vec<_>>();
    let answer = Xml::new()
        .text("Url", issuer)
        .list("ClientIDList", "member", texts(&provider.client_ids))
        .list("ThumbprintList", "member", texts(&provider.thumbprints))
        .text("CreateDate", timestamp(provider.created));
    Ok(Some(answer))
}

fn list(account: &mut Account, _request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let arns = account.providers.values().map(|provider| Xml::new().text("Arn", &provider.arn));
    Ok(Some(Xml::new().list("OpenIDConnectProviderList", "member", arns)))
}

fn delete(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let (arn, issuer) = named(request)?;
    let there = account.providers.get(issuer).is_some_and(|provider| provider.arn == arn);
    if !there {
        return Err(errors::no_such_provider(arn));
    }
    account.providers.remove(issuer);
    Ok(None)
}
