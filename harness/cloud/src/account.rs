//! Accounts: all that one AWS account holds, but for its buckets.

use std::collections::{BTreeMap, BTreeSet};

use linchpin_gateway::{KeyStatus, OwnedDocument};
use linchpin_policy::Principal;
use secrecy::SecretString;
use time::{Duration, OffsetDateTime};

use crate::{
    iam::{Entities, Provider},
    ids,
    kms::Vault,
    redshift::Cluster,
};

/// How many keys more there are when those of ended sessions are looked for again.
const LOOKED_THROUGH: usize = 1024;

/// One account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) partition: String,
    /// How far the account's clock is ahead of the machine's.
    pub(crate) clock: Duration,
    pub(crate) keys: BTreeMap<String, Key>,
    pub(crate) entities: Entities,
    pub(crate) clusters: BTreeMap<ClusterKey, Cluster>,
    pub(crate) vault: Vault,
    /// OpenID Connect providers by their issuers, which are named without `https://`.
    pub(crate) providers: BTreeMap<String, Provider>,
}

/// A cluster's identifier is unique in its region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClusterKey {
    pub(crate) region: String,
    pub(crate) identifier: String,
}

/// An access key.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) secret: SecretString,
    pub(crate) status: KeyStatus,
    pub(crate) created: OffsetDateTime,
    pub(crate) bearer: Bearer,
}

/// Who signs with a key.
#[derive(Clone, Debug)]
pub(crate) enum Bearer {
    Root,
    /// The user of this name.
    User(String),
    Session(Box<TemporarySession>),
    /// The cluster itself, calling as Amazon Redshift.
    Cluster(ClusterKey),
}

/// What a session carries: of a role, or the one that `GetSessionToken` makes for a user.
#[derive(Clone, Debug)]
pub(crate) struct TemporarySession {
    pub(crate) principal: Principal,
    pub(crate) token: SecretString,
    pub(crate) expires: OffsetDateTime,
    pub(crate) policies: Option<Vec<OwnedDocument>>,
    /// Session tags.
    pub(crate) tags: BTreeMap<String, String>,
    /// The keys of those that stay with the sessions that it begins.
    pub(crate) transitive: BTreeSet<String>,
    pub(crate) source_identity: Option<String>,
    /// Whose policies apply, where they are another principal's.
    pub(crate) behind: Option<Principal>,
    /// The unique id of the user or role that it is of; a root has none.
    pub(crate) of: Option<String>,
}

impl TemporarySession {
    /// A session of a user, role or root of an account, with nothing but who it is and how long.
    pub(crate) fn plain(
        account: &Account,
        principal: Principal,
        token: SecretString,
        expires: OffsetDateTime,
    ) -> Self {
        Self {
            of: account.entities.unique_id(&principal).map(str::to_owned),
            principal,
            token,
            expires,
            policies: None,
            tags: BTreeMap::new(),
            transitive: BTreeSet::new(),
            source_identity: None,
            behind: None,
        }
    }
}

impl Account {
    pub(crate) fn new(id: String, partition: &str) -> Self {
        Self {
            id,
            partition: partition.to_owned(),
            clock: Duration::ZERO,
            keys: BTreeMap::new(),
            entities: Entities::of_partition(partition),
            clusters: BTreeMap::new(),
            vault: Vault::default(),
            providers: BTreeMap::new(),
        }
    }

    /// What the account's clock shows.
    pub(crate) fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + self.clock
    }

    /// An ARN of IAM in this account.
    pub(crate) fn iam_arn(&self, kind: &str, path: &str, name: &str) -> String {
        format!("arn:{}:iam::{}:{kind}{path}{name}", self.partition, self.id)
    }

    /// An ARN of an entity of this account, in its partition.
    pub(crate) fn localized(&self, arn: &str) -> String {
        match arn.splitn(3, ':').nth(2) {
            Some(rest) => format!("arn:{}:{rest}", self.partition),
            None => arn.to_owned(),
        }
    }

    /// A copy to try a call of IAM on: without clusters and KMS keys, which IAM does not touch.
    pub(crate) fn for_rehearsal(&self) -> Self {
        Self {
            clock: self.clock,
            keys: self.keys.clone(),
            entities: self.entities.clone(),
            ..Self::new(self.id.clone(), &self.partition)
        }
    }

    /// Makes a key of a kind (`AKIA`, `ASIA`) and returns its id.
    pub(crate) fn issue_key(&mut self, prefix: &str, bearer: Bearer) -> String {
        self.forget_ended_sessions();
        let key =
            Key { secret: ids::secret_access_key(), status: KeyStatus::Active, created: self.now(), bearer };
        let mut id = ids::access_key(prefix, &self.id);
        while self.keys.contains_key(&id) {
            id = ids::access_key(prefix, &self.id);
        }
        self.keys.insert(id.clone(), key);
        id
    }

    /// Inferred: a key whose session ended a day ago is one that nobody has. Looking through all is done now and then.
    fn forget_ended_sessions(&mut self) {
        if self.keys.len() % LOOKED_THROUGH != LOOKED_THROUGH - 1 {
            return;
        }
        let yesterday = self.now() - Duration::DAY;
        self.keys.retain(|_, key| match &key.bearer {
            Bearer::Session(session) => session.expires > yesterday,
            Bearer::Root | Bearer::User(_) | Bearer::Cluster(_) => true,
        });
    }

    /// The keys of a user stay with it under its new name.
    pub(crate) fn rename_bearer(&mut self, old: &str, new: &str) {
        for key in self.keys.values_mut() {
            match &mut key.bearer {
                Bearer::User(name) if name == old => new.clone_into(name),
                _ => {}
            }
        }
    }

    /// The keys of a user, with their ids, oldest first.
    pub(crate) fn keys_of_user(&self, user: &str) -> Vec<(&String, &Key)> {
        let mut keys: Vec<_> = self
            .keys
            .iter()
            .filter(|(_, key)| matches!(&key.bearer, Bearer::User(name) if name == user))
            .collect();
        keys.sort_by_key(|(_, key)| key.created);
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_that_ended_long_ago_are_forgotten() {
        let mut account = Account::new("111122223333".to_owned(), "aws");
        let session = |account: &Account, ended: Duration| {
            let root =
                Principal::AccountRoot { partition: "aws".to_owned(), account: "111122223333".to_owned() };
            let expires = OffsetDateTime::now_utc() - ended;
            Bearer::Session(Box::new(TemporarySession::plain(
                account,
                root,
                SecretString::default(),
                expires,
            )))
        };
        account.issue_key("AKIA", Bearer::Root);
        let bearer = session(&account, Duration::HOUR);
        let fresh = account.issue_key("ASIA", bearer);
        while account.keys.len() < LOOKED_THROUGH - 1 {
            let bearer = session(&account, Duration::DAY * 2);
            account.issue_key("ASIA", bearer);
        }
        let bearer = session(&account, Duration::ZERO);
        account.issue_key("ASIA", bearer);
        assert_eq!(account.keys.len(), 3, "the root's, the one that ended lately, and the new one");
        assert!(account.keys.contains_key(&fresh));
    }
}
