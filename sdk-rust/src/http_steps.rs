//! The steps of the HTTP plugin.

use serde_json::{Map, Value as Json};

use crate::carry::Carry;
use crate::draft::Config;
use crate::http::{FixedRequest, IntoRequest, Response, Server};
use crate::{Context, Flow, Output};

impl<T: 'static> Flow<T> {
    /// Sends the request that `build` answers with, on the minion's connection to the server.
    pub fn http<R: IntoRequest>(
        self,
        name: impl Into<String>,
        server: &Server,
        build: impl Fn(&Context, T) -> R + 'static,
    ) -> Flow<Response> {
        let fields = self.use_server(server);
        self.send_built(name.into(), "http", fields, build)
    }

    /// Sends the request that `build` answers with on the connection that an earlier step has opened.
    pub fn http_with<R: IntoRequest>(
        self,
        name: impl Into<String>,
        connection: impl Into<String>,
        build: impl Fn(&Context, T) -> R + 'static,
    ) -> Flow<Response> {
        let fields = Map::from_iter([("connection".to_owned(), Json::String(connection.into()))]);
        self.send_built(name.into(), "http-with", fields, build)
    }

    /// Sends a request that needs no closure: `get("/items/{minion}")`.
    pub fn send(self, name: impl Into<String>, server: &Server, request: FixedRequest) -> Flow<Response> {
        let fields = self.use_server(server);
        self.send_fixed(name.into(), "http", fields, request)
    }

    /// Sends a request that needs no closure on the connection that an earlier step has opened.
    pub fn send_with(self, name: impl Into<String>, connection: impl Into<String>, request: FixedRequest) -> Flow<Response> {
        let fields = Map::from_iter([("connection".to_owned(), Json::String(connection.into()))]);
        self.send_fixed(name.into(), "http-with", fields, request)
    }

    fn send_built<R: IntoRequest>(
        self,
        name: String,
        kind: &'static str,
        fields: Map<String, Json>,
        build: impl Fn(&Context, T) -> R + 'static,
    ) -> Flow<Response> {
        let decode = self.decode;
        let run = Box::new(move |cx: &Context, value| build(cx, decode(value)?).into_request().map(Output::One));
        let callback = self.draft.borrow_mut().add_callback("request:http", run);
        self.then(Some(name), kind, Config::Request { fields, callback }, Carry::from_value)
    }

    fn send_fixed(self, name: String, kind: &'static str, mut fields: Map<String, Json>, request: FixedRequest) -> Flow<Response> {
        fields.insert("request".into(), request.into_document());
        self.then(Some(name), kind, Config::Constant(fields.into()), Carry::from_value)
    }

    /// Declares the server's target. The first server of a scenario is its default; steps for another one say so.
    fn use_server(&self, server: &Server) -> Map<String, Json> {
        let mut draft = self.draft.borrow_mut();
        draft.add_target(server.origin());
        let default = draft.default_url.get_or_insert_with(|| server.url.clone());
        match *default == server.url {
            true => Map::new(),
            false => Map::from_iter([("url".to_owned(), Json::String(server.url.clone()))]),
        }
    }
}
