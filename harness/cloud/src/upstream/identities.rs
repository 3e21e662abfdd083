//! The gateway's view of the accounts, read back first.

use std::{sync::Arc, time::SystemTime};

use async_trait::async_trait;
use linchpin_gateway::{
    AccessKey, BucketFacts, EntityFacts, GrantName, Identities, IssuerFacts, KeyFacts, Lookup, LookupError,
    ObjectFacts, ObjectName, PrincipalPolicies, RoleFacts, UploadFacts,
};
use linchpin_policy::Principal;

use super::state::{Upstream, locked};
use crate::{account::Bearer, identities::holder, ids};

pub(super) struct UpstreamIdentities(pub(super) Arc<Upstream>);

/// Who holds a key that is known here.
enum Holder {
    User { account: String, name: String },
    Other,
    Nobody,
}

impl UpstreamIdentities {
    fn holder(&self, id: &str) -> Holder {
        match holder(&self.0.cloud.read(), id) {
            Some((account, key)) => match &key.bearer {
                Bearer::User(name) => Holder::User { account: account.id.clone(), name: name.clone() },
                Bearer::Root | Bearer::Session(_) | Bearer::Cluster(_) => Holder::Other,
            },
            None => Holder::Nobody,
        }
    }

    /// Whether a user of ours has a key of this id that the gateway did not see made.
    async fn is_strange(&self, id: &str) -> Lookup<bool> {
        let Some(account) = account_in_key(id).filter(|account| self.0.cloud.read().contains_key(account))
        else {
            return Ok(false);
        };
        self.0.refresh(&account).await?;
        let users =
            self.0.with(&account, |account| account.entities.users.keys().cloned().collect::<Vec<_>>());
        for user in users.unwrap_or_default() {
            if self.0.refresh_keys(&account, &user).await?.iter().any(|known| known == id) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[async_trait]
impl Identities for UpstreamIdentities {
    async fn access_key(&self, id: &str) -> Lookup<Option<AccessKey>> {
        match self.holder(id) {
            Holder::User { account, name } => {
                self.0.refresh(&account).await?;
                self.0.refresh_keys(&account, &name).await?;
            }
            Holder::Other => {}
            Holder::Nobody if self.is_strange(id).await? => {
                return Err(LookupError::SecretUnknown(id.to_owned()));
            }
            Holder::Nobody => {}
        }
        self.0.cloud.access_key(id).await
    }

    async fn principal_policies(&self, principal: &Principal) -> Lookup<PrincipalPolicies> {
        if let Principal::User { account, .. } | Principal::RoleSession { account, .. } = principal {
            self.0.refresh(account).await?;
        }
        self.0.cloud.principal_policies(principal).await
    }

    async fn bucket(&self, partition: &str, name: &str) -> Lookup<Option<BucketFacts>> {
        self.0.bucket(partition, name).await
    }

    async fn role(&self, arn: &str) -> Lookup<Option<RoleFacts>> {
        if let Some(account) = arn.split(':').nth(4) {
            self.0.refresh(account).await?;
        }
        self.0.cloud.role(arn).await
    }

    async fn entity(&self, arn: &str) -> Lookup<Option<EntityFacts>> {
        if let Some(account) = arn.split(':').nth(4) {
            self.0.refresh(account).await?;
            if arn.contains(":instance-profile/") {
                self.0.refresh_profiles(account).await?;
            }
        }
        self.0.cloud.entity(arn).await
    }

    fn is_service(&self, name: &str) -> bool {
        self.0.cloud.is_service(name)
    }

    async fn is_known(&self, name: &str) -> Lookup<bool> {
        let account = name.split(':').nth(4).unwrap_or(name);
        if self.0.cloud.read().contains_key(account) {
            self.0.refresh(account).await?;
        }
        self.0.cloud.is_known(name).await
    }

    async fn issuer(&self, account: &str, issuer: &str) -> Lookup<Option<IssuerFacts>> {
        self.0.cloud.issuer(account, issuer).await
    }

    async fn kms_key(&self, region: &str, account: &str, name: &str) -> Lookup<Option<KeyFacts>> {
        self.0.kms_key(region, account, name).await
    }

    async fn key_of_ciphertext(&self, ciphertext: &[u8]) -> Lookup<Option<String>> {
        Ok(self.0.key_of_ciphertext(ciphertext))
    }

    async fn grant_of_token(&self, token: &str) -> Lookup<Option<GrantName>> {
        Ok(locked(&self.0.grants).get(token).cloned())
    }

    async fn object(&self, name: &ObjectName<'_>) -> Lookup<Option<ObjectFacts>> {
        self.0.object(name).await
    }

    async fn upload(&self, _partition: &str, _bucket: &str, upload: &str) -> Lookup<Option<UploadFacts>> {
        Ok(locked(&self.0.uploads).get(upload).cloned())
    }

    fn now(&self, account: &str) -> SystemTime {
        self.0.cloud.now(account)
    }
}

/// The account in the id of a key that an emulator made: AWS's own scheme (known), forty bits after the prefix and one
/// more behind them.
fn account_in_key(id: &str) -> Option<String> {
    let number = ids::base32_number(id.get(4..12)?)?;
    let odd = id.get(12..13)? >= "Q";
    let account = 2 * number.checked_sub(1 << 39)? + u64::from(odd);
    Some(format!("{account:012}"))
}

#[cfg(test)]
mod tests {
    use super::account_in_key;

    #[test]
    fn localstacks_keys_name_their_account() {
        // Measured on 4.5: keys of the account 111122223333 and of 777788889999.
        for (id, account) in [
            ("LKIARTX3GSDSTBLQUGXK", "111122223333"),
            ("LSIARTX3GSDSZXN7JZ7W", "111122223333"),
            ("LSIA3KF6UTOHUVVLT2Q7", "777788889999"),
        ] {
            assert_eq!(account_in_key(id).as_deref(), Some(account), "{id}");
        }
        assert_eq!(account_in_key("AKIA"), None);
        assert_eq!(account_in_key("short"), None);
    }
}
