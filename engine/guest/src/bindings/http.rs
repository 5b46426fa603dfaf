//! `throng:http/exchange`: requests that guests build, responses that they look into.

use std::sync::Arc;

use throng_protocols::http::{Request, Response};
use wasmtime::Result;
use wasmtime::component::Resource;

use super::generated::throng::http::exchange::{Host, HostRequest, Phase};
use super::generated::throng::types::values::Value;
use super::values::{own, to_guest};
use super::{NativeHandle, RequestHandle};
use crate::fault::HostTrap;
use crate::handles::{Entry, Handles};
use crate::state::State;

/// Headers of one request.
const HEADERS: usize = 1_000;

impl HostRequest for State {
    fn new(&mut self, method: String, url: String) -> Result<Resource<RequestHandle>> {
        let request = Request { method, url, ..Request::default() };
        Ok(Resource::new_own(self.handles.push(Entry::Request(request))?))
    }

    fn header(&mut self, request: Resource<RequestHandle>, name: String, value: Vec<u8>) -> Result<()> {
        let request = self.handles.request(request.rep())?;
        request.headers.push((name, value));
        Ok(check_number(request)?)
    }

    fn body(&mut self, request: Resource<RequestHandle>, body: Vec<u8>) -> Result<()> {
        self.handles.request(request.rep())?.body = body.into();
        Ok(())
    }

    fn into_value(&mut self, request: Resource<RequestHandle>) -> Result<Value> {
        let request = self.handles.take_request(request.rep())?;
        own(&mut self.handles, Arc::new(request)).map(Value::Native)
    }

    fn drop(&mut self, request: Resource<RequestHandle>) -> Result<()> {
        self.handles.dropped(request.rep());
        Ok(())
    }
}

impl Host for State {
    fn request_of(&mut self, method: String, url: String, headers: Vec<(String, Vec<u8>)>, body: Vec<u8>) -> Result<Value> {
        let request = Request { method, url, headers, body: body.into() };
        check_number(&request)?;
        own(&mut self.handles, Arc::new(request)).map(Value::Native)
    }

    fn status(&mut self, response: Resource<NativeHandle>) -> Result<u16> {
        Ok(opened(&self.handles, &response)?.status)
    }

    fn header(&mut self, response: Resource<NativeHandle>, name: String) -> Result<Option<String>> {
        Ok(opened(&self.handles, &response)?.header(&name).map(str::to_owned))
    }

    fn headers(&mut self, response: Resource<NativeHandle>) -> Result<Vec<(String, Vec<u8>)>> {
        let headers = &opened(&self.handles, &response)?.headers;
        Ok(headers.map().iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect())
    }

    fn body_length(&mut self, response: Resource<NativeHandle>) -> Result<u64> {
        Ok(opened(&self.handles, &response)?.body.len() as u64)
    }

    fn body(&mut self, response: Resource<NativeHandle>) -> Result<Vec<u8>> {
        Ok(opened(&self.handles, &response)?.body.to_vec())
    }

    fn timing(&mut self, response: Resource<NativeHandle>, phase: Phase) -> Result<Option<u64>> {
        let timings = &opened(&self.handles, &response)?.timings;
        Ok(match phase {
            Phase::Resolve => timings.resolve,
            Phase::Connect => timings.connect,
            Phase::Tls => timings.tls,
            Phase::RequestSent => timings.request_sent,
            Phase::FirstByte => timings.first_byte,
            Phase::LastByte => timings.last_byte,
        })
    }

    fn given(&mut self, response: Resource<NativeHandle>) -> Result<Value> {
        let given = opened(&self.handles, &response)?.given.clone();
        to_guest(&given, &mut self.handles)
    }
}

fn check_number(request: &Request) -> Result<(), HostTrap> {
    match request.headers.len() <= HEADERS {
        true => Ok(()),
        false => Err(HostTrap::new(format!("a request has at most {HEADERS} headers"))),
    }
}

fn opened<'a>(handles: &'a Handles, response: &Resource<NativeHandle>) -> Result<&'a Response> {
    let native = handles.native(response.rep())?;
    match native.as_any().downcast_ref() {
        Some(response) => Ok(response),
        None => Err(HostTrap::new(format!(
            "a function of `throng:http/exchange` takes a `http/response` and was given a `{}`; check what the step before emits",
            native.kind()
        ))
        .into()),
    }
}
