//! Which images are run.

use secrecy::SecretString;
use thiserror::Error;

/// Pinned: what the scenarios' verdicts are known for.
const POSTGRES: &str = "postgres:15";
/// The tag that the module of testcontainers pins; newer images want an account.
const LOCALSTACK: &str = "localstack/localstack:4.5";

/// An image, its tag, and the variable that names another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageName {
    pub(crate) name: String,
    pub(crate) tag: String,
    pub(crate) variable: &'static str,
}

/// The images of a stack.
#[derive(Clone, Debug)]
pub struct Images {
    /// `LINCHPIN_POSTGRES_IMAGE`.
    pub postgres: ImageName,
    /// `LINCHPIN_LOCALSTACK_IMAGE`.
    pub localstack: ImageName,
    /// What newer LocalStack images want; handed on, and never printed.
    pub token: Option<SecretString>,
}

/// A variable that names no image.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{variable}` is `{value}`: give an image with its tag, such as `{example}`")]
pub struct ImageError {
    variable: &'static str,
    value: String,
    example: &'static str,
}

impl Images {
    /// The defaults, or what the environment names instead. `LINCHPIN_REGISTRY` goes before the defaults.
    ///
    /// # Errors
    /// [`ImageError`].
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ImageError> {
        let registry = variable("LINCHPIN_REGISTRY").filter(|registry| !registry.is_empty());
        let image = |name: &'static str, default: &'static str| {
            let prefixed = || match &registry {
                Some(registry) => format!("{}/{default}", registry.trim_end_matches('/')),
                None => default.to_owned(),
            };
            ImageName::parse(
                name,
                variable(name).filter(|value| !value.is_empty()).unwrap_or_else(prefixed),
                default,
            )
        };
        Ok(Self {
            postgres: image("LINCHPIN_POSTGRES_IMAGE", POSTGRES)?,
            localstack: image("LINCHPIN_LOCALSTACK_IMAGE", LOCALSTACK)?,
            token: variable("LOCALSTACK_AUTH_TOKEN").map(SecretString::from),
        })
    }
}

impl ImageName {
    /// A colon may stand before a port, too: the tag's is behind the last slash.
    fn parse(variable: &'static str, value: String, example: &'static str) -> Result<Self, ImageError> {
        let slash = value.rfind('/').map_or(0, |at| at + 1);
        let tag = value.get(slash..).and_then(|last| last.split_once(':'));
        match tag {
            Some((last, tag)) if !last.is_empty() && !tag.is_empty() && !value.contains('@') => {
                let name = format!("{}{last}", value.get(..slash).unwrap_or_default());
                Ok(Self { name, tag: tag.to_owned(), variable })
            }
            _ => Err(ImageError { variable, value, example }),
        }
    }
}

impl std::fmt::Display for ImageName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.name, self.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::Images;

    /// Variables, and the image or the error.
    type Row<'a> = (&'a [(&'a str, &'a str)], Result<String, String>);

    fn postgres(variables: &[(&str, &str)]) -> Result<String, String> {
        let lookup = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Images::from_environment(lookup)
            .map(|images| images.postgres.to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_environment_names_images() {
        let wrong = |value: &str| {
            Err(format!(
                "`LINCHPIN_POSTGRES_IMAGE` is `{value}`: give an image with its tag, such as `postgres:15`"
            ))
        };
        let named = "LINCHPIN_POSTGRES_IMAGE";
        let rows: [Row<'_>; 7] = [
            (&[], Ok("postgres:15".into())),
            (
                &[("LINCHPIN_REGISTRY", "registry.local:5000/mirror/")],
                Ok("registry.local:5000/mirror/postgres:15".into()),
            ),
            (&[(named, "postgres:17"), ("LINCHPIN_REGISTRY", "r")], Ok("postgres:17".into())),
            (&[(named, "r:5000/pg:18")], Ok("r:5000/pg:18".into())),
            (&[(named, "r:5000/pg")], wrong("r:5000/pg")),
            (&[(named, "postgres")], wrong("postgres")),
            (&[(named, "pg:1@sha256:ab")], wrong("pg:1@sha256:ab")),
        ];
        for (variables, expected) in rows {
            assert_eq!(postgres(variables), expected, "{variables:?}");
        }
    }
}
