//! The accounts of an emulator, as this process knows them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use linchpin_gateway::{
    BucketFacts, GrantName, Identities, KeyFacts, KeyStatus, Lookup, Service, ServiceName, UploadFacts,
};

use super::{
    details::{Details, profiles},
    endpoint::{Address, Endpoint, UpstreamError},
    iam::UpstreamIam,
    identities::UpstreamIdentities,
    kms::UpstreamKms,
    read_back::Shelf,
    regions::entity_there,
    s3::UpstreamS3,
    sts::UpstreamSts,
    tree::Node,
};
use crate::{
    Cloud,
    account::{Account, Bearer},
    iam::Role,
};

/// The region that calls to IAM, which has none, are filed under.
const HOME: &str = "us-east-1";

/// Services behind a URL, and the accounts of this stack.
pub struct Upstream {
    pub(super) cloud: Arc<Cloud>,
    pub(super) endpoint: Endpoint,
    /// Whether an account's users, roles and policies are as over there.
    entities: Shelf<()>,
    /// Whether its instance profiles are.
    profiles: Shelf<()>,
    /// Whether the keys of its users are, by `ACCOUNT/USER`.
    keys: Shelf<Vec<String>>,
    pub(super) buckets: Shelf<Option<BucketFacts>>,
    /// By `ACCOUNT/REGION/NAME`.
    pub(super) kms_keys: Shelf<Option<KeyFacts>>,
    /// Who made a bucket: S3 itself tells only its owner.
    pub(super) owners: Mutex<BTreeMap<String, String>>,
    /// Buckets whose location is told as `EU`.
    pub(super) in_eu: Mutex<BTreeSet<String>>,
    /// The multipart uploads, of which S3 tells only when they begin.
    pub(super) uploads: Mutex<BTreeMap<String, UploadFacts>>,
    /// The ARN of each KMS key that was seen: ciphertexts name the id alone.
    pub(super) key_arns: Mutex<BTreeMap<String, String>>,
    /// The grants that were made, by their tokens, which are told once.
    pub(super) grants: Mutex<BTreeMap<String, GrantName>>,
}

impl Upstream {
    /// Services behind a URL for the accounts of a cloud.
    pub fn new(cloud: Arc<Cloud>, endpoint: Endpoint) -> Arc<Self> {
        Arc::new(Self {
            cloud,
            endpoint,
            entities: Shelf::default(),
            profiles: Shelf::default(),
            keys: Shelf::default(),
            buckets: Shelf::default(),
            kms_keys: Shelf::default(),
            owners: Mutex::default(),
            in_eu: Mutex::default(),
            uploads: Mutex::default(),
            key_arns: Mutex::default(),
            grants: Mutex::default(),
        })
    }

    /// What the gateway looks things up in.
    pub fn identities(self: &Arc<Self>) -> Arc<dyn Identities> {
        Arc::new(UpstreamIdentities(Arc::clone(self)))
    }

    /// The services that are carried out over there.
    pub fn services(self: &Arc<Self>) -> BTreeMap<ServiceName, Arc<dyn Service>> {
        BTreeMap::from([
            (ServiceName::S3, Arc::new(UpstreamS3(Arc::clone(self))) as Arc<dyn Service>),
            (ServiceName::Iam, Arc::new(UpstreamIam::new(Arc::clone(self)))),
            (ServiceName::Sts, Arc::new(UpstreamSts::new(Arc::clone(self)))),
            (ServiceName::Kms, Arc::new(UpstreamKms(Arc::clone(self)))),
        ])
    }

