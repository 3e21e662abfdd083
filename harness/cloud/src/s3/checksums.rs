//! The checksums that S3 computes, holds clients to and keeps (documented: "Checking object integrity"). Pure.

use base64::{Engine, prelude::BASE64_STANDARD};
use crc_fast::CrcAlgorithm;
use s3s::{
    S3Error, S3ErrorCode, S3Result,
    checksum::ChecksumHasher,
    dto::{Checksum, ChecksumAlgorithm, ChecksumType},
};

use super::errors::{self, invalid_request, unsupported_checksum};

/// An algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

/// What a checksum is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The bytes of the object.
    FullObject,
    /// The checksums of its parts.
    Composite,
}

/// A checksum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) algorithm: Algorithm,
    /// In base64; `-N` behind it counts the parts of a composite one.
    pub(super) value: String,
    pub(super) kind: Kind,
}

impl Algorithm {
    pub(super) const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// Documented: what S3 computes where a client names none.
    pub(super) const DEFAULT: Self = Self::Crc64Nvme;

    /// As answers name it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => ChecksumAlgorithm::CRC32,
            Self::Crc32c => ChecksumAlgorithm::CRC32C,
            Self::Crc64Nvme => ChecksumAlgorithm::CRC64NVME,
            Self::Sha1 => ChecksumAlgorithm::SHA1,
            Self::Sha256 => ChecksumAlgorithm::SHA256,
        }
    }

    /// The header or trailer that holds it.
    pub(super) fn header(self) -> String {
        format!("x-amz-checksum-{}", self.name().to_ascii_lowercase())
    }

    pub(super) fn named(name: &ChecksumAlgorithm) -> S3Result<Self> {
        let known = Self::ALL.into_iter().find(|algorithm| algorithm.name() == name.as_str());
        known.ok_or_else(unsupported_checksum)
    }

    fn bytes(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// The cyclic redundancy check by its name in catalogues, if it is one.
    fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            Self::Sha1 | Self::Sha256 => None,
        }
    }

    pub(super) fn hasher(self) -> ChecksumHasher {
        let mut hasher = ChecksumHasher::default();
        match self {
            Self::Crc32 => hasher.crc32 = Some(Default::default()),
            Self::Crc32c => hasher.crc32c = Some(Default::default()),
            Self::Crc64Nvme => hasher.crc64nvme = Some(Default::default()),
            Self::Sha1 => hasher.sha1 = Some(Default::default()),
            Self::Sha256 => hasher.sha256 = Some(Default::default()),
        }
        hasher
    }

    fn field(self, sums: &mut Checksum) -> &mut Option<String> {
        match self {
            Self::Crc32 => &mut sums.checksum_crc32,
            Self::Crc32c => &mut sums.checksum_crc32c,
            Self::Crc64Nvme => &mut sums.checksum_crc64nvme,
            Self::Sha1 => &mut sums.checksum_sha1,
            Self::Sha256 => &mut sums.checksum_sha256,
        }
    }
}

impl Kind {
    pub(super) fn told(self) -> ChecksumType {
        ChecksumType::from_static(match self {
            Self::FullObject => ChecksumType::FULL_OBJECT,
            Self::Composite => ChecksumType::COMPOSITE,
        })
    }
}

impl Sum {
    pub(super) fn of(algorithm: Algorithm, hasher: ChecksumHasher) -> Self {
        let value = algorithm.field(&mut hasher.finalize()).take().unwrap_or_default();
        Self { algorithm, value, kind: Kind::FullObject }
    }

    /// Documented: the checksum of the parts' checksums, and how many they are.
    pub(super) fn composite(algorithm: Algorithm, parts: &[Self]) -> Self {
        let mut hasher = algorithm.hasher();
        for part in parts {
            hasher.update(&BASE64_STANDARD.decode(&part.value).unwrap_or_default());
        }
        let value = format!("{}-{}", Self::of(algorithm, hasher).value, parts.len());
        Self { algorithm, value, kind: Kind::Composite }
    }

    /// The checksum of parts one after another, each with its size in bytes, where the algorithm can tell it from theirs.
    pub(super) fn joined<'a>(
        algorithm: Algorithm,
        parts: impl Iterator<Item = (&'a Self, u64)>,
    ) -> Option<Self> {
        let crc = algorithm.crc()?;
        let mut whole = None;
        for (part, size) in parts {
            let sum =
                part.number().filter(|_| part.algorithm == algorithm && part.kind == Kind::FullObject)?;
            whole = Some(whole.map_or(sum, |before| crc_fast::checksum_combine(crc, before, sum, size)));
        }
        let bytes = whole?.to_be_bytes();
        let value = BASE64_STANDARD.encode(bytes.get(bytes.len() - algorithm.bytes()..)?);
        Some(Self { algorithm, value, kind: Kind::FullObject })
    }

