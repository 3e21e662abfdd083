//! A fake S3: objects in memory, access by key id, and actions that can be refused.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::http::request::Parts;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

#[derive(Default)]
struct State {
    /// By `bucket/key`.
    objects: BTreeMap<String, Bytes>,
    buckets: HashSet<String>,
    known_keys: HashSet<String>,
    refused: HashSet<&'static str>,
    stalled: HashSet<&'static str>,
    /// Objects, by `bucket/key`, whose requests get no answer.
    slow: HashSet<String>,
    /// How many bytes of an object are sent before the connection breaks.
    cut: Option<usize>,
    /// User metadata of objects, and of uploads on their way, by `bucket/key`.
    metadata: HashMap<String, Vec<(String, String)>>,
    uploads: HashMap<String, BTreeMap<u32, Bytes>>,
    /// Method and path of each request, in order.
    requests: Vec<String>,
    /// Path, encryption and key that each request to write an object named.
    encryptions: Vec<String>,
}

#[derive(Clone)]
pub struct FakeS3 {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

pub const KEY_ID: &str = "AKIAKNOWN";
pub const BUCKET: &str = "stage";

impl FakeS3 {
    pub async fn start() -> FakeS3 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let s3 = FakeS3 { address: listener.local_addr().unwrap(), state: Arc::default() };
        s3.with(|state| {
            state.buckets.extend([BUCKET.to_owned(), "other".to_owned()]);
            state.known_keys.extend([KEY_ID.to_owned(), "ASIAROLE".to_owned()]);
        });
        let state = Arc::clone(&s3.state);
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let state = Arc::clone(&state);
                let service = service_fn(move |request| answer(Arc::clone(&state), request));
                let connection =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(tcp), service);
                tokio::spawn(connection);
            }
        });
        s3
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap())
    }

    pub fn put(&self, path: &str, content: impl Into<Bytes>) {
        self.with(|state| state.objects.insert(path.to_owned(), content.into()));
    }

    pub fn get(&self, path: &str) -> Option<Bytes> {
        self.with(|state| state.objects.get(path).cloned())
    }

    pub fn keys(&self) -> Vec<String> {
        self.with(|state| state.objects.keys().cloned().collect())
    }

    /// Refuses `list`, `get`, `put` or `delete` from now on.
    pub fn refuse(&self, action: &'static str) {
        self.with(|state| state.refused.insert(action));
    }

    /// Leaves requests of this action without an answer from now on.
    pub fn stall(&self, action: &'static str) {
        self.with(|state| state.stalled.insert(action));
    }

    /// Leaves requests for this object without an answer from now on.
    pub fn stall_object(&self, path: &str) {
        self.with(|state| state.slow.insert(path.to_owned()));
    }

    /// Breaks the connection after `length` bytes of an object.
    pub fn cut(&self, length: Option<usize>) {
        self.with(|state| state.cut = length);
    }

    /// Waits for a request whose method and path start so.
    pub async fn requested(&self, start: &str) {
        while !self.requests().iter().any(|request| request.starts_with(start)) {
            tokio::task::yield_now().await;
        }
    }

    /// Takes `path algorithm key` of each object that was written.
    pub fn take_encryptions(&self) -> Vec<String> {
        self.with(|state| std::mem::take(&mut state.encryptions))
    }

    pub fn requests(&self) -> Vec<String> {
        self.with(|state| state.requests.clone())
    }
}

type Answer = Response<BoxBody<Bytes, std::io::Error>>;

fn full(content: impl Into<Bytes>) -> BoxBody<Bytes, std::io::Error> {
    Full::new(content.into()).map_err(|never| match never {}).boxed()
}

/// The beginning of `content`, then a broken connection.
fn broken(content: &Bytes, length: usize) -> Answer {
    let parts = [Ok(Frame::data(content.slice(..length))), Err(std::io::ErrorKind::ConnectionReset.into())];
    let body = StreamBody::new(futures_util::stream::iter(parts)).boxed();
    Response::builder().header("content-length", content.len()).body(body).unwrap()
}

fn xml(status: u16, body: String) -> Answer {
    let builder =
        Response::builder().status(status).header("x-amz-request-id", "RID1").header("x-amz-id-2", "HOST1");
    builder.header("content-type", "application/xml").body(full(body)).unwrap()
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    xml(status, format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))
}

async fn answer(state: Arc<Mutex<State>>, request: Request<Incoming>) -> Result<Answer, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let Some(answer) = respond(&mut state.lock().unwrap(), &parts, body) else {
        return std::future::pending().await;
    };
    Ok(answer)
}

