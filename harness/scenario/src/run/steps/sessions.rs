//! Sessions of roles, assumed with a user's keys.

use aws_credential_types::Credentials;
use linchpin_query::{QueryClient, QueryError, QueryService};

use crate::run::world::World;

impl World {
    /// `sts:AssumeRole`, with the external id where one is given.
    pub(crate) async fn assume(
        &self,
        role: &str,
        by: &str,
        session: &str,
    ) -> Result<Credentials, QueryError> {
        let nobody = Credentials::new("AKIAIOSFODNN7EXAMPLE", "nobody", None, None, "nobody");
        let keys = self.keys.get(by).unwrap_or(&nobody);
        let role_arn = self.role_arn(role);
        let mut parameters =
            vec![("Action", "AssumeRole"), ("RoleArn", role_arn.as_str()), ("RoleSessionName", session)];
        parameters.extend(self.external_id.as_deref().map(|id| ("ExternalId", id)));
        let client = QueryClient::new(self.stack.endpoint());
        let answer = client.call(keys, QueryService::Sts, self.cluster.region(), &parameters).await?;
        let part = |name: &str| answer.first(name).unwrap_or_default();
        let (id, secret, token) = (part("AccessKeyId"), part("SecretAccessKey"), part("SessionToken"));
        Ok(Credentials::new(id, secret, Some(token), None, "session"))
    }
}
