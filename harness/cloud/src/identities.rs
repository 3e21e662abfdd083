//! The gateway's view of the accounts: keys, policies, roles, buckets, clocks.

use std::{collections::BTreeMap, time::SystemTime};

use async_trait::async_trait;
use linchpin_gateway::{
    AccessKey, BucketFacts, EntityFacts, GrantName, Identities, IssuerFacts, KeyFacts, Lookup, ObjectFacts,
    ObjectName, PrincipalPolicies, RoleFacts, Session, UploadFacts,
};
use linchpin_policy::Principal;

use crate::{
    Cloud,
    account::{Account, Bearer, Key},
    cloud::Accounts,
    iam::{is_known, is_service},
    ids,
    kms::{Home, key_of},
    sts::user_id,
};

#[async_trait]
impl Identities for Cloud {
    async fn access_key(&self, id: &str) -> Lookup<Option<AccessKey>> {
        let accounts = self.read();
        Ok(holder(&accounts, id).and_then(|(account, key)| access_key(&accounts, account, key)))
    }

    async fn principal_policies(&self, principal: &Principal) -> Lookup<PrincipalPolicies> {
        let accounts = self.read();
        let found = principal.account().and_then(|id| accounts.get(id));
        Ok(found.and_then(|account| account.entities.policies_of(principal)).unwrap_or_default())
    }

    async fn bucket(&self, partition: &str, name: &str) -> Lookup<Option<BucketFacts>> {
        Ok(self.buckets().bucket(partition, name))
    }

    async fn role(&self, arn: &str) -> Lookup<Option<RoleFacts>> {
        let accounts = self.read();
        let account = arn.split(':').nth(4).and_then(|account| accounts.get(account));
        let found = account.and_then(|account| Some((account, account.entities.role_by_arn(arn)?)));
        Ok(found.map(|(account, role)| RoleFacts { account: account.id.clone(), trust: role.trust.clone() }))
    }

    async fn entity(&self, arn: &str) -> Lookup<Option<EntityFacts>> {
        let accounts = self.read();
        let account = arn.split(':').nth(4).and_then(|account| accounts.get(account));
        let found = account.and_then(|account| account.entities.meant(arn));
        Ok(found.map(|identity| EntityFacts { arn: identity.arn.clone(), tags: identity.tags.clone() }))
    }

    fn is_service(&self, name: &str) -> bool {
        is_service(name)
    }

    async fn is_known(&self, name: &str) -> Lookup<bool> {
        Ok(is_known(&self.read(), name))
    }

    async fn issuer(&self, account: &str, issuer: &str) -> Lookup<Option<IssuerFacts>> {
        let accounts = self.read();
        let provider = accounts.get(account).and_then(|account| account.providers.get(issuer));
        Ok(provider.map(|provider| IssuerFacts {
            provider_arn: provider.arn.clone(),
            client_ids: provider.client_ids.clone(),
            keys: self.keys_of_issuer(issuer),
        }))
    }

    async fn kms_key(&self, region: &str, account: &str, name: &str) -> Lookup<Option<KeyFacts>> {
        let in_arn = name.starts_with("arn:").then(|| name.split(':').nth(4)).flatten();
        let owner = in_arn.unwrap_or(account);
        if name.ends_with("alias/aws/s3")
            && let Some(account) = self.write().get_mut(owner)
        {
            let (partition, id, now) = (account.partition.clone(), account.id.clone(), account.now());
            account.vault.ensure_s3_key(&Home { partition: &partition, account: &id, region, now });
        }
        Ok(self.read().get(owner).and_then(|account| account.vault.facts(region, name)))
    }

    async fn key_of_ciphertext(&self, ciphertext: &[u8]) -> Lookup<Option<String>> {
        Ok(key_of(ciphertext).map(str::to_owned))
    }

    async fn grant_of_token(&self, token: &str) -> Lookup<Option<GrantName>> {
        Ok(self.read().values().find_map(|account| account.vault.grant_of_token(token)))
    }

    async fn object(&self, name: &ObjectName<'_>) -> Lookup<Option<ObjectFacts>> {
        Ok(self.buckets().object(name))
    }

    async fn upload(&self, partition: &str, bucket: &str, upload: &str) -> Lookup<Option<UploadFacts>> {
        Ok(self.buckets().upload(partition, bucket, upload))
    }

    fn now(&self, account: &str) -> SystemTime {
        self.read().get(account).map_or_else(SystemTime::now, |account| account.now().into())
    }
}

/// A key's account and the key: ids made here tell their account, those that were learned do not.
pub(crate) fn holder<'a>(accounts: &'a Accounts, id: &str) -> Option<(&'a Account, &'a Key)> {
    let named = ids::account_of_access_key(id).and_then(|account| accounts.get(&account));
    let found = named.and_then(|account| Some((account, account.keys.get(id)?)));
    found.or_else(|| accounts.values().find_map(|account| Some((account, account.keys.get(id)?))))
}

fn access_key(accounts: &Accounts, account: &Account, key: &Key) -> Option<AccessKey> {
    let (principal, behind) = principals(account, key)?;
    Some(AccessKey {
        user_id: user_id(accounts, &principal),
        tags: principal_tags(accounts, key, behind.as_ref().unwrap_or(&principal)),
        secret: key.secret.clone(),
        status: key.status,
        principal,
        account: account.id.clone(),
        behind,
        session: session(key),
    })
}

/// Who signs with a key, and whose policies apply where they are another's; none once the user or role is gone.
fn principals(account: &Account, key: &Key) -> Option<(Principal, Option<Principal>)> {
    let principal = match &key.bearer {
        Bearer::Root => {
            Principal::AccountRoot { partition: account.partition.clone(), account: account.id.clone() }
        }
        Bearer::User(name) => {
            let user = account.entities.users.get(name)?;
            Principal::User { arn: user.identity.arn.clone(), account: account.id.clone() }
        }
        Bearer::Session(session) => {
            let now = |principal| account.entities.session_principal(principal, session.of.as_deref());
            let behind = match &session.behind {
                Some(behind) => Some(now(behind)?),
                None => None,
            };
            return Some((now(&session.principal)?, behind));
        }
        Bearer::Cluster(_) => Principal::Service { name: "redshift.amazonaws.com".to_owned() },
    };
    Some((principal, None))
}

/// Documented: session tags stand before those of the role or user, whatever the case of their keys.
fn principal_tags(accounts: &Accounts, key: &Key, bearer: &Principal) -> BTreeMap<String, String> {
    let session = match &key.bearer {
        Bearer::Session(session) => session.tags.clone(),
        Bearer::Root | Bearer::User(_) | Bearer::Cluster(_) => BTreeMap::new(),
    };
    let arn = match bearer {
        Principal::User { arn, .. } | Principal::RoleSession { role_arn: arn, .. } => arn,
        _ => return session,
    };
    let account = arn.split(':').nth(4).and_then(|account| accounts.get(account));
    let own = account.and_then(|account| account.entities.meant(arn)).map(|identity| identity.tags.clone());
    let mut tags = own.unwrap_or_default();
    tags.retain(|key, _| !session.keys().any(|other| other.to_lowercase() == key.to_lowercase()));
    tags.extend(session);
    tags
}

fn session(key: &Key) -> Option<Session> {
    let Bearer::Session(session) = &key.bearer else { return None };
    Some(Session {
        token: session.token.clone(),
        issued: key.created.into(),
        expires: session.expires.into(),
        policies: session.policies.clone(),
        tags: session.tags.clone(),
        transitive: session.transitive.clone(),
        source_identity: session.source_identity.clone(),
    })
}
