//! The JDBC URL of a connection: parsed in full, each mistake named by its part. Pure.

use crate::options::Switch;
use std::fmt;
use std::time::Duration;

mod endpoint;
mod parameters;

pub use endpoint::Endpoint;
pub use parameters::Encryption;
use parameters::Parameters;

/// A Redshift JDBC URL, as the vendor's guide words it: `jdbc:redshift://ENDPOINT:PORT/DATABASE`, then `?ssl=true`. For
/// an IAM login Amazon's driver takes `jdbc:redshift:iam://` too, with `CLUSTER:REGION` in the endpoint's place if need be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JdbcUrl {
    scheme: Scheme,
    host: String,
    /// None: it is looked up, with the host.
    port: Option<u16>,
    endpoint: Endpoint,
    database: String,
    parameters: Parameters,
}

/// How the URL asks to be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `jdbc:redshift://`: it does not tell.
    Plain,
    /// `jdbc:redshift:iam://`: with a temporary password.
    Iam,
}

/// A URL that is not one, by the part that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It starts otherwise.
    #[error("the JDBC URL `{url}` must start with `jdbc:redshift://` or `jdbc:redshift:iam://`")]
    Scheme {
        /// What was given.
        url: String,
    },
    /// White space somewhere; copied guides hold some inside the region.
    #[error("the JDBC URL `{url}` holds white space in `{part}`: take it out")]
    Space {
        /// What was given.
        url: String,
        /// What stands between the signs around it.
        part: String,
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
    /// The region in the host is in no form of one.
    #[error("the region `{region}` in the JDBC URL's host is none: expected one such as `us-west-2`")]
    Region {
        /// What was given.
        region: String,
    },
    /// A workgroup's host holds an account's number.
    #[error("the account `{account}` in the JDBC URL's host is none: expected 12 digits")]
    Account {
        /// What was given.
        account: String,
    },
    /// The host's ending is another partition's.
    #[error("the JDBC URL's host ends in `{given}`: hosts in `{region}` end in `{expected}`")]
    Ending {
        /// What was given.
        given: &'static str,
        /// The host's region.
        region: String,
        /// What its partition's hosts end in.
        expected: &'static str,
    },
    /// A parameter has another value than it takes.
    #[error("the parameter `{name}` of the JDBC URL is `{value}`: expected {expected}")]
    Value {
        /// The parameter.
        name: String,
        /// What was given.
        value: String,
        /// What it takes.
        expected: &'static str,
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
    #[error(
        "the parameter `{name}` of the JDBC URL is not supported: expected one of ssl, sslmode, ApplicationName, \
         loginTimeout, tcpKeepAlive"
    )]
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
        let mut parts = url.split(['/', ':', '.', '?', ';', '&', '=']);
        if let Some(part) = parts.find(|part| part.contains(char::is_whitespace)) {
            return Err(UrlError::Space { url: url.to_owned(), part: part.to_owned() });
        }
        let (scheme, rest) = Scheme::of(url).ok_or_else(|| UrlError::Scheme { url: url.to_owned() })?;
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
        let (endpoint, port) = match (scheme, is_region(port) && !host.contains('.')) {
            (Scheme::Iam, true) => (Endpoint::named(host, port)?, None),
            _ => (Endpoint::of(host)?, Some(port_number(port)?)),
        };
        Ok(Self {
            scheme,
            host: host.to_owned(),
            port,
            endpoint,
            database: database.to_owned(),
            parameters: Parameters::read(parameters)?,
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

    /// How it asks to be let in.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host, which the certificate must name, and the port; none where both are to be looked up.
    #[must_use]
    pub fn address(&self) -> Option<(&str, u16)> {
        self.port.map(|port| (self.host.as_str(), port))
    }

    /// What the host names.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Whether the session is encrypted.
    #[must_use]
    pub const fn encryption(&self) -> Encryption {
        self.parameters.encryption
    }

    /// `ApplicationName`: what the session is known by.
    #[must_use]
    pub fn application_name(&self) -> Option<&str> {
        self.parameters.application_name.as_deref()
    }

    /// `loginTimeout`: how long a connection may take.
    #[must_use]
    pub const fn login_timeout(&self) -> Option<Duration> {
        self.parameters.login_timeout
    }

    /// `tcpKeepAlive`
    #[must_use]
    pub const fn keep_alive(&self) -> Option<Switch> {
        self.parameters.keep_alive
    }
}

impl Scheme {
    fn of(url: &str) -> Option<(Self, &str)> {
        let plain = url.strip_prefix("jdbc:redshift://").map(|rest| (Self::Plain, rest));
        plain.or_else(|| url.strip_prefix("jdbc:redshift:iam://").map(|rest| (Self::Iam, rest)))
    }
}

/// Every region's name has a hyphen, and no port's number has one.
fn is_region(text: &str) -> bool {
    text.contains('-')
}

fn port_number(port: &str) -> Result<u16, UrlError> {
    let number = port.parse().ok().filter(|port| *port > 0);
    number.ok_or_else(|| UrlError::Port { port: port.to_owned() })
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
        assert_eq!(url.address(), Some(("sales.c1a2.us-west-2.redshift.amazonaws.com", 5439)));
        assert_eq!(
            (url.scheme(), url.database(), url.encryption()),
            (Scheme::Plain, "dev", Encryption::Plain)
        );
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
            (CLUSTER.replace("west-2", "west- 2"), "holds white space in `us-west- 2`"),
            (CLUSTER.replace("/dev", "/d ev"), "holds white space in `d ev`"),
            (CLUSTER.replace("us-west-2", "uswest2"), "the region `uswest2`"),
            (CLUSTER.replace("us-west-2", "us-west"), "the region `us-west`"),
            (
                CLUSTER.replace("us-west-2", "cn-north-1"),
                "ends in `.amazonaws.com`: hosts in `cn-north-1` end in `.amazonaws.com.cn`",
            ),
            (
                CLUSTER.replace(".com:", ".com.cn:"),
                "ends in `.amazonaws.com.cn`: hosts in `us-west-2` end in `.amazonaws.com`",
            ),
            (
                CLUSTER.replace("c1a2.us-west-2.redshift", "1234.us-west-2.redshift-serverless"),
                "the account `1234`",
            ),
            (CLUSTER.replace(":5439", ""), "lacks its port"),
            (CLUSTER.replace(":5439", ":"), "lacks its port"),
            (CLUSTER.replace(":5439", ":543x"), "the port `543x`"),
            (CLUSTER.replace("5439", "65536"), "the port `65536`"),
            (CLUSTER.replace("/dev", ""), "lacks its database"),
            (CLUSTER.replace("//", "//sales:us-west-2/dev?"), "the port `us-west-2`"),
            (CLUSTER.replace("://", ":iam://").replace("5439", "us-west-2"), "the port `us-west-2`"),
            ("jdbc:redshift:iam://sales/dev".to_owned(), "lacks its port"),
            ("jdbc:redshift:iam://sales:us-west/dev".to_owned(), "the region `us-west`"),
            ("jdbc:redshift:iam://sales:us-west-2".to_owned(), "lacks its database"),
            ("jdbc:redshift://:5439/dev".to_owned(), "lacks its host"),
            (format!("{CLUSTER}?ssl=yes"), "`ssl` of the JDBC URL is `yes`"),
            (
                format!("{CLUSTER}?ssl=true&sslmode=prefer"),
                "`sslmode` of the JDBC URL is `prefer`: expected `verify-full`",
            ),
            (
                format!("{CLUSTER}?loginTimeout=soon"),
                "`loginTimeout` of the JDBC URL is `soon`: expected a number",
            ),
            (format!("{CLUSTER}?tcpKeepAlive=1"), "`tcpKeepAlive` of the JDBC URL is `1`: expected `true`"),
            (
                format!("{CLUSTER}?ApplicationName="),
                "`ApplicationName` of the JDBC URL is ``: expected a name",
            ),
            (format!("{CLUSTER}?user=me"), "`user` of the JDBC URL stands in the connection's own field"),
            (format!("{CLUSTER}?loglevel=2"), "`loglevel` of the JDBC URL is not supported"),
        ] {
            let error = JdbcUrl::parse(&wrong).unwrap_err().to_string();
            assert!(error.contains(named), "{wrong}: {error}");
        }
    }

    #[test]
    fn parameters() {
        let read = |text: &str| JdbcUrl::parse(&format!("{CLUSTER}{text}")).unwrap();
        let none = read("?loginTimeout=0");
        assert_eq!((none.application_name(), none.login_timeout(), none.keep_alive()), (None, None, None));
        let all = read("?SSLMode=verify-full&ApplicationName=nightly;logintimeout=10&tcpKeepAlive=false");
        assert_eq!((all.encryption(), all.application_name()), (Encryption::Tls, Some("nightly")));
        assert_eq!(all.login_timeout(), Some(Duration::from_secs(10)));
        assert_eq!(all.keep_alive(), Some(Switch::Off));
    }

    #[test]
    fn urls_of_iam_logins() {
        let cluster = Endpoint::Cluster { identifier: "sales".to_owned(), region: "us-west-2".to_owned() };
        let named = JdbcUrl::parse(&CLUSTER.replace("://", ":iam://")).unwrap();
        let looked_up = JdbcUrl::parse("jdbc:redshift:iam://sales:us-west-2/dev?ssl=true").unwrap();
        assert_eq!((named.scheme(), named.endpoint()), (Scheme::Iam, &cluster));
        assert_eq!(named.address(), Some(("sales.c1a2.us-west-2.redshift.amazonaws.com", 5439)));
        assert_eq!((looked_up.scheme(), looked_up.endpoint()), (Scheme::Iam, &cluster));
        assert_eq!((looked_up.address(), looked_up.database()), (None, "dev"));
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