    /// Where the calls about an account's IAM are filed. One region for all: LocalStack knows one partition only
    /// (measured: 4.5 files `cn-north-1` under `us-east-1`), and accounts of ours are in one partition each.
    pub(super) fn iam(account: &str) -> Address<'_> {
        Address { service: ServiceName::Iam, account, region: HOME }
    }

    /// Reads users, groups, roles and policies of an account of ours back.
    pub(crate) async fn refresh(&self, account: &str) -> Lookup<()> {
        if self.cloud.read().contains_key(account) {
            self.entities.get(account, self.read_entities(account)).await?;
        }
        Ok(())
    }

    async fn read_entities(&self, account: &str) -> Lookup<()> {
        let mut details = Details::default();
        let mut marker = None;
        loop {
            let page = self.details_page(account, marker.as_deref()).await?;
            let page = page.find("GetAccountAuthorizationDetailsResult").unwrap_or(&page);
            self.with(account, |account| details.add(account, page)).transpose()?;
            marker = page
                .text_of("Marker")
                .filter(|_| page.text_of("IsTruncated") == Some("true"))
                .map(str::to_owned);
            if marker.is_none() {
                break;
            }
        }
        self.read_boundaries(account, &mut details).await?;
        self.read_policy_tags(account, &mut details).await?;
        self.with(account, |account| account.entities = details.into_entities(&account.entities));
        Ok(())
    }

    /// Without the filter, LocalStack lists a thousand policies of AWS's own.
    async fn details_page(&self, account: &str, marker: Option<&str>) -> Result<Node, UpstreamError> {
        let mut parameters = vec![
            ("Filter.member.1", "User"),
            ("Filter.member.2", "Role"),
            ("Filter.member.3", "Group"),
            ("Filter.member.4", "LocalManagedPolicy"),
            ("MaxItems", "1000"),
        ];
        parameters.extend(marker.map(|marker| ("Marker", marker)));
        self.endpoint.ask(Self::iam(account), "GetAccountAuthorizationDetails", &parameters).await
    }

    /// Measured: LocalStack's details lack the permissions boundaries. Where there is no managed policy, there is none.
    async fn read_boundaries(&self, account: &str, details: &mut Details) -> Lookup<()> {
        if !details.has_policies() {
            return Ok(());
        }
        for (operation, parameter, name) in details.bounded() {
            let answer = self.endpoint.ask(Self::iam(account), operation, &[(parameter, &name)]).await?;
            let boundary = answer.find_text("PermissionsBoundaryArn");
            let boundary = boundary.and_then(|arn| self.with(account, |account| account.localized(arn)));
            details.bound(parameter, &name, boundary);
        }
        Ok(())
    }

    /// Neither LocalStack nor moto tells the tags of policies in the details.
    async fn read_policy_tags(&self, account: &str, details: &mut Details) -> Lookup<()> {
        for arn in details.policies() {
            let there = entity_there(arn.clone());
            let answer =
                self.endpoint.ask(Self::iam(account), "ListPolicyTags", &[("PolicyArn", &there)]).await?;
            details.tag(&arn, answer.find("ListPolicyTagsResult").unwrap_or(&answer));
        }
        Ok(())
    }

    /// Reads the instance profiles of an account back, besides its roles.
    pub(crate) async fn refresh_profiles(&self, account: &str) -> Lookup<()> {
        self.refresh(account).await?;
        self.profiles.get(account, self.read_profiles(account)).await
    }

    async fn read_profiles(&self, account: &str) -> Lookup<()> {
        let answer = self.endpoint.ask(Self::iam(account), "ListInstanceProfiles", &[]).await?;
        let found = answer.find("ListInstanceProfilesResult").unwrap_or(&answer);
        self.with(account, |account| account.entities.profiles = profiles(account, found));
        Ok(())
    }

    /// Reads the status of a user's access keys back, drops those that are gone, and gives the ids of all.
    pub(super) async fn refresh_keys(&self, account: &str, user: &str) -> Lookup<Vec<String>> {
        let read = async {
            let asked = self.endpoint.ask(Self::iam(account), "ListAccessKeys", &[("UserName", user)]).await;
            let answer = match asked {
                Err(UpstreamError::Refused(error)) if error.code.starts_with("NoSuchEntity") => {
                    Node::default()
                }
                asked => asked?,
            };
            Ok(self.note_keys(account, user, &answer))
        };
        self.keys.get(&format!("{account}/{user}"), read).await
    }

    fn note_keys(&self, account: &str, user: &str, answer: &Node) -> Vec<String> {
        let list = answer.find("ListAccessKeysResult").unwrap_or(answer);
        let status = |node: &Node| match node.text_of("Status") {
            Some("Inactive") => KeyStatus::Inactive,
            _ => KeyStatus::Active,
        };
        let found: BTreeMap<String, KeyStatus> = list
            .members("AccessKeyMetadata")
            .filter_map(|node| Some((node.text_of("AccessKeyId")?.to_owned(), status(node))))
            .collect();
        self.with(account, |account| {
            account.keys.retain(|id, key| {
                let of_user = matches!(&key.bearer, Bearer::User(name) if name == user);
                if let Some(status) = found.get(id).filter(|_| of_user) {
                    key.status = *status;
                }
                !of_user || found.contains_key(id)
            });
        });
        found.into_keys().collect()
    }

    /// The longest session that a role allows: the details do not tell it.
    pub(super) async fn read_longest_session(&self, account: &str, name: &str) -> Lookup<()> {
        let answer = self.endpoint.ask(Self::iam(account), "GetRole", &[("RoleName", name)]).await?;
        let longest = answer.find_text("MaxSessionDuration").and_then(|text| text.parse().ok());
        self.with(account, |account| {
            let role: Option<&mut Role> = account.entities.roles.get_mut(name);
            role.into_iter()
                .for_each(|role| role.max_session_seconds = longest.unwrap_or(role.max_session_seconds));
        });
        Ok(())
    }

    /// Something of an account's IAM was changed through the gateway.
    pub(super) fn iam_changed(&self, account: &str) {
        self.entities.changed(account);
        self.profiles.changed(account);
        self.keys.changed(&format!("{account}/"));
    }

    /// Does something in an account; none where it is not ours.
    pub(super) fn with<T>(&self, account: &str, act: impl FnOnce(&mut Account) -> T) -> Option<T> {
        self.cloud.write().get_mut(account).map(act)
    }
}

/// What a lock guards, whether or not its last holder panicked.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