    /// The sum of a CRC as a number: its bytes are in network order (documented).
    fn number(&self) -> Option<u64> {
        let bytes = BASE64_STANDARD.decode(&self.value).ok()?;
        (bytes.len() <= 8).then(|| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// As answers tell it.
    pub(super) fn told(&self) -> Checksum {
        let mut sums = Checksum { checksum_type: Some(self.kind.told()), ..Checksum::default() };
        *self.algorithm.field(&mut sums) = Some(self.value.clone());
        sums
    }
}

/// The one checksum that a client gives, as text.
pub(super) fn given(sums: &Checksum) -> S3Result<Option<(Algorithm, String)>> {
    let mut sums = sums.clone();
    let given = Algorithm::ALL.into_iter().filter_map(|algorithm| {
        let value = algorithm.field(&mut sums).take()?;
        Some((algorithm, value))
    });
    let given: Vec<(Algorithm, String)> = given.collect();
    match given.as_slice() {
        [] => Ok(None),
        [(algorithm, value)] if is_checksum(*algorithm, value) => Ok(Some((*algorithm, value.clone()))),
        [(algorithm, _)] => {
            Err(invalid_request(format!("Value for {} header is invalid.", algorithm.header())))
        }
        _ => Err(invalid_request(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        )),
    }
}

fn is_checksum(algorithm: Algorithm, value: &str) -> bool {
    let digest = value.split_once('-').map_or(value, |(digest, _)| digest);
    BASE64_STANDARD.decode(digest).is_ok_and(|bytes| bytes.len() == algorithm.bytes())
}

/// What a client said of a body is not so.
pub(super) fn bad_checksum(algorithm: Algorithm) -> S3Error {
    S3Error::with_message(S3ErrorCode::BadDigest, errors::bad_checksum(algorithm.name()))
}

/// Which checksum the object of an upload in parts is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) algorithm: Algorithm,
    pub(super) kind: Kind,
}

impl Plan {
    /// Documented: the table of algorithms and types in "Checking object integrity in Amazon S3".
    pub(super) fn of(
        algorithm: Option<&ChecksumAlgorithm>,
        kind: Option<&ChecksumType>,
    ) -> S3Result<Option<Self>> {
        let Some(algorithm) = algorithm.map(Algorithm::named).transpose()? else {
            return match kind {
                None => Ok(None),
                Some(_) => Err(invalid_request(
                    "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
                )),
            };
        };
        let by_default = if algorithm == Algorithm::Crc64Nvme { Kind::FullObject } else { Kind::Composite };
        let kind = kind.map(kind_of).transpose()?.unwrap_or(by_default);
        let fits = match (algorithm, kind) {
            (Algorithm::Crc64Nvme, kind) => kind == Kind::FullObject,
            (Algorithm::Sha1 | Algorithm::Sha256, kind) => kind == Kind::Composite,
            (Algorithm::Crc32 | Algorithm::Crc32c, _) => true,
        };
        if fits { Ok(Some(Self { algorithm, kind })) } else { Err(impossible(algorithm, kind)) }
    }
}

pub(super) fn kind_of(kind: &ChecksumType) -> S3Result<Kind> {
    match kind.as_str() {
        ChecksumType::FULL_OBJECT => Ok(Kind::FullObject),
        ChecksumType::COMPOSITE => Ok(Kind::Composite),
        _ => Err(invalid_request("Value for x-amz-checksum-type header is invalid.")),
    }
}

/// Known.
fn impossible(algorithm: Algorithm, kind: Kind) -> S3Error {
    invalid_request(format!(
        "The {} checksum type cannot be used with the {} checksum algorithm.",
        kind.told().as_str(),
        algorithm.name().to_ascii_lowercase()
    ))
}

/// Puts a checksum into an answer; the answers are many types with the same fields.
macro_rules! tell {
    ($output:expr, $sum:expr) => {{
        let (mut output, sum) = ($output, $sum);
        output.checksum_crc32 = sum.checksum_crc32;
        output.checksum_crc32c = sum.checksum_crc32c;
        output.checksum_crc64nvme = sum.checksum_crc64nvme;
        output.checksum_sha1 = sum.checksum_sha1;
        output.checksum_sha256 = sum.checksum_sha256;
        output
    }};
}

/// The checksums in an input, which are many types with the same fields.
macro_rules! sums {
    ($input:ident) => {
        s3s::dto::Checksum {
            checksum_crc32: $input.checksum_crc32.clone(),
            checksum_crc32c: $input.checksum_crc32c.clone(),
            checksum_crc64nvme: $input.checksum_crc64nvme.clone(),
            checksum_sha1: $input.checksum_sha1.clone(),
            checksum_sha256: $input.checksum_sha256.clone(),
            checksum_type: None,
        }
    };
}

pub(super) use {sums, tell};

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(algorithm: Algorithm, text: &str) -> Sum {
        let mut hasher = algorithm.hasher();
        hasher.update(text.as_bytes());
        Sum::of(algorithm, hasher)
    }

    #[test]
    fn parts_make_the_sum_of_the_whole() {
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme] {
            let parts = ["1234", "", "5", "6789"].map(|text| (sum(algorithm, text), text.len() as u64));
            let joined = Sum::joined(algorithm, parts.iter().map(|(sum, size)| (sum, *size)));
            assert_eq!(joined, Some(sum(algorithm, "123456789")));
        }
    }

    #[test]
    fn some_parts_do_not_tell_of_the_whole() {
        let hash = sum(Algorithm::Sha256, "1");
        assert_eq!(Sum::joined(Algorithm::Sha256, [(&hash, 1)].into_iter()), None);
        let (other, own) = (sum(Algorithm::Crc32, "1"), sum(Algorithm::Crc64Nvme, "1"));
        assert_eq!(Sum::joined(Algorithm::Crc64Nvme, [(&own, 1), (&other, 1)].into_iter()), None);
        assert_eq!(Sum::joined(Algorithm::Crc64Nvme, std::iter::empty()), None);
    }
}
