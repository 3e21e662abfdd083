//! A request as bytes on the wire, signed by `aws-sigv4`.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
        SigningSettings, UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use linchpin_gateway::Gateway;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::stand::{SECRET, TOKEN};

/// What `x-amz-content-sha256` is to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealed {
    Hash,
    Unsigned,
    Mode(&'static str),
}

#[derive(Clone, Debug)]
pub struct Draft {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub key: &'static str,
    pub secret: &'static str,
    pub token: Option<&'static str>,
    pub region: &'static str,
    pub service: &'static str,
    pub sealed: Sealed,
    pub expires: Option<u64>,
    /// Seconds; before now where negative.
    pub shift: i64,
}

impl Draft {
    pub fn new(method: &'static str, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            headers: vec![("host".to_owned(), "127.0.0.1".to_owned())],
            body: Vec::new(),
            key: "AKIA",
            secret: SECRET,
            token: None,
            region: "eu-west-1",
            service: "s3",
            sealed: Sealed::Hash,
            expires: None,
            shift: 0,
        }
    }

    pub fn session(mut self, key: &'static str) -> Self {
        (self.key, self.token) = (key, Some(TOKEN));
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, body: &str) -> Self {
        self.body = body.as_bytes().to_vec();
        self
    }

    pub fn form(body: &str) -> Self {
        let mut draft = Self::new("POST", "/").body(body);
        draft.service = "sts";
        draft.header("content-type", "application/x-www-form-urlencoded")
    }

    pub fn presigned(mut self, seconds: u64) -> Self {
        (self.expires, self.sealed) = (Some(seconds), Sealed::Unsigned);
        self
    }

    pub fn set(&mut self, name: &str, change: impl Fn(&str) -> String) {
        for (_, value) in self.headers.iter_mut().filter(|(header, _)| header.eq_ignore_ascii_case(name)) {
            *value = change(value);
        }
    }

    pub fn remove(&mut self, name: &str) {
        self.headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
    }

    fn settings(&self) -> SigningSettings {
        let mut settings = SigningSettings::default();
        if self.service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        if let Some(seconds) = self.expires {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(Duration::from_secs(seconds));
            settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        }
        settings
    }

    fn time(&self) -> SystemTime {
        let shift = Duration::from_secs(self.shift.unsigned_abs());
        if self.shift < 0 { SystemTime::now() - shift } else { SystemTime::now() + shift }
    }

    /// Signs what is there; what is changed afterwards is tampering.
    pub fn signed(mut self) -> Self {
        let credentials = Credentials::from_keys(self.key, self.secret, self.token.map(str::to_owned));
        let identity = credentials.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(self.time())
            .settings(self.settings())
            .build()
            .unwrap();
        let body = match self.sealed {
            Sealed::Hash => SignableBody::Bytes(&self.body),
            Sealed::Unsigned => SignableBody::UnsignedPayload,
            Sealed::Mode(mode) => SignableBody::Precomputed(mode.to_owned()),
        };
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let uri = format!("http://127.0.0.1{}", self.path);
        let request = SignableRequest::new(self.method, uri, headers, body).unwrap();
        let (instructions, _) = sign(request, &params.into()).unwrap().into_parts();
        let (headers, query) = instructions.into_parts();
        self.headers.extend(headers.iter().map(|h| (h.name().to_owned(), h.value().to_owned())));
        if !query.is_empty() {
            let mut pairs = form_urlencoded::Serializer::new(String::new());
            pairs.extend_pairs(query.iter().map(|(name, value)| (*name, value.as_ref())));
            let joint = if self.path.contains('?') { "&" } else { "?" };
            self.path = format!("{}{joint}{}", self.path, pairs.finish().replace('+', "%20"));
        }
        self
    }

    /// A request that ends its connection.
    pub fn bytes(&self) -> Vec<u8> {
        [self.head("close"), self.body.clone()].concat()
    }

    /// All but the body.
    pub fn head(&self, connection: &str) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.path).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend(format!("{name}: {value}\r\n").into_bytes());
        }
        if !self.headers.iter().any(|(name, _)| name == "content-length") {
            bytes.extend(format!("content-length: {}\r\n", self.body.len()).into_bytes());
        }
        bytes.extend(format!("connection: {connection}\r\n\r\n").into_bytes());
        bytes
    }
}

/// `STATUS` and the body of the answer to raw bytes.
pub async fn exchange(gateway: &Gateway, bytes: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
    // A gateway that refuses early may close before all is written.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
    (status, body)
}
