//! The client: signs a call, sends it, and tells a refusal in AWS's words.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use bytes::Bytes;
use http::{
    HeaderValue, Request,
    header::{CONTENT_TYPE, USER_AGENT},
};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use thiserror::Error;

use crate::Answer;

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
    /// What the client calls itself.
    name: Option<&'static str>,
    /// How far the caller's clock, by which it signs, is ahead.
    ahead: Duration,
    http: Client<HttpConnector, Full<Bytes>>,
}

impl QueryClient {
    /// A client of the services behind one endpoint, an `http://` URL.
    pub fn new(endpoint: String) -> Self {
        let http = Client::builder(TokioExecutor::new()).build_http();
        Self { endpoint, name: None, ahead: Duration::ZERO, http }
    }

    /// The same, under a name.
    #[must_use]
    pub fn with_name(self, name: &'static str) -> Self {
        Self { name: Some(name), ..self }
    }

    /// The same, on a machine whose clock is fast.
    #[must_use]
    pub fn with_clock_ahead(self, ahead: Duration) -> Self {
        Self { ahead, ..self }
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
        let answer = Answer::of(&body.to_bytes());
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
        if let Some(name) = self.name {
            request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(name));
        }
        let identity = credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service.name())
            .time(SystemTime::now() + self.ahead)
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
