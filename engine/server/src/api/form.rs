//! An upload as browsers and many clients send it: `multipart/form-data` with the file, and what is said of it.

use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, StatusCode, header};

use super::Shared;
use super::components::{AskedUpload, Received, receive};
use crate::problem::Problem;

/// Bytes of a field that is no file, at most.
const FIELD: usize = 4096;

/// Whether a request has such a body.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data")
}

/// Takes the file in as it comes, and what the form says; that goes before what the query says.
pub(super) async fn receive_form(engine: &Shared, request: Request, asked: &mut AskedUpload) -> Result<Received, Problem> {
    let mut form = Multipart::from_request(request, engine).await.map_err(|error| wrong(error.body_text()))?;
    let mut received = None;
    while let Some(field) = form.next_field().await.map_err(|error| wrong(error.body_text()))? {
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "file" if received.is_none() => received = Some(receive(engine, field).await?),
            "name" => asked.name = Some(text(field).await?),
            "version" => asked.version = Some(text(field).await?),
            "tags" => asked.tags = text(field).await?,
            "file" => return Err(wrong("it has two files".to_owned()).hint("upload each by itself")),
            _ => return Err(wrong(format!("there is no field `{name}`")).hint("its fields are `file`, `name`, `version` and `tags`")),
        }
    }
    received.ok_or_else(|| wrong("it has no file".to_owned()).hint("send the component, or the scenario document, as the field `file`"))
}

async fn text(mut field: Field<'_>) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|error| wrong(error.body_text()))? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > FIELD {
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too large",
                format!("a field of the form has more than {FIELD} bytes"),
            ));
        }
    }
    String::from_utf8(bytes).map_err(|_| wrong("a field is not UTF-8".to_owned()))
}

fn wrong(why: String) -> Problem {
    Problem::bad_request(format!("the form cannot be read: {why}"))
}
