//! The step that calls a service of AWS.

use aws_credential_types::Credentials;
use linchpin_query::{Answer, QueryClient, QueryService};
use secrecy::SecretString;

use super::flow::service_words;
use crate::model::{Call, CalledService};
use crate::run::conditions::holds;
use crate::run::world::World;

/// What a call answered: a text for each element.
trait Elements {
    fn first(&self, name: &str) -> Option<String>;
}

impl Elements for Answer {
    fn first(&self, name: &str) -> Option<String> {
        Self::first(self, name)
    }
}

/// The one element that an S3 operation answers with.
struct Element(&'static str, String);

impl Elements for Element {
    fn first(&self, name: &str) -> Option<String> {
        (name == self.0).then(|| self.1.clone())
    }
}

impl World {
    /// Makes the call, compares its answer, and keeps the keys or the login that it holds.
    pub(crate) async fn service_call(&mut self, call: &Call) -> Result<(), String> {
        let by = self.filled(&call.by)?;
        let keys = self.keys.get(&by).cloned().ok_or_else(|| format!("nobody is named `{by}`"))?;
        let with = call.with.iter().map(|(name, text)| Ok((name.as_str(), self.filled(text)?)));
        let with = with.collect::<Result<Vec<_>, String>>()?;
        let answer = self.answer(call, &keys, &with).await?;
        for (name, text) in &call.gives {
            let (given, told) = (part(call, answer.as_ref(), name)?, self.filled(text)?);
            holds(given == told, || format!("`{}` gave `{given}` as {name}, not `{told}`", call.operation))?;
        }
        self.keep(call, answer.as_ref())
    }

    async fn answer(
        &self,
        call: &Call,
        keys: &Credentials,
        with: &[(&str, String)],
    ) -> Result<Box<dyn Elements>, String> {
        let service = match call.service {
            CalledService::Redshift => QueryService::Redshift,
            CalledService::Sts => QueryService::Sts,
            CalledService::Iam => QueryService::Iam,
            CalledService::S3 => return self.s3_answer(&call.operation, keys, with).await,
        };
        let texts = with.iter().map(|(name, text)| (*name, text.as_str()));
        let parameters: Vec<_> = std::iter::once(("Action", call.operation.as_str())).chain(texts).collect();
        let client = QueryClient::new(self.stack.endpoint());
        let answer = client.call(keys, service, self.cluster.region(), &parameters).await;
        Ok(Box::new(answer.map_err(|error| error.to_string())?))
    }

    async fn s3_answer(
        &self,
        operation: &str,
        keys: &Credentials,
        with: &[(&str, String)],
    ) -> Result<Box<dyn Elements>, String> {
        let s3 = self.s3(keys, self.cluster.region());
        match (operation, with) {
            ("ListBuckets", []) => {
                let answer = s3.list_buckets().send().await.map_err(|error| service_words(&error))?;
                let names: Vec<&str> = answer.buckets().iter().filter_map(|bucket| bucket.name()).collect();
                Ok(Box::new(Element("Name", names.join(","))))
            }
            ("GetBucketLocation", [("Bucket", bucket)]) => {
                let answer = s3.get_bucket_location().bucket(bucket).send().await;
                let answer = answer.map_err(|error| service_words(&error))?;
                let location = answer.location_constraint().map(|location| location.as_str().to_owned());
                Ok(Box::new(Element("LocationConstraint", location.unwrap_or_default())))
            }
            _ => Err(format!(
                "`{operation}` of S3 is no step with these parameters: ListBuckets with none is, and GetBucketLocation with `Bucket`"
            )),
        }
    }

    fn keep(&mut self, call: &Call, answer: &dyn Elements) -> Result<(), String> {
        let part = |name| part(call, answer, name);
        if let Some(session) = &call.session {
            let (id, secret, token) = (part("AccessKeyId")?, part("SecretAccessKey")?, part("SessionToken")?);
            self.keep_keys(session, Credentials::new(id, secret, Some(token), None, "session"));
        }
        if let Some(login) = &call.login {
            let (user, password) = (part("DbUser")?, part("DbPassword")?);
            self.names.set(format!("login:{login}"), user.clone());
            self.logins.insert(user, SecretString::from(password));
        }
        Ok(())
    }
}

/// An element that is not there is no empty one.
fn part(call: &Call, answer: &dyn Elements, name: &str) -> Result<String, String> {
    answer.first(name).ok_or_else(|| format!("`{}` answered without {name}", call.operation))
}