/// The answer; `None` to a request that gets none.
fn respond(state: &mut State, parts: &Parts, body: Bytes) -> Option<Answer> {
    state.requests.push(format!("{} {}", parts.method, parts.uri));
    let authorization =
        parts.headers.get("authorization").map(|value| value.to_str().unwrap()).unwrap_or_default();
    let key =
        authorization.split("Credential=").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    if !state.known_keys.contains(key) {
        let message = "The AWS Access Key Id you provided does not exist in our records.";
        return Some(error(403, "InvalidAccessKeyId", message));
    }
    let path = decode(parts.uri.path().trim_start_matches('/'));
    let query = query(parts.uri.query().unwrap_or_default());
    let (bucket, object) = path.split_once('/').unwrap_or((&path, ""));
    if !state.buckets.contains(bucket) {
        return Some(error(404, "NoSuchBucket", "The specified bucket does not exist"));
    }
    let action = match parts.method {
        Method::GET if object.is_empty() => "list",
        Method::GET => "get",
        Method::DELETE => "delete",
        _ if object.ends_with("manifest") => "manifest",
        _ => "put",
    };
    if state.stalled.contains(action) || state.slow.contains(&path) {
        return None;
    }
    if state.refused.contains(action) {
        return Some(error(403, "AccessDenied", "Access Denied"));
    }
    Some(match action {
        "list" => list(state, bucket, query.get("prefix").map_or("", String::as_str)),
        "get" => get(state, &path, parts.headers.get("range").map(|range| range.to_str().unwrap())),
        "delete" => {
            match query.get("uploadId") {
                Some(upload) => drop(state.uploads.remove(upload)),
                None => drop(state.objects.remove(&path)),
            }
            Response::builder().status(204).body(full("")).unwrap()
        }
        _ => {
            let header = |name: &str| parts.headers.get(name).map_or("-", |value| value.to_str().unwrap());
            if !query.contains_key("uploadId") {
                let algorithm = header("x-amz-server-side-encryption");
                let key = header("x-amz-server-side-encryption-aws-kms-key-id");
                state.encryptions.push(format!("{path} {algorithm} {key}"));
            }
            if !query.contains_key("uploadId") {
                let user = parts.headers.iter().filter(|(name, _)| name.as_str().starts_with("x-amz-meta-"));
                let user = user.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
                state.metadata.insert(path.clone(), user.collect());
            }
            put(state, path, &query, body)
        }
    })
}

fn query(text: &str) -> HashMap<String, String> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('=').or(Some((pair, ""))));
    pairs.map(|(name, value)| (name.to_owned(), decode(value))).collect()
}

fn get(state: &State, path: &str, range: Option<&str>) -> Answer {
    match (state.objects.get(path), state.cut) {
        (Some(content), None) if range.is_some() => part(content, range.unwrap()),
        (Some(content), Some(length)) => broken(content, length),
        (Some(content), None) => {
            let user = state.metadata.get(path).into_iter().flatten();
            let answer = user.fold(Response::builder(), |answer, (name, value)| answer.header(name, value));
            answer.body(full(content.clone())).unwrap()
        }
        (None, _) => error(404, "NoSuchKey", "The specified key does not exist."),
    }
}

/// `bytes=first-last` or `bytes=-length`.
fn part(content: &Bytes, range: &str) -> Answer {
    let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
    let length = content.len();
    let (start, end) = match first {
        "" => (length.saturating_sub(last.parse().unwrap()), length),
        first => (first.parse().unwrap(), length.min(last.parse::<usize>().unwrap() + 1)),
    };
    if start >= length {
        return error(416, "InvalidRange", "The requested range is not satisfiable");
    }
    let content_range = format!("bytes {start}-{}/{length}", end - 1);
    let answer = Response::builder().status(206).header("content-range", content_range);
    answer.body(full(content.slice(start..end))).unwrap()
}

fn put(state: &mut State, path: String, query: &HashMap<String, String>, body: Bytes) -> Answer {
    if query.contains_key("uploads") {
        let upload = format!("upload{}", state.uploads.len());
        state.uploads.insert(upload.clone(), BTreeMap::new());
        let ids = format!("<UploadId>{upload}</UploadId>");
        return xml(200, format!("<InitiateMultipartUploadResult>{ids}</InitiateMultipartUploadResult>"));
    }
    match (query.get("uploadId"), query.get("partNumber")) {
        (Some(upload), Some(part)) => {
            state.uploads.get_mut(upload).unwrap().insert(part.parse().unwrap(), body);
            Response::builder().header("etag", format!("\"{part}\"")).body(full("")).unwrap()
        }
        (Some(upload), None) => {
            let parts = state.uploads.remove(upload).unwrap();
            let content: Vec<u8> = parts.into_values().flatten().collect();
            state.objects.insert(path, content.into());
            xml(200, "<CompleteMultipartUploadResult/>".to_owned())
        }
        _ => {
            state.objects.insert(path, body);
            Response::builder().header("etag", "\"1\"").body(full("")).unwrap()
        }
    }
}

fn list(state: &State, bucket: &str, prefix: &str) -> Answer {
    let start = format!("{bucket}/{prefix}");
    let keys = state
        .objects
        .keys()
        .filter(|path| path.starts_with(&start))
        .map(|path| path.split_once('/').unwrap().1.to_owned());
    let contents: String = keys.map(|key| format!("<Contents><Key>{key}</Key></Contents>")).collect();
    xml(200, format!("<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"))
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            b'+' => b' ',
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}
