//! The JDBC URL of a connection: parsed in full, each mistake named by its part. Pure.

use std::fmt;

/// A Redshift JDBC URL, as the vendor's guide words it: `jdbc:redshift://ENDPOINT:PORT/DATABASE`, then `?ssl=true`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JdbcUrl {
    host: String,
    endpoint: Endpoint,
    port: u16,
    database: String,
    encryption: Encryption,
}

/// What the host names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// `CLUSTER.HASH.REGION.redshift.amazonaws.com` (documented).
    Cluster {
        /// The cluster's identifier.
        identifier: String,
        /// Its region.
        region: String,
    },
    /// `WORKGROUP.ACCOUNT.REGION.redshift-serverless.amazonaws.com` (documented).
    Workgroup {
        /// The workgroup's name.
        name: String,
        /// Its region.
        region: String,
    },
    /// Any other host.
    Custom,
}

/// Whether the session is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// `ssl=true`: the certificate and the host's name are checked.
    Tls,
    /// Without `ssl=true`.
    Plain,
}

/// A URL that is not one, by the part that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It starts otherwise.
    #[error("the JDBC URL `{url}` must start with `jdbc:redshift://`")]
    Scheme {
        /// What was given.
        url: String,
    },
    /// White space somewhere; copied guides hold some inside the region.
    #[error("the JDBC URL `{url}` holds white space: take it out")]
    Space {
        /// What was given.
        url: String,
    },
    /// A part is missing.
    #[error("the JDBC URL `{url}` lacks its {part}: expected `jdbc:redshift://ENDPOINT:PORT/DATABASE`")]
    Missing {
        /// What was given.
        url: String,
        /// `host`, `port` or `database`.
        part: Part,
    },
    /// The port is no number of a port.
    #[error("the port `{port}` of the JDBC URL is not a number from 1 to 65535; Redshift's own is 5439")]
    Port {
        /// What was given.
        port: String,
    },
    /// The host is neither a cluster's nor a workgroup's.
    #[error(
        "the host `{host}` of the JDBC URL is not a Redshift endpoint: expected \
         `CLUSTER.HASH.REGION.redshift.amazonaws.com` or `WORKGROUP.ACCOUNT.REGION.redshift-serverless.amazonaws.com`"
    )]
    Host {
        /// What was given.
        host: String,
    },
    /// `ssl` is `true` or `false`.
    #[error("the parameter `ssl` of the JDBC URL is `{value}`: expected `true` or `false`")]
    Ssl {
        /// What was given.
        value: String,
    },
    /// User and password have fields of their own.
    #[error(
        "the parameter `{name}` of the JDBC URL stands in the connection's own field too: take it out of the URL"
    )]
    Twice {
        /// The parameter.
        name: String,
    },
    /// A parameter that this agent does not carry out.
    #[error("the parameter `{name}` of the JDBC URL is not supported: only `ssl` is")]
    Parameter {
        /// The parameter.
        name: String,
    },
}

/// A part of the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The endpoint's host.
    Host,
    /// The port.
    Port,
    /// The database.
    Database,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Host => "host",
            Self::Port => "port",
            Self::Database => "database",
        })
    }
}

impl JdbcUrl {
    /// Parses a URL; hosts other than Redshift's pass, and are for [`JdbcUrl::must_be_redshift`] to judge.
    ///
    /// # Errors
    /// [`UrlError`], by the first part that is wrong.
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        if url.contains(char::is_whitespace) {
            return Err(UrlError::Space { url: url.to_owned() });
        }
        let rest =
            url.strip_prefix("jdbc:redshift://").ok_or_else(|| UrlError::Scheme { url: url.to_owned() })?;
        let missing = |part| UrlError::Missing { url: url.to_owned(), part };
        let (address, parameters) = rest.split_once(['?', ';']).unwrap_or((rest, ""));
        let (authority, database) = address.split_once('/').unwrap_or((address, ""));
        let (host, port) = authority.rsplit_once(':').unwrap_or((authority, ""));
        if host.is_empty() {
            return Err(missing(Part::Host));
        }
        if port.is_empty() {
            return Err(missing(Part::Port));
        }
        if database.is_empty() {
            return Err(missing(Part::Database));
        }
        Ok(Self {
            host: host.to_owned(),
            endpoint: Endpoint::of(host),
            port: port
                .parse()
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| UrlError::Port { port: port.to_owned() })?,
            database: database.to_owned(),
            encryption: encryption(parameters)?,
        })
    }

    /// The documented host names are the only ones that a connection may name, unless it dials elsewhere.
    ///
    /// # Errors
    /// [`UrlError::Host`].
    pub fn must_be_redshift(&self) -> Result<(), UrlError> {
        match self.endpoint {
            Endpoint::Custom => Err(UrlError::Host { host: self.host.clone() }),
            Endpoint::Cluster { .. } | Endpoint::Workgroup { .. } => Ok(()),
        }
    }

    /// The host, which the certificate must name.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What the host names.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Whether the session is encrypted.
    #[must_use]
    pub const fn encryption(&self) -> Encryption {
        self.encryption
    }
}

