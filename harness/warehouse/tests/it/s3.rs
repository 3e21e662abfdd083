//! A fake S3: objects in memory, access by key id, and actions that can be refused.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
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
    uploads: HashMap<String, BTreeMap<u32, Bytes>>,
    /// Method and path of each request, in order.
    requests: Vec<String>,
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

    pub fn requests(&self) -> Vec<String> {
        self.with(|state| state.requests.clone())
    }
}

type Answer = Response<Full<Bytes>>;

fn xml(status: u16, body: String) -> Answer {
    let builder =
        Response::builder().status(status).header("x-amz-request-id", "RID1").header("x-amz-id-2", "HOST1");
    builder.header("content-type", "application/xml").body(Full::new(body.into())).unwrap()
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    xml(status, format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))
}

async fn answer(state: Arc<Mutex<State>>, request: Request<Incoming>) -> Result<Answer, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let mut state = state.lock().unwrap();
    state.requests.push(format!("{} {}", parts.method, parts.uri));
    let authorization =
        parts.headers.get("authorization").map(|value| value.to_str().unwrap()).unwrap_or_default();
    let key =
        authorization.split("Credential=").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    if !state.known_keys.contains(key) {
        let message = "The AWS Access Key Id you provided does not exist in our records.";
        return Ok(error(403, "InvalidAccessKeyId", message));
    }
    let path = decode(parts.uri.path().trim_start_matches('/'));
    let query: HashMap<String, String> = parts
        .uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.split_once('=').or(Some((pair, ""))))
        .map(|(name, value)| (name.to_owned(), decode(value)))
        .collect();
    let (bucket, object) = path.split_once('/').unwrap_or((&path, ""));
    if !state.buckets.contains(bucket) {
        return Ok(error(404, "NoSuchBucket", "The specified bucket does not exist"));
    }
    let action = match parts.method {
        Method::GET if object.is_empty() => "list",
        Method::GET => "get",
        Method::DELETE => "delete",
        _ => "put",
    };
    if state.refused.contains(action)
        || (object.ends_with("manifest") && state.refused.contains("manifest") && action == "put")
    {
        return Ok(error(403, "AccessDenied", "Access Denied"));
    }
    Ok(match action {
        "list" => list(&state, bucket, query.get("prefix").map_or("", String::as_str)),
        "get" => match state.objects.get(&path) {
            Some(content) => Response::new(Full::new(content.clone())),
            None => error(404, "NoSuchKey", "The specified key does not exist."),
        },
        "delete" => {
            match query.get("uploadId") {
                Some(upload) => drop(state.uploads.remove(upload)),
                None => drop(state.objects.remove(&path)),
            }
            Response::builder().status(204).body(Full::default()).unwrap()
        }
        _ => put(&mut state, path, &query, body),
    })
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
            Response::builder().header("etag", format!("\"{part}\"")).body(Full::default()).unwrap()
        }
        (Some(upload), None) => {
            let parts = state.uploads.remove(upload).unwrap();
            let content: Vec<u8> = parts.into_values().flatten().collect();
            state.objects.insert(path, content.into());
            xml(200, "<CompleteMultipartUploadResult/>".to_owned())
        }
        _ => {
            state.objects.insert(path, body);
            Response::builder().header("etag", "\"1\"").body(Full::default()).unwrap()
        }
    }
}

fn list(state: &State, bucket: &str, prefix: &str) -> Answer {
    let start = format!("{bucket}/{prefix}");
    let keys = state
        .objects
        .keys()
        .filter_map(|path| path.starts_with(&start).then(|| path.split_once('/').unwrap().1.to_owned()));
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
