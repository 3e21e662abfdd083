//! New material for keys: by itself, and on demand (documented: "Rotate AWS KMS keys").

use linchpin_gateway::{AwsError, KeyState};
use serde_json::{Value, json};
use time::Duration;

use super::{
    crypt::find,
    errors,
    input::Input,
    key::{Occasion, Rotated, Rotation, seconds},
    keys::{enabled_key, page},
};
use crate::cloud::Accounts;

/// Documented: the quota of a key.
const MOST_ON_DEMAND: usize = 25;

/// Documented: 90 to 2560 days, 365 by default.
pub(super) fn enable_rotation(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let days = input.number("RotationPeriodInDays", 90, 2560)?.unwrap_or(365);
    let now = accounts.get(&input.call.account).map(crate::account::Account::now);
    let key = enabled_key(accounts, input)?;
    key.rotation = Some(Rotation { days, since: now.unwrap_or(key.created) });
    Ok(json!({}))
}

pub(super) fn disable_rotation(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    enabled_key(accounts, input)?.rotation = None;
    Ok(json!({}))
}

/// Documented: a key that is to be deleted is not rotated.
pub(super) fn rotation_status(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let now = accounts.get(&input.call.account).map(crate::account::Account::now);
    let key = find(accounts, input, input.required("KeyId")?)?;
    let rotation = key.rotation.filter(|_| key.state != KeyState::PendingDeletion);
    let Some(Rotation { days, since }) = rotation else {
        return Ok(json!({ "KeyRotationEnabled": false, "KeyId": key.arn }));
    };
    let period = Duration::days(i64::try_from(days).unwrap_or(365));
    let passed = (now.unwrap_or(since) - since).whole_days() / period.whole_days().max(1);
    let next = since + period * i32::try_from(passed + 1).unwrap_or(1);
    Ok(json!({
        "KeyRotationEnabled": true,
        "KeyId": key.arn,
        "RotationPeriodInDays": days,
        "NextRotationDate": seconds(next),
    }))
}

pub(super) fn on_demand(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let now = accounts.get(&input.call.account).map(crate::account::Account::now);
    let key = enabled_key(accounts, input)?;
    let asked = key.rotated.iter().filter(|rotated| rotated.occasion == Occasion::OnDemand);
    if asked.count() == MOST_ON_DEMAND {
        return Err(errors::too_many_rotations(MOST_ON_DEMAND));
    }
    key.rotated.push(Rotated::new(now.unwrap_or(key.created), Occasion::OnDemand));
    Ok(json!({ "KeyId": key.id() }))
}

pub(super) fn list(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let key = find(accounts, input, input.required("KeyId")?)?;
    let entry = |rotated: &Rotated| {
        let occasion = match rotated.occasion {
            Occasion::Automatic => "AUTOMATIC",
            Occasion::OnDemand => "ON_DEMAND",
        };
        json!({ "KeyId": key.id(), "RotationDate": seconds(rotated.at), "RotationType": occasion })
    };
    page(input, "Rotations", key.rotated.iter().map(entry).collect())
}
