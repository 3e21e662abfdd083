//! The accounts of a trial: the cluster's own, and those that pins name.

use std::collections::BTreeMap;

use linchpin_stack::{Stack, StackAccount};

use crate::model::{Cell, PinKind, Scenario};

/// Who owns which bucket and role.
pub(crate) struct Owners {
    pub(crate) own: StackAccount,
    others: BTreeMap<String, StackAccount>,
    buckets: BTreeMap<String, String>,
    roles: BTreeMap<String, String>,
}

impl Owners {
    /// Opens the cluster's account, and one for each name in an `in:`.
    pub(crate) fn open(stack: &Stack, scenario: &Scenario, cell: &Cell, region: &str) -> Self {
        let own = stack.open_account(region);
        let mut owners =
            Self { own, others: BTreeMap::new(), buckets: BTreeMap::new(), roles: BTreeMap::new() };
        for pin in scenario.pins.iter().filter(|pin| pin.when.covers(cell)) {
            let (what, name, account) = match &pin.kind {
                PinKind::Bucket { bucket, account: Some(account), .. } => {
                    (&mut owners.buckets, bucket, account)
                }
                PinKind::Role { role, account: Some(account) } => (&mut owners.roles, role, account),
                _ => continue,
            };
            what.insert(name.clone(), account.clone());
            owners.others.entry(account.clone()).or_insert_with(|| stack.open_account(region));
        }
        owners
    }

    /// The account that a bucket belongs to.
    pub(crate) fn of_bucket(&self, bucket: &str) -> &StackAccount {
        self.named(self.buckets.get(bucket))
    }

    /// The account that a role belongs to.
    pub(crate) fn of_role(&self, role: &str) -> &StackAccount {
        self.named(self.roles.get(role))
    }

    fn named(&self, name: Option<&String>) -> &StackAccount {
        name.and_then(|name| self.others.get(name)).unwrap_or(&self.own)
    }

    /// The accounts besides the cluster's own, by the scenario's names.
    pub(crate) fn others(&self) -> impl Iterator<Item = (&String, &StackAccount)> {
        self.others.iter()
    }

    /// The number of every account.
    pub(crate) fn numbers(&self) -> Vec<String> {
        let others = self.others.values().map(|account| account.account.clone());
        std::iter::once(self.own.account.clone()).chain(others).collect()
    }
}
