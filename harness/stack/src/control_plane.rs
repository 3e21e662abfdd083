//! The seam between warehouse and cloud: a cluster's questions, asked over the gateway's road with its own key.

use async_trait::async_trait;
use aws_credential_types::Credentials;
use linchpin_warehouse::{AttachedRoles, ControlPlane, ControlPlaneError, TemporaryLogin, UserCreation};

use linchpin_query::{Answer, QueryClient, QueryError, QueryService};

/// The session name that Redshift gives (documented: developer guide, Spectrum).
const SESSION_NAME: &str = "RedshiftIamRoleSession";

/// One cluster's view of its control plane.
pub(crate) struct LoopbackControlPlane {
    pub(crate) client: QueryClient,
    pub(crate) credentials: Credentials,
    pub(crate) region: String,
    pub(crate) cluster: String,
}

#[async_trait]
impl ControlPlane for LoopbackControlPlane {
    async fn attached_roles(&self) -> Result<AttachedRoles, ControlPlaneError> {
        let parameters = [("Action", "DescribeClusters"), ("ClusterIdentifier", self.cluster.as_str())];
        let answer = self.call(QueryService::Redshift, &parameters).await?;
        let default = answer.first("DefaultIamRoleArn").filter(|arn| !arn.is_empty());
        Ok(AttachedRoles { roles: answer.all("IamRoleArn"), default })
    }

    async fn assume_as_service(
        &self,
        role_arn: &str,
        external_id: &str,
    ) -> Result<Credentials, ControlPlaneError> {
        let parameters = [
            ("Action", "AssumeRole"),
            ("RoleArn", role_arn),
            ("RoleSessionName", SESSION_NAME),
            ("ExternalId", external_id),
        ];
        let answer = self.call(QueryService::Sts, &parameters).await?;
        let part = |name: &str| {
            let missing =
                || ControlPlaneError::Unreachable(format!("the answer of AssumeRole has no {name}"));
            answer.first(name).ok_or_else(missing)
        };
        let (id, secret, token) = (part("AccessKeyId")?, part("SecretAccessKey")?, part("SessionToken")?);
        // Redshift refreshes a role's credentials itself, so no expiry is told to the SDK (documented).
        Ok(Credentials::new(id, secret, Some(token), None, "AssumeRole"))
    }

    async fn temporary_logins(&self, name: &str) -> Result<Vec<TemporaryLogin>, ControlPlaneError> {
        let parameters = [
            ("Action", "DescribeClusterLogins"),
            ("ClusterIdentifier", self.cluster.as_str()),
            ("DbUser", name),
        ];
        let answer = self.call(QueryService::Redshift, &parameters).await?;
        answer.elements("Login").iter().map(temporary_login).collect()
    }
}

fn temporary_login(login: &Answer) -> Result<TemporaryLogin, ControlPlaneError> {
    let part = |name: &str| {
        let missing = || ControlPlaneError::Unreachable(format!("a temporary login has no {name}"));
        login.first(name).ok_or_else(missing)
    };
    let creation = match part("AutoCreate")?.as_str() {
        "true" => UserCreation::AtLogin,
        _ => UserCreation::Never,
    };
    Ok(TemporaryLogin {
        password: part("DbPassword")?.into(),
        user: part("DbUser")?,
        creation,
        database: login.first("DbName"),
        groups: login.all("DbGroup"),
    })
}

impl LoopbackControlPlane {
    async fn call(
        &self,
        service: QueryService,
        parameters: &[(&str, &str)],
    ) -> Result<Answer, ControlPlaneError> {
        self.client.call(&self.credentials, service, &self.region, parameters).await.map_err(|error| {
            match error {
                QueryError::Refused { code, message } => ControlPlaneError::Refused { code, message },
                QueryError::NoAnswer { .. } => ControlPlaneError::Unreachable(error.to_string()),
            }
        })
    }
}
