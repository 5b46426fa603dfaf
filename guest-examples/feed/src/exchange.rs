//! A GET over `wasi:http`. The call waits, and other minions go on.

use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{Fields, IncomingBody, IncomingResponse, Method, OutgoingRequest, Scheme};
use wasip2::io::streams::StreamError;

use crate::feed::Url;

/// Bytes that are read at a time.
const PIECE: u64 = 64 << 10;

/// Status and body of what is at a path.
pub fn get(url: &Url, path: &str) -> Result<(u16, Vec<u8>), String> {
    let response = send(url, path)?;
    Ok((response.status(), body(&response)?))
}

fn send(url: &Url, path: &str) -> Result<IncomingResponse, String> {
    let wrong = |()| format!("`{path}` cannot be asked for");
    let request = OutgoingRequest::new(Fields::new());
    let scheme = if url.is_secure { Scheme::Https } else { Scheme::Http };
    request.set_method(&Method::Get).map_err(wrong)?;
    request.set_scheme(Some(&scheme)).map_err(wrong)?;
    request.set_authority(Some(&url.authority)).map_err(wrong)?;
    request.set_path_with_query(Some(path)).map_err(wrong)?;
    let failed = |code| format!("{}{path}: {code}", url.authority);
    let answer = handle(request, None).map_err(failed)?;
    answer.subscribe().block();
    let response = answer.get().ok_or("nothing was answered")?.map_err(|()| "the answer was taken before")?;
    response.map_err(failed)
}

fn body(response: &IncomingResponse) -> Result<Vec<u8>, String> {
    let gone = |()| "the body was taken before".to_owned();
    let body: IncomingBody = response.consume().map_err(gone)?;
    let stream = body.stream().map_err(gone)?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(PIECE) {
            Ok(piece) => bytes.extend_from_slice(&piece),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(error) => return Err(format!("the body breaks off: {error}")),
        }
    }
}
