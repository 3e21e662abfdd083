//! The gateway's view of the accounts: keys, policies, roles, buckets, clocks.

use std::time::SystemTime;

use async_trait::async_trait;
use linchpin_gateway::{
    AccessKey, BucketFacts, Identities, KeyFacts, ObjectKey, PrincipalPolicies, RoleFacts, Session,
};
use linchpin_policy::Principal;

use crate::{
    Cloud,
    account::{Account, Bearer, Key},
    ids,
    kms::{Home, key_of},
};

#[async_trait]
impl Identities for Cloud {
    async fn access_key(&self, id: &str) -> Option<AccessKey> {
        let accounts = self.read();
        let account = accounts.get(&ids::account_of_access_key(id)?)?;
        let key = account.keys.get(id)?;
        Some(AccessKey {
            secret: key.secret.clone(),
            status: key.status,
            principal: principal(account, key)?,
            account: account.id.clone(),
            session: session(key),
        })
    }

    async fn principal_policies(&self, principal: &Principal) -> PrincipalPolicies {
        let accounts = self.read();
        let found = principal.account().and_then(|id| accounts.get(id));
        found.and_then(|account| account.entities.policies_of(principal)).unwrap_or_default()
    }

    async fn bucket(&self, partition: &str, name: &str) -> Option<BucketFacts> {
        self.buckets().bucket(partition, name)
    }

    async fn role(&self, arn: &str) -> Option<RoleFacts> {
        let accounts = self.read();
        let account = accounts.get(arn.split(':').nth(4)?)?;
        let role = account.entities.role_by_arn(arn)?;
        Some(RoleFacts { account: account.id.clone(), trust: role.trust.clone() })
    }

    async fn kms_key(&self, region: &str, account: &str, name: &str) -> Option<KeyFacts> {
        let in_arn = name.starts_with("arn:").then(|| name.split(':').nth(4)).flatten();
        let owner = in_arn.unwrap_or(account);
        if name.ends_with("alias/aws/s3") {
            let mut accounts = self.write();
            let account = accounts.get_mut(owner)?;
            let (partition, id, now) = (account.partition.clone(), account.id.clone(), account.now());
            account.vault.ensure_s3_key(&Home { partition: &partition, account: &id, region, now });
        }
        self.read().get(owner)?.vault.facts(region, name)
    }

    async fn key_of_ciphertext(&self, ciphertext: &[u8]) -> Option<String> {
        key_of(ciphertext).map(str::to_owned)
    }

    async fn object_key(&self, partition: &str, bucket: &str, key: &str) -> Option<ObjectKey> {
        self.buckets().object_key(partition, bucket, key)
    }

    async fn upload_key(&self, partition: &str, bucket: &str, upload: &str) -> Option<ObjectKey> {
        self.buckets().upload_key(partition, bucket, upload)
    }

    fn now(&self, account: &str) -> SystemTime {
        self.read().get(account).map_or_else(SystemTime::now, |account| account.now().into())
    }
}

/// Who signs with a key; none for the key of a user that is gone.
fn principal(account: &Account, key: &Key) -> Option<Principal> {
    Some(match &key.bearer {
        Bearer::Root => {
            Principal::AccountRoot { partition: account.partition.clone(), account: account.id.clone() }
        }
        Bearer::User(name) => {
            let user = account.entities.users.get(name)?;
            Principal::User { arn: user.identity.arn.clone(), account: account.id.clone() }
        }
        Bearer::Session(session) => session.principal.clone(),
        Bearer::Cluster(_) => Principal::Service { name: "redshift.amazonaws.com".to_owned() },
    })
}

fn session(key: &Key) -> Option<Session> {
    let Bearer::Session(session) = &key.bearer else { return None };
    Some(Session {
        token: session.token.clone(),
        expires: session.expires.into(),
        policies: session.policies.clone(),
        tags: session.tags.clone(),
    })
}
