//! Partitions and regions on their way to an emulator that knows those of the partition `aws` alone.
//!
//! Measured: LocalStack 4.5 files IAM, STS and KMS of `cn-` and `us-gov-` regions under `us-east-1`, with ARNs of the
//! partition `aws`. So such a region has a stand-in over there. Accounts of ours are in one partition each, so nothing
//! of two partitions meets in one. Only what names an entity is translated: documents are left as they are.

use linchpin_gateway::partition_of;

/// Each region of another partition, and the one that it is filed under. None is us-east-1, which S3 takes no location
/// constraint for (documented).
const STAND_INS: [(&str, &str); 4] = [
    ("cn-north-1", "ap-northeast-1"),
    ("cn-northwest-1", "ap-southeast-1"),
    ("us-gov-east-1", "us-east-2"),
    ("us-gov-west-1", "us-west-2"),
];

/// The region that one is filed under.
pub(super) fn there(region: &str) -> &str {
    STAND_INS.iter().find(|(here, _)| *here == region).map_or(region, |(_, there)| there)
}

/// The region of a partition that is filed under one.
pub(super) fn here<'a>(partition: &str, region: &'a str) -> &'a str {
    stand_ins(partition).find(|(_, there)| *there == region).map_or(region, |(here, _)| here)
}

fn stand_ins(partition: &str) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    STAND_INS.iter().filter(move |(here, _)| partition_of(here) == partition)
}

/// A text with the ARNs of KMS keys as they are over there.
pub(super) fn keys_there(text: &str) -> String {
    STAND_INS.iter().fold(text.to_owned(), |text, (here, there)| {
        text.replace(&format!("arn:{}:kms:{here}:", partition_of(here)), &format!("arn:aws:kms:{there}:"))
    })
}

/// A text with the ARNs of a partition's KMS keys as they are here.
pub(super) fn keys_here(partition: &str, text: &str) -> String {
    stand_ins(partition).fold(text.to_owned(), |text, (here, there)| {
        text.replace(&format!("arn:aws:kms:{there}:"), &format!("arn:{partition}:kms:{here}:"))
    })
}

/// The value of a parameter of IAM or STS as it is over there.
pub(super) fn entity_there(value: String) -> String {
    let others = ["arn:aws-cn:iam:", "arn:aws-us-gov:iam:"];
    match others.iter().find_map(|prefix| value.strip_prefix(prefix)) {
        Some(rest) => format!("arn:aws:iam:{rest}"),
        None => value,
    }
}

/// An answer of IAM or STS with the ARNs of the account's own partition.
pub(super) fn entities_here(answer: &str, partition: &str, account: &str) -> String {
    let mut text = answer.to_owned();
    for service in ["iam", "sts"] {
        let theirs = format!(">arn:aws:{service}::{account}:");
        text = text.replace(&theirs, &format!(">arn:{partition}:{service}::{account}:"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_and_its_keys_come_back_as_they_went() {
        for region in
            ["us-east-1", "eu-west-1", "cn-north-1", "cn-northwest-1", "us-gov-west-1", "us-gov-east-1"]
        {
            let partition = partition_of(region);
            assert_eq!(here(partition, there(region)), region);
            assert_eq!(partition_of(there(region)), "aws");
            let key = format!("arn:{partition}:kms:{region}:111122223333:key/k");
            assert_eq!(keys_here(partition, &keys_there(&key)), key);
        }
    }

    #[test]
    fn an_arn_of_the_wrong_partition_stays_wrong() {
        let document = r#"{"Resource":"arn:aws-cn:iam::1:role/r"}"#;
        assert_eq!(entity_there(document.to_owned()), document);
        assert_eq!(entity_there("arn:aws-cn:iam::1:role/r".to_owned()), "arn:aws:iam::1:role/r");
    }
}
