//! A client of query-protocol services: what the harness itself asks of IAM, STS and the Redshift control plane.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use bytes::Bytes;
use http::{Request, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use quick_xml::{Reader, events::Event};
use thiserror::Error;

/// Why a call brought nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum QueryError {
    /// The service said no.
    #[error("{code}: {message}")]
    Refused {
        /// AWS's code.
        code: String,
        /// AWS's message.
        message: String,
    },
    /// The service did not answer, or not in its protocol.
    #[error("no answer from `{endpoint}`: {detail}")]
    NoAnswer {
        /// Where it was looked for.
        endpoint: String,
        /// What happened.
        detail: String,
    },
}

/// The services that are asked, with the versions of their protocols.
#[derive(Clone, Copy, Debug)]
pub enum QueryService {
    /// The Redshift control plane.
    Redshift,
    /// The Security Token Service.
    Sts,
    /// Identity and Access Management.
    Iam,
}

impl QueryService {
    fn name(self) -> &'static str {
        match self {
            Self::Redshift => "redshift",
            Self::Sts => "sts",
            Self::Iam => "iam",
        }
    }

    fn version(self) -> &'static str {
        match self {
            Self::Redshift => "2012-12-01",
            Self::Sts => "2011-06-15",
            Self::Iam => "2010-05-08",
        }
    }
}

/// The client.
#[derive(Clone, Debug)]
pub struct QueryClient {
    endpoint: String,
    http: Client<HttpConnector, Full<Bytes>>,
}

impl QueryClient {
    /// A client of the services behind one endpoint.
    pub fn new(endpoint: String) -> Self {
        Self { endpoint, http: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Calls an operation; the answer is its XML.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn call(
        &self,
        credentials: &Credentials,
        service: QueryService,
        region: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Answer, QueryError> {
        let request = self.request(credentials, service, region, parameters)?;
        let answer = self.http.request(request).await.map_err(|error| self.no_answer(&error))?;
        let status = answer.status();
        let body = answer.into_body().collect().await.map_err(|error| self.no_answer(&error))?;
        let answer = Answer(String::from_utf8_lossy(&body.to_bytes()).into_owned());
        if status.is_success() {
            return Ok(answer);
        }
        Err(QueryError::Refused {
            code: answer.first("Code").unwrap_or_else(|| status.to_string()),
            message: answer.first("Message").unwrap_or_default(),
        })
    }

    fn request(
        &self,
        credentials: &Credentials,
        service: QueryService,
        region: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Request<Full<Bytes>>, QueryError> {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("Version", service.version())
            .extend_pairs(parameters)
            .finish();
        let host = self.endpoint.trim_start_matches("http://");
        let mut request = Request::post(format!("{}/", self.endpoint))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("host", host)
            .body(Full::from(body.clone()))
            .map_err(|error| self.no_answer(&error))?;
        let identity = credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service.name())
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| self.no_answer(&error))?;
        let uri = request.uri().to_string();
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("host", host)];
        let signable =
            SignableRequest::new("POST", uri, headers.into_iter(), SignableBody::Bytes(body.as_bytes()));
        let signable = signable.map_err(|error| self.no_answer(&error))?;
        let signed = sign(signable, &parameters.into()).map_err(|error| self.no_answer(&error))?;
        signed.into_parts().0.apply_to_request_http1x(&mut request);
        Ok(request)
    }

    fn no_answer(&self, error: &dyn std::error::Error) -> QueryError {
        QueryError::NoAnswer { endpoint: self.endpoint.clone(), detail: error.to_string() }
    }
}

/// The XML of an answer.
#[derive(Clone, Debug)]
pub struct Answer(String);

impl Answer {
    /// The text of every element of this name, in order.
    pub fn all(&self, name: &str) -> Vec<String> {
        let plain = |text: String| quick_xml::escape::unescape(&text).ok().map(std::borrow::Cow::into_owned);
        self.insides(name).into_iter().filter_map(plain).collect()
    }

    /// What stands in every element of this name, in order.
    pub fn elements(&self, name: &str) -> Vec<Answer> {
        self.insides(name).into_iter().map(Answer).collect()
    }

    fn insides(&self, name: &str) -> Vec<String> {
        let mut reader = Reader::from_str(&self.0);
        let mut found = Vec::new();
        while let Ok(event) = reader.read_event() {
            match event {
                Event::Start(tag) if tag.local_name().as_ref() == name.as_bytes() => {
                    let inside = reader.read_text(tag.name()).ok();
                    found.extend(inside.and_then(|inside| Some(inside.decode().ok()?.into_owned())));
                }
                Event::Eof => break,
                _ => {}
            }
        }
        found
    }

    /// The text of the first element of this name.
    pub fn first(&self, name: &str) -> Option<String> {
        self.all(name).into_iter().next()
    }
}
