//! The steps of the HTTP plugin.

use crate::draft::Config;
use crate::http::{FixedRequest, IntoRequest, Response};
use crate::read::Read;
use crate::server::Server;
use crate::{Context, Flow, Output};

impl<T: 'static, At> Flow<T, At> {
    /// Sends the request that `build` answers with, on the minion's connection to the server.
    pub fn http<R: IntoRequest>(
        self,
        name: impl Into<String>,
        server: &Server,
        build: impl Fn(&Context, T) -> R + 'static,
    ) -> Flow<Response, At> {
        self.send_built(name.into(), "http", Vec::new(), build).served_by(server)
    }

    /// Sends the request that `build` answers with on the connection that an earlier step has opened.
    pub fn http_with<R: IntoRequest>(
        self,
        name: impl Into<String>,
        connection: impl Into<String>,
        build: impl Fn(&Context, T) -> R + 'static,
    ) -> Flow<Response, At> {
        self.send_built(name.into(), "http-with", on_connection_of(connection.into()), build)
    }

    /// Sends a request that needs no closure: `get("/items/{minion}")`.
    pub fn send(self, name: impl Into<String>, server: &Server, request: FixedRequest) -> Flow<Response, At> {
        self.send_fixed(name.into(), "http", Vec::new(), request).served_by(server)
    }

    /// Sends a request that needs no closure on the connection that an earlier step has opened.
    pub fn send_with(self, name: impl Into<String>, connection: impl Into<String>, request: FixedRequest) -> Flow<Response, At> {
        self.send_fixed(name.into(), "http-with", on_connection_of(connection.into()), request)
    }

    fn send_built<R: IntoRequest>(
        self,
        name: String,
        kind: &'static str,
        mut fields: Vec<(String, Config)>,
        build: impl Fn(&Context, T) -> R + 'static,
    ) -> Flow<Response, At> {
        let read = self.read.clone();
        let run = Box::new(move |cx: &Context, value| build(cx, read.value(value)?).into_request().map(Output::One));
        fields.push(("request".to_owned(), Config::Callback("request:http", run)));
        self.then(Some(name), kind, Config::Object(fields), Read::carried())
    }

    fn send_fixed(self, name: String, kind: &'static str, mut fields: Vec<(String, Config)>, request: FixedRequest) -> Flow<Response, At> {
        fields.push(("request".to_owned(), Config::Constant(request.into_document())));
        self.then(Some(name), kind, Config::Object(fields), Read::carried())
    }

    /// Declares the target of the last step. The first server of a scenario is its default; steps for another one say so.
    pub(crate) fn served_by(self, server: &Server) -> Self {
        let mut draft = self.draft.borrow_mut();
        draft.add_target(server.origin());
        server.targets.iter().for_each(|target| draft.add_target(target));
        drop(draft);
        if let Some(step) = &self.last {
            let mut step = step.borrow_mut();
            step.server = Some(server.url.clone());
            server.options.iter().for_each(|(option, value)| step.config.set(option, value.clone()));
        }
        self
    }
}

/// The field of a step that goes on with the connection of another one.
fn on_connection_of(step: String) -> Vec<(String, Config)> {
    vec![("connection".to_owned(), Config::Constant(step.into()))]
}
