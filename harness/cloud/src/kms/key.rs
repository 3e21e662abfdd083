//! A key and what belongs to it.

use std::{collections::BTreeMap, sync::Arc};

use linchpin_gateway::{KeyState, OwnedDocument};
use linchpin_policy::Document;
use secrecy::SecretBox;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

/// Where a key is: ids are unique in a region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyPlace {
    pub(crate) region: String,
    pub(crate) id: String,
}

/// Who looks after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manager {
    Customer,
    /// A service made it for the account.
    Aws,
}

/// One symmetric key.
#[derive(Debug)]
pub(crate) struct Key {
    pub(super) arn: String,
    pub(super) account: String,
    pub(super) description: String,
    pub(super) manager: Manager,
    pub(super) created: OffsetDateTime,
    pub(super) state: KeyState,
    /// When a key that is pending deletion goes.
    pub(super) deletion: Option<OffsetDateTime>,
    pub(super) policy: Arc<Document>,
    pub(super) grants: BTreeMap<String, Grant>,
    pub(super) tags: BTreeMap<String, String>,
    /// None where the key is not rotated.
    pub(super) rotation: Option<Rotation>,
    /// The material that it was made with.
    pub(super) first: Material,
    /// The material that it got since, the newest last: what is sealed anew is sealed with that.
    pub(super) rotated: Vec<Rotated>,
}

pub(super) type Material = SecretBox<[u8; 32]>;

/// What a key has never sealed with before.
pub(super) fn new_material() -> Material {
    SecretBox::new(Box::new(rand::random()))
}

/// New material of a key.
#[derive(Debug)]
pub(super) struct Rotated {
    pub(super) at: OffsetDateTime,
    pub(super) occasion: Occasion,
    material: Material,
}

impl Rotated {
    pub(super) fn new(at: OffsetDateTime, occasion: Occasion) -> Self {
        Self { at, occasion, material: new_material() }
    }
}

/// Why a key got new material.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    Automatic,
    OnDemand,
}

/// How often a key gets new material by itself, and since when. Its old material still opens what it sealed (documented).
#[derive(Clone, Copy, Debug)]
pub(super) struct Rotation {
    pub(super) days: u64,
    pub(super) since: OffsetDateTime,
}

/// A grant: a right that its grantee has beside the key policy.
#[derive(Debug)]
pub(super) struct Grant {
    pub(super) name: Option<String>,
    pub(super) grantee: String,
    pub(super) retiring: Option<String>,
    pub(super) operations: Vec<String>,
    pub(super) constraints: Option<Value>,
    pub(super) created: OffsetDateTime,
    /// The statement that it amounts to.
    pub(super) document: OwnedDocument,
}

impl Grant {
    /// Writes another name for a principal. Documented: a grant keeps the id of whom it is for.
    pub(super) fn rename_principal(&mut self, from: &str, to: &str) {
        let Some(document) = self.document.document.with_principal_renamed(from, to) else { return };
        self.document.document = Arc::new(document);
        for name in [Some(&mut self.grantee), self.retiring.as_mut()].into_iter().flatten() {
            if name == from {
                to.clone_into(name);
            }
        }
    }
}

impl Key {
    pub(super) fn id(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }

    /// Material by its number, which ciphertexts tell.
    pub(super) fn material(&self, number: usize) -> Option<&Material> {
        match number.checked_sub(1) {
            None => Some(&self.first),
            Some(place) => self.rotated.get(place).map(|rotated| &rotated.material),
        }
    }

    /// Gives the key the material that is due. Documented: only what is enabled is rotated.
    pub(super) fn rotate_until(&mut self, now: OffsetDateTime) {
        let Some(Rotation { days, since }) = &mut self.rotation else { return };
        let period = Duration::days(i64::try_from(*days).unwrap_or(365));
        while self.state == KeyState::Enabled && *since + period <= now {
            *since += period;
            self.rotated.push(Rotated::new(*since, Occasion::Automatic));
        }
    }

    /// `KeyMetadata` (documented).
    pub(super) fn metadata(&self) -> Value {
        let mut metadata = json!({
            "AWSAccountId": self.account,
            "KeyId": self.id(),
            "Arn": self.arn,
            "CreationDate": seconds(self.created),
            "Enabled": self.state == KeyState::Enabled,
            "Description": self.description,
            "KeyUsage": "ENCRYPT_DECRYPT",
            "KeyState": state(self.state),
            "Origin": "AWS_KMS",
            "KeyManager": match self.manager { Manager::Customer => "CUSTOMER", Manager::Aws => "AWS" },
            "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
            "MultiRegion": false,
        });
        if let (Some(deletion), Some(fields)) = (self.deletion, metadata.as_object_mut()) {
            fields.insert("DeletionDate".to_owned(), seconds(deletion));
        }
        metadata
    }
}

pub(super) fn state(state: KeyState) -> &'static str {
    match state {
        KeyState::Enabled => "Enabled",
        KeyState::Disabled => "Disabled",
        KeyState::PendingDeletion => "PendingDeletion",
    }
}

/// JSON 1.1 writes times as seconds since 1970.
pub(super) fn seconds(time: OffsetDateTime) -> Value {
    json!(time.unix_timestamp())
}
