//! What a URL's host names. Pure.

use super::UrlError;

const AWS: &str = ".amazonaws.com";
const CHINA: &str = ".amazonaws.com.cn";

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

impl Endpoint {
    /// A cluster that is told by its name and region.
    pub(super) fn named(identifier: &str, region: &str) -> Result<Self, UrlError> {
        check_region(region)?;
        Ok(Self::Cluster { identifier: identifier.to_owned(), region: region.to_owned() })
    }

    pub(super) fn of(host: &str) -> Result<Self, UrlError> {
        let named = |ending: &'static str| host.strip_suffix(ending).map(|name| (name, ending));
        let Some((name, ending)) = named(CHINA).or_else(|| named(AWS)) else { return Ok(Self::Custom) };
        let labels: Vec<&str> = name.split('.').collect();
        match labels.as_slice() {
            [identifier, hash, region, "redshift"] if filled(&[identifier, hash, region]) => {
                check_ending(region, ending)?;
                Self::named(identifier, region)
            }
            [name, account, region, "redshift-serverless"] if filled(&[name, account, region]) => {
                check_account(account)?;
                check_ending(region, ending)?;
                check_region(region)?;
                Ok(Self::Workgroup { name: (*name).to_owned(), region: (*region).to_owned() })
            }
            _ => Ok(Self::Custom),
        }
    }
}

fn filled(labels: &[&str]) -> bool {
    labels.iter().all(|label| !label.is_empty())
}

/// Words and a number (documented: `us-gov-west-1`).
fn check_region(region: &str) -> Result<(), UrlError> {
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_number = |word: &str| word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_one = match region.split('-').collect::<Vec<_>>().as_slice() {
        [words @ .., number] if words.len() >= 2 => words.iter().all(is_word) && is_number(number),
        _ => false,
    };
    if is_one { Ok(()) } else { Err(UrlError::Region { region: region.to_owned() }) }
}

/// Hosts of China's regions have an ending of their own (documented).
fn check_ending(region: &str, ending: &'static str) -> Result<(), UrlError> {
    let expected = if region.starts_with("cn-") { CHINA } else { AWS };
    if ending == expected {
        return Ok(());
    }
    Err(UrlError::Ending { given: ending, region: region.to_owned(), expected })
}

fn check_account(account: &str) -> Result<(), UrlError> {
    if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(UrlError::Account { account: account.to_owned() })
}
