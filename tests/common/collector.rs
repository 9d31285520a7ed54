//! A collector of spans: an HTTP server that takes OTLP over HTTP, as protobuf, and keeps the
//! spans.
//!
//! The messages are declared here by their field numbers in opentelemetry-proto, as far as the
//! tests read them; the decoder refuses bytes that are not protobuf. It must not know the exporter
//! that it receives from.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use prost::Message;

/// `ExportTraceServiceRequest`.
#[derive(Clone, PartialEq, Message)]
pub struct Request {
    #[prost(message, repeated, tag = "1")]
    pub resources: Vec<ResourceSpans>,
}

/// `ResourceSpans`.
#[derive(Clone, PartialEq, Message)]
pub struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    pub resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    pub scopes: Vec<ScopeSpans>,
}

/// `Resource`.
#[derive(Clone, PartialEq, Message)]
pub struct Resource {
    #[prost(message, repeated, tag = "1")]
    pub attributes: Vec<KeyValue>,
}

/// `ScopeSpans`.
#[derive(Clone, PartialEq, Message)]
pub struct ScopeSpans {
    #[prost(message, repeated, tag = "2")]
    pub spans: Vec<Span>,
}

/// `Span`.
#[derive(Clone, PartialEq, Message)]
pub struct Span {
    #[prost(bytes = "vec", tag = "1")]
    pub trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub id: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    pub parent_id: Vec<u8>,
    #[prost(string, tag = "5")]
    pub name: String,
    #[prost(int32, tag = "6")]
    pub kind: i32,
    #[prost(fixed64, tag = "7")]
    pub start: u64,
    #[prost(fixed64, tag = "8")]
    pub end: u64,
    #[prost(message, repeated, tag = "9")]
    pub attributes: Vec<KeyValue>,
    #[prost(message, optional, tag = "15")]
    pub status: Option<Status>,
}

/// `Status`.
#[derive(Clone, PartialEq, Message)]
pub struct Status {
    #[prost(int32, tag = "3")]
    pub code: i32,
}

/// `KeyValue`.
#[derive(Clone, PartialEq, Message)]
pub struct KeyValue {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(message, optional, tag = "2")]
    pub value: Option<AnyValue>,
}

/// `AnyValue`, the kinds that tests read.
#[derive(Clone, PartialEq, Message)]
pub struct AnyValue {
    #[prost(string, optional, tag = "1")]
    pub string: Option<String>,
    #[prost(int64, optional, tag = "3")]
    pub int: Option<i64>,
}

/// `SpanKind` of a server's span.
pub const SERVER: i32 = 2;
/// `SpanKind` of a client's span.
pub const CLIENT: i32 = 3;

/// The attribute as text.
pub fn attribute(attributes: &[KeyValue], key: &str) -> Option<String> {
    let value = attributes.iter().find(|pair| pair.key == key)?.value.as_ref()?;
    value.string.clone().or_else(|| value.int.map(|number| number.to_string()))
}

/// A running collector.
pub struct Collector {
    address: String,
    received: Arc<Mutex<Vec<Received>>>,
}

/// One request that came in.
struct Received {
    line: String,
    content_type: String,
    body: Vec<u8>,
}

impl Collector {
    /// Listens on a free port, until the process ends.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let received = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&received);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, &shared));
            }
        });
        Self { address, received }
    }

    /// For `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All spans that were received, decoded; the test fails if a request is not OTLP for traces or
    /// metrics.
    pub fn requests(&self) -> Vec<Request> {
        let received = self.received.lock().unwrap();
        let decode = |r: &Received| {
            assert_eq!(r.content_type, "application/x-protobuf");
            if r.line == "POST /v1/metrics HTTP/1.1" {
                return None;
            }
            assert_eq!(r.line, "POST /v1/traces HTTP/1.1");
            Some(Request::decode(r.body.as_slice()).unwrap())
        };
        received.iter().filter_map(decode).collect()
    }

    /// Returns true if a request for metrics has come that contains this text.
    pub fn measured(&self, text: &str) -> bool {
        let received = self.received.lock().unwrap();
        let has = |r: &Received| r.body.windows(text.len()).any(|window| window == text.as_bytes());
        received.iter().any(|r| r.line == "POST /v1/metrics HTTP/1.1" && has(r))
    }

    /// The spans of all requests.
    pub fn spans(&self) -> Vec<Span> {
        spans(self.requests())
    }

    /// The spans of those requests that are for traces by OTLP over HTTP: a program may have an
    /// exporter of its own that sends others here.
    pub fn spans_among_others(&self) -> Vec<Span> {
        let received = self.received.lock().unwrap();
        let of_traces = received
            .iter()
            .filter(|r| r.content_type == "application/x-protobuf" && r.line == "POST /v1/traces HTTP/1.1");
        spans(of_traces.map(|r| Request::decode(r.body.as_slice()).unwrap()))
    }
}

fn spans(requests: impl IntoIterator<Item = Request>) -> Vec<Span> {
    let resources = requests.into_iter().flat_map(|request| request.resources);
    resources.flat_map(|resource| resource.scopes).flat_map(|scope| scope.spans).collect()
}

/// Serves the requests of one connection. A client that disconnects in the middle has sent nothing.
fn serve(stream: TcpStream, received: &Mutex<Vec<Received>>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader) {
        received.lock().unwrap().push(request);
        let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";
        if reader.get_mut().write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn read_line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    line.strip_suffix("\r\n").map(str::to_owned)
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<Received> {
    let line = read_line(reader)?;
    let (mut length, mut chunked, mut content_type) = (0, false, String::new());
    loop {
        let header = read_line(reader)?;
        let Some((name, value)) = header.split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "transfer-encoding" => chunked = value.contains("chunked"),
            "content-type" => value.trim().clone_into(&mut content_type),
            _ => {}
        }
    }
    let mut body = Vec::new();
    if chunked {
        loop {
            let size = usize::from_str_radix(&read_line(reader)?, 16).ok()?;
            let from = body.len();
            body.resize(from + size, 0);
            reader.read_exact(&mut body[from..]).ok()?;
            read_line(reader)?;
            if size == 0 {
                break;
            }
        }
    } else {
        body.resize(length, 0);
        reader.read_exact(&mut body).ok()?;
    }
    Some(Received { line, content_type, body })
}
