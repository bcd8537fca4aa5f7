//! HTTP/1.1 over loopback, as little of it as the tests need: one request, one connection.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;
use tokenward::core::base::http::{Request, Response};
use tokenward::core::base::secret::Body;

/// Longer than anything takes that works.
const PATIENCE: Duration = Duration::from_secs(10);

/// An answer as it came.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Answer {
    /// The values of this header, in order.
    pub(super) fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn header<'a>(&'a self, name: &'a str) -> &'a str {
        self.headers(name).next().unwrap_or_default()
    }
}

/// Sends what the core built, and gives the answer as a port would.
pub(super) fn send(request: &Request) -> Response {
    let mut headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, value.secret())).collect();
    if !headers.iter().any(|(name, _)| *name == "accept") {
        headers.push(("accept", "application/json"));
    }
    let form = request.form.as_ref().map(Body::secret);
    let answer = exchange(request.method(), &request.url, &headers, form);
    let mut response = Response::new(answer.status, answer.header("content-type"), answer.body.clone());
    response.dpop_nonce = Some(answer.header("dpop-nonce").to_owned()).filter(|nonce| !nonce.is_empty());
    response
}

/// One exchange with a loopback host.
pub(super) fn exchange(method: &str, url: &str, headers: &[(&str, &str)], form: Option<&str>) -> Answer {
    let (host, path) = url.strip_prefix("http://").expect(url).split_once('/').expect(url);
    let mut request = format!("{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        assert!(!value.contains(['\r', '\n']), "{name}");
        request.extend([name, ": ", value, "\r\n"]);
    }
    if let Some(form) = form {
        let length = form.len().to_string();
        request.extend(["content-type: application/x-www-form-urlencoded\r\ncontent-length: ", &length, "\r\n"]);
    }
    request.extend(["\r\n", form.unwrap_or_default()]);
    let mut stream = TcpStream::connect(host).expect(host);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect(url);
    read(&bytes)
}

fn read(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer with headers");
    let head = str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(':').expect(line);
        (name.to_ascii_lowercase(), value.trim().to_owned())
    });
    let mut answer = Answer { status, headers: headers.collect(), body: String::new() };
    let body = &bytes[end + 4..];
    let body = if answer.header("transfer-encoding") == "chunked" { joined(body) } else { body.to_vec() };
    answer.body = String::from_utf8(body).unwrap();
    answer
}

/// A body without the marks between its chunks (RFC 9112, section 7.1).
fn joined(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n").expect("a chunk with a size");
        let size = usize::from_str_radix(str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 2 + size + 2..];
    }
}
