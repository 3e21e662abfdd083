//! Evaluations per second on one core: 3 documents of 3 statements, parsed once and parsed each time.

#![expect(clippy::expect_used, reason = "a benchmark of a broken case measures nothing")]

use std::hint::black_box;

use divan::{Bencher, counter::ItemsCount};
use linchpin_policy::{Case, Outcome};

/// A role's session reads an object: an identity policy, a boundary and a bucket policy.
const CASE: &str = r#"{"id": 1, "principal": "arn:aws:sts::111111111111:assumed-role/loader/s",
"action": "s3:GetObject", "resource": "arn:aws:s3:::staging/team-a/2026/part-0001.gz", "resource_account": "111111111111",
"context": {"aws:PrincipalTag/team": "team-a", "aws:SecureTransport": "true", "aws:SourceIp": "10.0.0.7"},
"identity_policies": [{"Version": "2012-10-17", "Statement": [
  {"Sid": "List", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::staging", "Condition": {"StringLike": {"s3:prefix": "${aws:PrincipalTag/team}/*"}}},
  {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": "arn:aws:s3:::staging/${aws:PrincipalTag/team}/*"},
  {"Sid": "NoDelete", "Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}]}],
"permission_boundaries": [{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
  {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "arn:aws:kms:*:111111111111:key/*"},
  {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]}],
"resource_policy": {"Version": "2012-10-17", "Statement": [
  {"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::staging", "arn:aws:s3:::staging/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
  {"Sid": "Net", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::staging/*", "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
  {"Sid": "Other", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::222222222222:root"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::staging/*"}]}}"#;

/// Enough of both that the first evaluations, which find the processor's caches empty, do not decide the median.
const SAMPLES: u32 = 300;
const EVALUATIONS: u32 = 100;

fn main() {
    divan::main();
}

#[divan::bench(sample_count = SAMPLES, sample_size = EVALUATIONS)]
fn parsed_once(bencher: Bencher<'_, '_>) {
    let case = Case::parse(CASE).expect("the case is valid");
    assert_eq!(case.decide().outcome, Outcome::Allow);
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| black_box(&case).decide());
}

#[divan::bench(sample_count = SAMPLES, sample_size = EVALUATIONS)]
fn parsed_each_time(bencher: Bencher<'_, '_>) {
    bencher
        .counter(ItemsCount::new(1_u32))
        .bench_local(|| Case::parse(black_box(CASE)).map(|case| case.decide()));
}
