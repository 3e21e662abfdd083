//! The keys of one account.

use std::{collections::BTreeMap, sync::Arc};

use linchpin_gateway::{GrantName, KeyFacts, KeyState};
use linchpin_policy::{Document, DocumentKind, MalformedPolicy};
use time::OffsetDateTime;

use super::key::{Key, KeyPlace, Manager, new_material};

/// Keys and the aliases that point at them.
#[derive(Debug, Default)]
pub(crate) struct Vault {
    pub(super) keys: BTreeMap<KeyPlace, Key>,
    /// The id behind each alias.
    pub(super) aliases: BTreeMap<Alias, String>,
}

/// `alias/NAME` in a region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Alias {
    pub(super) region: String,
    pub(super) name: String,
}

/// Where the account of a vault is.
pub(crate) struct Home<'a> {
    pub(crate) partition: &'a str,
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    pub(crate) now: OffsetDateTime,
}

impl Vault {
    /// The key of a region that a name means: an id, an ARN, an alias or an alias's ARN.
    pub(crate) fn find(&self, region: &str, name: &str) -> Option<&Key> {
        self.keys.get(&self.place(region, name)?)
    }

    pub(super) fn find_mut(&mut self, region: &str, name: &str) -> Option<&mut Key> {
        let place = self.place(region, name)?;
        self.keys.get_mut(&place)
    }

    fn place(&self, region: &str, name: &str) -> Option<KeyPlace> {
        let name = match name.strip_prefix("arn:") {
            Some(arn) if arn.split(':').nth(2) == Some(region) => arn.splitn(5, ':').nth(4)?,
            Some(_) => return None,
            None => name,
        };
        let id = if name.starts_with("alias/") {
            self.aliases.get(&Alias { region: region.to_owned(), name: name.to_owned() })?.clone()
        } else {
            name.strip_prefix("key/").unwrap_or(name).to_owned()
        };
        Some(KeyPlace { region: region.to_owned(), id })
    }

    pub(super) fn aliases_of(&self, region: &str, id: &str) -> Vec<String> {
        let all = self.aliases.iter().filter(|(alias, key)| alias.region == region && *key == id);
        all.map(|(alias, _)| alias.name.clone()).collect()
    }

    /// What the road must know of a key.
    pub(crate) fn facts(&self, region: &str, name: &str) -> Option<KeyFacts> {
        let key = self.find(region, name)?;
        Some(KeyFacts {
            arn: key.arn.clone(),
            account: key.account.clone(),
            policy: Arc::clone(&key.policy),
            grants: key.grants.values().map(|grant| grant.document.clone()).collect(),
            aliases: self.aliases_of(region, key.id()),
            tags: key.tags.clone(),
            state: key.state,
        })
    }

    /// Grant tokens are the ids of their grants here.
    pub(crate) fn grant_of_token(&self, token: &str) -> Option<GrantName> {
        let key = self.keys.values().find(|key| key.grants.contains_key(token))?;
        Some(GrantName { key: key.arn.clone(), id: token.to_owned() })
    }

    /// Makes a key and gives its id.
    pub(super) fn create(
        &mut self,
        home: &Home<'_>,
        description: &str,
        manager: Manager,
        policy: Document,
    ) -> String {
        let random = format!("{:032x}", rand::random::<u128>());
        let groups = [0..8, 8..12, 12..16, 16..20, 20..32].map(|group| random.get(group).unwrap_or_default());
        let id = groups.join("-");
        let Home { partition, account, region, now } = home;
        let key = Key {
            arn: format!("arn:{partition}:kms:{region}:{account}:key/{id}"),
            account: (*account).to_owned(),
            description: description.to_owned(),
            manager,
            created: *now,
            state: KeyState::Enabled,
            deletion: None,
            policy: Arc::new(policy),
            grants: BTreeMap::new(),
            tags: BTreeMap::new(),
            rotation: None,
            first: new_material(),
            rotated: Vec::new(),
        };
        self.keys.insert(KeyPlace { region: (*region).to_owned(), id: id.clone() }, key);
        id
    }

    /// Makes S3's managed key of a region, which AWS does at its first use (documented).
    pub(crate) fn ensure_s3_key(&mut self, home: &Home<'_>) {
        let alias = Alias { region: home.region.to_owned(), name: "alias/aws/s3".to_owned() };
        if self.aliases.contains_key(&alias) {
            return;
        }
        if let Ok(policy) = s3_key_policy(home) {
            let description = "Default key that protects my S3 objects when no other key is defined";
            let id = self.create(home, description, Manager::Aws, policy);
            self.aliases.insert(alias, id);
        }
    }

    /// Writes another name for a principal into every key policy and grant.
    pub(crate) fn rename_principal(&mut self, from: &str, to: &str) {
        for key in self.keys.values_mut() {
            if let Some(policy) = key.policy.with_principal_renamed(from, to) {
                key.policy = Arc::new(policy);
            }
            key.grants.values_mut().for_each(|grant| grant.rename_principal(from, to));
        }
    }

    /// What time brings: keys go when their waiting period is over, and get new material.
    pub(super) fn pass_time(&mut self, now: OffsetDateTime) {
        let Self { keys, aliases } = self;
        keys.retain(|_, key| key.deletion.is_none_or(|deletion| deletion > now));
        keys.values_mut().for_each(|key| key.rotate_until(now));
        aliases.retain(|alias, id| {
            keys.contains_key(&KeyPlace { region: alias.region.clone(), id: id.clone() })
        });
    }
}

/// Known: everybody in the account, through S3.
pub(crate) fn s3_key_policy(home: &Home<'_>) -> Result<Document, MalformedPolicy> {
    let Home { partition, account, region, .. } = home;
    let source = serde_json::json!({
        "Version": "2012-10-17",
        "Id": "auto-s3-2",
        "Statement": [
            {
                "Sid": "Allow access through S3 for all principals in the account that are authorized to use S3",
                "Effect": "Allow",
                "Principal": { "AWS": "*" },
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
                "Resource": "*",
                "Condition": { "StringEquals": {
                    "kms:CallerAccount": account,
                    "kms:ViaService": format!("s3.{region}.amazonaws.com"),
                } },
            },
            {
                "Sid": "Allow direct access to key metadata to the account",
                "Effect": "Allow",
                "Principal": { "AWS": format!("arn:{partition}:iam::{account}:root") },
                "Action": ["kms:Describe*", "kms:Get*", "kms:List*"],
                "Resource": "*",
            },
        ],
    });
    Document::parse(&source.to_string(), DocumentKind::Resource)
}
