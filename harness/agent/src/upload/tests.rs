//! A stand-in of S3 that answers uploads when so many of them are under way, or all there are have come.

use super::*;
use crate::Connection;
use crate::plan::tests::{connection, keys};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What has come in so far.
#[derive(Debug, Default, Clone)]
struct Seen {
    /// `METHOD PATH?QUERY`, in the order that they came.
    requests: Vec<String>,
    /// How many uploads have come, and are under way now, and were at the most.
    begun: usize,
    open: usize,
    most: usize,
}

struct Server {
    seen: watch::Sender<Seen>,
    /// How many uploads there will be, and how many of them are to be under way at a time.
    uploads: usize,
    at_a_time: usize,
}

impl Server {
    async fn serve(self: Arc<Self>, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        while let Some(request) = read(&mut stream).await {
            let is_upload = request.starts_with("PUT ");
            self.seen.send_modify(|seen| seen.requests.push(request.clone()));
            if is_upload {
                self.hold().await;
            }
            let body = if request.contains("?uploads") { BEGUN } else { DONE };
            let answer =
                format!("HTTP/1.1 200 OK\r\netag: \"e\"\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    /// Until as many are under way as there should be at a time, or no more will come.
    async fn hold(&self) {
        self.seen.send_modify(|seen| {
            seen.begun += 1;
            seen.open += 1;
            seen.most = seen.most.max(seen.open);
        });
        let enough = |seen: &Seen| seen.most >= self.at_a_time || seen.begun == self.uploads;
        self.seen.subscribe().wait_for(enough).await.unwrap();
        self.seen.send_modify(|seen| seen.open -= 1);
    }
}

const BEGUN: &str = "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
const DONE: &str = "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>";

/// A request's first line without the protocol, once its body has been read.
async fn read(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let (mut first, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        let line = line.trim_end();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
        first.get_or_insert(line.trim_end_matches(" HTTP/1.1").to_owned());
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    first
}

/// Uploads files of these lengths, and tells what the server saw.
async fn uploaded(
    lengths: &[usize],
    part_size: Option<usize>,
    connections: usize,
    (uploads, at_a_time): (usize, usize),
) -> Seen {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = Arc::new(Server { seen: watch::Sender::default(), uploads, at_a_time });
    let serving = Arc::clone(&server);
    let accept = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(Arc::clone(&serving).serve(stream));
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let file = |(number, length): (usize, &usize)| {
        let path = folder.path().join(number.to_string());
        std::fs::write(&path, vec![b'x'; *length]).unwrap();
        (path, format!("k{number}"))
    };
    let files: Vec<_> = lengths.iter().enumerate().map(file).collect();
    let keys_put: Vec<_> = files.iter().map(|(_, key)| key.clone()).collect();
    let connection = Connection { s3_endpoint: Some(endpoint), ..connection("", "", keys(None)) };
    let bucket = Bucket::new(&connection, connection.credentials.as_ref().unwrap()).unwrap();
    let uploads =
        Uploads::new(&bucket, part_size.and_then(NonZeroUsize::new), NonZeroUsize::new(connections));
    // Uploads that never come would be waited for for ever.
    let done = tokio::time::timeout(Duration::from_secs(20), uploads.all(files)).await;
    accept.abort();
    let seen = server.seen.borrow().clone();
    let (put, failed) = done.unwrap_or_else(|_| panic!("not so many at a time: {seen:?}"));
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(put, keys_put);
    seen
}

#[tokio::test]
async fn as_many_uploads_are_under_way_as_the_task_says() {
    for (lengths, part_size, connections, uploads) in [
        (&[5, 5, 5, 5][..], None, 1, 4),
        (&[5, 5, 5, 5], None, 3, 4),
        (&[5, 5], None, 9, 2),
        // Parts count like files: two of the first file, and one of each other.
        (&[9, 5, 5], Some(5), 2, 4),
        (&[25], Some(5), 3, 5),
    ] {
        let at_a_time = connections.min(uploads);
        let seen = uploaded(lengths, part_size, connections, (uploads, at_a_time)).await;
        assert_eq!((seen.begun, seen.most), (uploads, at_a_time), "{lengths:?} {part_size:?} {connections}");
    }
}

#[tokio::test]
async fn a_longer_file_than_a_part_goes_in_parts() {
    let whole = "PUT /stage/k0?x-id=PutObject";
    let begin = "POST /stage/k0?uploads";
    let part = |number| format!("PUT /stage/k0?x-id=UploadPart&partNumber={number}&uploadId=u");
    let end = "POST /stage/k0?uploadId=u".to_owned();
    for (length, part_size, expected) in [
        (5, None, vec![whole.to_owned()]),
        (5, Some(5), vec![whole.to_owned()]),
        (6, Some(5), vec![begin.to_owned(), part(1), part(2), end.clone()]),
        (15, Some(5), vec![begin.to_owned(), part(1), part(2), part(3), end]),
    ] {
        let uploads = expected.iter().filter(|request| request.starts_with("PUT")).count();
        let seen = uploaded(&[length], part_size, 1, (uploads, 1)).await;
        assert_eq!(seen.requests, expected);
    }
}
