//! A cluster to try things on: what `linchpin up` and `linchpin exec` hand out, described in the language itself.

use std::{collections::BTreeMap, io, sync::Arc};

use linchpin_stack::{ClusterSetting, Facts, Found, Instance, Stack, StackError};
use thiserror::Error;

use super::fixtures;
use super::world::{World, WorldError};
use crate::{
    load::read,
    model::{Cell, Pin, PinKind, When},
    syntax::Diagnostic,
    text::UnknownName,
};

/// The pins, and the documents that they name.
const SCENARIO: &str = include_str!("workbench.yaml");
const DOCUMENTS: [(&str, &str); 3] = [
    ("minimal.json", include_str!("../../../../fixtures/policies/minimal.json")),
    ("redshift.json", include_str!("../../../../fixtures/trust/redshift.json")),
    ("ec2.json", include_str!("../../../../fixtures/trust/ec2.json")),
];

/// Where programs on the workbench find AWS credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialSource {
    /// A user's key, in the environment.
    Keys,
    /// The metadata service of an instance whose profile carries a role with the user's rights.
    Instance,
}

/// Why there is nothing to try things on.
#[derive(Debug, Error)]
pub enum WorkbenchError {
    /// Its description is wrong: a mistake of ours.
    #[error("the workbench's own description is wrong: {0}")]
    Description(Diagnostic),
    /// The stack refuses.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// Its documents cannot be written.
    #[error("cannot write the workbench's documents: {0}")]
    Documents(#[from] io::Error),
    /// A pin cannot be put in.
    #[error("cannot prepare the {pin}: {detail}")]
    Fixture {
        /// Which.
        pin: String,
        /// Why.
        detail: String,
    },
    /// A name is missing.
    #[error(transparent)]
    Name(#[from] UnknownName),
}

/// A ready cluster with bucket, user key and attached role.
pub struct Workbench {
    world: World,
    variables: BTreeMap<&'static str, String>,
}

/// How many calls of an account the record of a workbench keeps: a trial's own record is whole.
const LATEST_CALLS: usize = 100_000;

impl Workbench {
    /// Prepares everything in a region, with a cluster of these settings, for programs that find credentials there.
    ///
    /// # Errors
    /// [`WorkbenchError`].
    pub async fn prepare(
        stack: Arc<Stack>,
        region: &str,
        settings: &[ClusterSetting],
        source: CredentialSource,
    ) -> Result<Self, WorkbenchError> {
        let mut scenario = read("workbench", SCENARIO).map_err(|wrong| {
            WorkbenchError::Description(wrong.in_file("workbench.yaml".as_ref(), SCENARIO))
        })?;
        scenario.pins.extend(settings.iter().copied().map(pin));
        let documents = tempfile::tempdir_in(stack.folder())?;
        for (name, text) in DOCUMENTS {
            std::fs::write(documents.path().join(name), text)?;
        }
        let cell = Cell::from([
            ("region".to_owned(), region.to_owned()),
            ("credentials".to_owned(), source.word().to_owned()),
        ]);
        // A workbench may be up for days.
        stack.record().keep_latest(LATEST_CALLS);
        let world = World::create(stack, documents.path().to_owned(), &scenario, cell, None).await;
        let mut world = world.map_err(|error| match error {
            WorldError::Stack(error) => WorkbenchError::Stack(error),
            WorldError::Name(error) => WorkbenchError::Name(error),
            WorldError::Instance(error) => WorkbenchError::Documents(error),
        })?;
        let applied = fixtures::apply(&mut world, &scenario).await;
        applied.map_err(|(pin, error)| WorkbenchError::Fixture { pin, detail: error.to_string() })?;
        let variables = variables(&world, source)?;
        Ok(Self { world, variables })
    }

    /// `NAME=VALUE` pairs that tell a program how to reach it.
    pub fn variables(&self) -> &BTreeMap<&'static str, String> {
        &self.variables
    }

    /// Every AWS call so far as JSON lines, in CloudTrail's field names.
    pub fn record_lines(&self) -> String {
        self.world.stack.record_lines()
    }

    /// Closes every session and gives the server back.
    pub async fn stop(self) {
        self.world.cluster.stop().await;
    }
}

impl CredentialSource {
    /// The word for it in the workbench's description.
    fn word(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Instance => "instance",
        }
    }
}

fn pin(setting: ClusterSetting) -> Pin {
    let kind = PinKind::Cluster { to: setting, instead: setting };
    Pin { name: "setting".to_owned(), when: When::default(), kind, not_pulled: None }
}

fn variables(world: &World, source: CredentialSource) -> Result<BTreeMap<&'static str, String>, UnknownName> {
    let key = world.keys.get("connector").unwrap_or(&world.owners.own.credentials);
    let endpoint = world.agents.iter().find_map(|agent| agent.instance.as_ref().map(Instance::endpoint));
    let credentials = match (source, &endpoint) {
        (CredentialSource::Instance, Some(endpoint)) => Found::AtInstance { endpoint },
        (CredentialSource::Keys, _) | (_, None) => Found::InEnvironment(key),
    };
    let facts = Facts {
        stack: &world.stack,
        cluster: &world.cluster,
        credentials,
        bucket: &world.names.fill("${bucket:stage}")?,
        role_arn: &world.names.fill("${role:loader}")?,
    };
    Ok(facts.variables().into_iter().collect())
}
