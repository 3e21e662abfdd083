//! Whose buckets, objects and uploads are, as answers tell it. Documented: owners by canonical user ids, without names since
//! November 2025; of an account that enforces its ownership, all objects of a bucket are the bucket's owner's.

use md5::{Digest, Md5};
use s3s::dto::{Initiator, Object as ObjectEntry, Owner};

/// The canonical user id of an account: 64 hexadecimal digits, which AWS makes of the account in a way that it does not tell.
fn canonical_id(account: &str) -> String {
    let half = |salt: &str| hex::encode(Md5::digest(format!("{salt} of {account}")));
    half("first half") + &half("second half")
}

pub(super) fn owner(account: &str) -> Owner {
    Owner { id: Some(canonical_id(account)), ..Owner::default() }
}

/// Documented: a user or role is told by its ARN, an account by its canonical id.
pub(super) fn initiator(arn: &str, account: &str) -> Initiator {
    let id = if arn.ends_with(":root") { canonical_id(account) } else { arn.to_owned() };
    Initiator { id: Some(id), ..Initiator::default() }
}

/// Tells the owner with each entry of a list.
pub(super) fn told_with(contents: Option<&mut Vec<ObjectEntry>>, account: &str) {
    let owner = owner(account);
    for entry in contents.into_iter().flatten() {
        entry.owner = Some(owner.clone());
    }
}
