//! A key and what belongs to it.

use std::{collections::BTreeMap, sync::Arc};

use linchpin_gateway::{KeyState, OwnedDocument};
use linchpin_policy::Document;
use secrecy::SecretBox;
use serde_json::{Value, json};
use time::OffsetDateTime;

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
    pub(super) material: SecretBox<[u8; 32]>,
}

/// How often a key gets new material. Its old material still opens what it sealed, so nobody notices (documented).
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

impl Key {
    pub(super) fn id(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
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
