//! `AssumeRoleWithWebIdentity`. The token was verified on the road, and the role's trust policy asked.

use linchpin_gateway::{AwsError, Call};
use linchpin_policy::Principal;

use super::{assume_role::assumed, errors};
use crate::{
    cloud::Accounts,
    query::{Params, Xml},
};

pub(super) const PARAMETERS: [&str; 6] =
    ["RoleArn", "RoleSessionName", "WebIdentityToken", "DurationSeconds", "Policy", "PolicyArns."];

pub(super) fn run(accounts: &mut Accounts, call: &Call, params: &Params<'_>) -> Result<Xml, AwsError> {
    let Principal::WebIdentity { provider_arn, subject, audience } = &call.principal else {
        return Err(errors::not_a_web_identity());
    };
    let assumed = assumed(accounts, call, params)?;
    let account = assumed.principal.account().and_then(|account| accounts.get_mut(account));
    let account = account.ok_or_else(errors::not_a_web_identity)?;
    Ok(assumed
        .issue(account, params)
        .text("SubjectFromWebIdentityToken", subject)
        .text("Audience", audience)
        .text("Provider", provider_arn))
}