impl Endpoint {
    fn of(host: &str) -> Self {
        let name = host.strip_suffix(".amazonaws.com.cn").or_else(|| host.strip_suffix(".amazonaws.com"));
        let labels: Vec<&str> = name.unwrap_or_default().split('.').collect();
        match labels.as_slice() {
            [identifier, hash, region, "redshift"] if filled(&[identifier, hash, region]) => {
                Self::Cluster { identifier: (*identifier).to_owned(), region: (*region).to_owned() }
            }
            [name, account, region, "redshift-serverless"] if filled(&[name, account, region]) => {
                Self::Workgroup { name: (*name).to_owned(), region: (*region).to_owned() }
            }
            _ => Self::Custom,
        }
    }
}

fn filled(labels: &[&str]) -> bool {
    labels.iter().all(|label| !label.is_empty())
}

fn encryption(parameters: &str) -> Result<Encryption, UrlError> {
    let mut encryption = Encryption::Plain;
    for parameter in parameters.split(['&', ';']).filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match (name.to_ascii_lowercase().as_str(), value) {
            ("ssl", "true") => encryption = Encryption::Tls,
            ("ssl", "false") => encryption = Encryption::Plain,
            ("ssl", value) => return Err(UrlError::Ssl { value: value.to_owned() }),
            ("user" | "uid" | "password" | "pwd", _) => {
                return Err(UrlError::Twice { name: name.to_owned() });
            }
            _ => return Err(UrlError::Parameter { name: name.to_owned() }),
        }
    }
    Ok(encryption)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLUSTER: &str = "jdbc:redshift://sales.c1a2.us-west-2.redshift.amazonaws.com:5439/dev";

    #[test]
    fn documented_urls() {
        let url = JdbcUrl::parse(CLUSTER).unwrap();
        let cluster = |identifier: &str, region: &str| Endpoint::Cluster {
            identifier: identifier.to_owned(),
            region: region.to_owned(),
        };
        assert_eq!(*url.endpoint(), cluster("sales", "us-west-2"));
        assert_eq!((url.port(), url.database(), url.encryption()), (5439, "dev", Encryption::Plain));
        let china = "jdbc:redshift://a.b.cn-north-1.redshift.amazonaws.com.cn:5439/dev?ssl=true";
        let url = JdbcUrl::parse(china).unwrap();
        assert_eq!(*url.endpoint(), cluster("a", "cn-north-1"));
        assert_eq!(url.encryption(), Encryption::Tls);
        let serverless = "jdbc:redshift://work.111122223333.eu-west-1.redshift-serverless.amazonaws.com:5439/dev;ssl=false";
        let workgroup = Endpoint::Workgroup { name: "work".to_owned(), region: "eu-west-1".to_owned() };
        assert_eq!(*JdbcUrl::parse(serverless).unwrap().endpoint(), workgroup);
    }

    #[test]
    fn each_mistake_is_named_by_its_part() {
        for (wrong, named) in [
            (CLUSTER.replace("redshift:", "postgresql:"), "must start with `jdbc:redshift://`"),
            (CLUSTER.replace("west-2", "west- 2"), "holds white space"),
            (CLUSTER.replace(":5439", ""), "lacks its port"),
            (CLUSTER.replace(":5439", ":"), "lacks its port"),
            (CLUSTER.replace(":5439", ":543x"), "the port `543x`"),
            (CLUSTER.replace("5439", "65536"), "the port `65536`"),
            (CLUSTER.replace("/dev", ""), "lacks its database"),
            ("jdbc:redshift://:5439/dev".to_owned(), "lacks its host"),
            (format!("{CLUSTER}?ssl=yes"), "`ssl` of the JDBC URL is `yes`"),
            (format!("{CLUSTER}?user=me"), "`user` of the JDBC URL stands in the connection's own field"),
            (format!("{CLUSTER}?loglevel=2"), "`loglevel` of the JDBC URL is not supported"),
        ] {
            let error = JdbcUrl::parse(&wrong).unwrap_err().to_string();
            assert!(error.contains(named), "{wrong}: {error}");
        }
    }

    #[test]
    fn hosts_other_than_redshifts_are_told() {
        for host in ["localhost", "a.b.redshift.amazonaws.com", "a.b.us-west-2.rds.amazonaws.com"] {
            let url = JdbcUrl::parse(&format!("jdbc:redshift://{host}:5439/dev")).unwrap();
            let error = url.must_be_redshift().unwrap_err().to_string();
            assert!(error.contains(&format!("the host `{host}`")), "{error}");
        }
        assert_eq!(JdbcUrl::parse(CLUSTER).unwrap().must_be_redshift(), Ok(()));
    }
}
