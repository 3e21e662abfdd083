//! The cloud: every account, and what the harness does from outside of AWS's interfaces.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use secrecy::SecretString;
use thiserror::Error;
use time::Duration;

use crate::{
    BucketLookup,
    account::{Account, Bearer, ClusterKey},
    ids,
    redshift::Endpoint,
};

/// The accounts of a stack and whatever they hold.
pub struct Cloud {
    accounts: RwLock<Accounts>,
    /// The key sets of OpenID Connect issuers, which are named without `https://`.
    issuers: RwLock<BTreeMap<String, serde_json::Value>>,
    buckets: Arc<dyn BucketLookup>,
}

/// Accounts by their twelve digits.
pub(crate) type Accounts = BTreeMap<String, Account>;

/// A new account and its root's access key.
#[derive(Clone, Debug)]
pub struct AccountCredential {
    /// Twelve digits.
    pub account: String,
    /// The root's access key id.
    pub access_key_id: String,
    /// The root's secret.
    pub secret_access_key: SecretString,
}

/// The access key that a cluster makes its own calls with, as Amazon Redshift.
#[derive(Clone, Debug)]
pub struct ClusterCredential {
    /// The access key id.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: SecretString,
}

/// What the harness asked of the cloud and the cloud does not have.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CloudError {
    /// No account of this number.
    #[error("the cloud has no account `{0}`; make it with `create_account`")]
    UnknownAccount(String),
    /// No cluster of this identifier in the account and region.
    #[error("account `{account}` has no cluster `{cluster}` in `{region}`; make it with `CreateCluster`")]
    UnknownCluster {
        /// Where it was looked for.
        account: String,
        /// Where it was looked for.
        region: String,
        /// Its identifier.
        cluster: String,
    },
}

impl Cloud {
    /// An empty cloud; buckets are looked up where the objects are kept.
    pub fn new(buckets: Arc<dyn BucketLookup>) -> Arc<Self> {
        Arc::new(Self { accounts: RwLock::default(), issuers: RwLock::default(), buckets })
    }

    /// Opens an account in a partition (`aws`, `aws-us-gov`, `aws-cn`) and hands out its root's key.
    pub fn create_account(&self, partition: &str) -> AccountCredential {
        let mut accounts = self.write();
        let mut id = ids::account();
        while accounts.contains_key(&id) {
            id = ids::account();
        }
        let mut account = Account::new(id.clone(), partition);
        let (access_key_id, secret_access_key) = credential(&mut account, Bearer::Root);
        accounts.insert(id.clone(), account);
        AccountCredential { account: id, access_key_id, secret_access_key }
    }

    /// Sets how far an account's clock is ahead of the machine's; sessions expire by it.
    ///
    /// # Errors
    /// [`CloudError::UnknownAccount`].
    pub fn set_clock(&self, account: &str, offset: Duration) -> Result<(), CloudError> {
        let mut accounts = self.write();
        find(&mut accounts, account)?.clock = offset;
        Ok(())
    }

    /// A key whose principal is `redshift.amazonaws.com`, acting for one cluster. It ends with the cluster.
    ///
    /// # Errors
    /// [`CloudError`] where the account or the cluster does not exist.
    pub fn cluster_credential(
        &self,
        account: &str,
        region: &str,
        cluster: &str,
    ) -> Result<ClusterCredential, CloudError> {
        let mut accounts = self.write();
        let account = find(&mut accounts, account)?;
        let key = existing_cluster(account, region, cluster)?;
        let (access_key_id, secret_access_key) = credential(account, Bearer::Cluster(key));
        Ok(ClusterCredential { access_key_id, secret_access_key })
    }

    /// Tells the control plane where a cluster listens: `DescribeClusters` shows it from then on.
    ///
    /// # Errors
    /// [`CloudError`] where the account or the cluster does not exist.
    pub fn register_endpoint(
        &self,
        account: &str,
        region: &str,
        cluster: &str,
        host: &str,
        port: u16,
    ) -> Result<(), CloudError> {
        let mut accounts = self.write();
        let account = find(&mut accounts, account)?;
        let key = existing_cluster(account, region, cluster)?;
        if let Some(cluster) = account.clusters.get_mut(&key) {
            cluster.endpoint = Some(Endpoint { host: host.to_owned(), port });
        }
        Ok(())
    }

    /// Tells the cloud an OpenID Connect issuer's JSON Web Key Set (RFC 7517), which AWS fetches from the issuer.
    pub fn publish_issuer(&self, url: &str, keys: serde_json::Value) {
        let issuer = url.strip_prefix("https://").unwrap_or(url).trim_end_matches('/').to_owned();
        self.issuers.write().unwrap_or_else(PoisonError::into_inner).insert(issuer, keys);
    }

    pub(crate) fn keys_of_issuer(&self, issuer: &str) -> Option<serde_json::Value> {
        self.issuers.read().unwrap_or_else(PoisonError::into_inner).get(issuer).cloned()
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Accounts> {
        self.accounts.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Accounts> {
        self.accounts.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn buckets(&self) -> &dyn BucketLookup {
        &*self.buckets
    }
}

fn find<'a>(accounts: &'a mut Accounts, id: &str) -> Result<&'a mut Account, CloudError> {
    accounts.get_mut(id).ok_or_else(|| CloudError::UnknownAccount(id.to_owned()))
}

fn existing_cluster(account: &Account, region: &str, cluster: &str) -> Result<ClusterKey, CloudError> {
    let key = ClusterKey { region: region.to_owned(), identifier: cluster.to_owned() };
    if account.clusters.contains_key(&key) {
        return Ok(key);
    }
    Err(CloudError::UnknownCluster {
        account: account.id.clone(),
        region: key.region,
        cluster: key.identifier,
    })
}

fn credential(account: &mut Account, bearer: Bearer) -> (String, SecretString) {
    let id = account.issue_key("AKIA", bearer);
    let secret = account.keys.get(&id).map(|key| key.secret.clone()).unwrap_or_default();
    (id, secret)
}
