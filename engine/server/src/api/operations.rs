//! Every operation of the API: what it is called, what it takes and answers, who may ask for it. Routes and OpenAPI are made of this.

use axum::routing::{MethodRouter, delete, get, patch, post};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use throng_measure::Report;

use super::{Shared, campaigns, components, fleet, live, openapi, reports, running, scenarios, series};
use crate::access::Scope;
use crate::intake::CompilationRecord;
use crate::store::{CampaignRecord, ComponentRecord};

/// One method of one path.
pub(crate) struct Operation {
    /// `get`, `post`, `patch`, `delete`.
    pub(crate) method: &'static str,
    /// Below [`super::BASE`].
    pub(crate) path: &'static str,
    /// Unique, for programs that generate clients.
    pub(crate) id: &'static str,
    /// For people.
    pub(crate) summary: &'static str,
    /// None: anybody may.
    pub(crate) scope: Option<Scope>,
    pub(crate) query: &'static [Parameter],
    pub(crate) body: Option<Sent>,
    pub(crate) answers: &'static [Answer],
    /// What does it.
    pub(crate) route: fn() -> MethodRouter<Shared>,
}

/// A parameter of the query, or a header.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) what: &'static str,
}

/// What a parameter's values are.
pub(crate) enum Kind {
    Text,
    /// From 1 to this.
    Number(u32),
    Flag,
    Duration,
    OneOf(&'static [&'static str]),
    Header,
}

/// A body that is sent.
pub(crate) enum Sent {
    /// Any bytes.
    File,
    /// A campaign document.
    Campaign,
    /// What changes of a campaign document, or of the pace of a campaign that goes on.
    Changes,
}

/// An answer other than a problem.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) what: &'static str,
    pub(crate) content: Content,
}

/// What an answer holds.
pub(crate) enum Content {
    Nothing,
    /// JSON of any form.
    Json,
    Schema(fn(&mut SchemaGenerator) -> Schema),
    /// A list of such.
    List(fn(&mut SchemaGenerator) -> Schema),
    /// Server-sent events.
    Events,
    /// JSON of any form, or plain text.
    JsonOrText,
    /// Text of this kind.
    Text(&'static str),
    /// What was uploaded.
    File,
}

const fn parameter(name: &'static str, kind: Kind, what: &'static str) -> Parameter {
    Parameter { name, kind, what }
}

const fn answer(status: u16, what: &'static str, content: Content) -> Answer {
    Answer { status, what, content }
}

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

fn anything(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "object" })
}

const LIST: &[Parameter] = &[
    parameter("filter", Kind::Text, "words, and fields with patterns (`state:run*`), with commas between; all must fit"),
    parameter("sort", Kind::Text, "fields with commas between, those with a `-` before go down"),
    parameter("page", Kind::Number(1_000_000), "from 1"),
    parameter("size", Kind::Number(200), "items of a page; 20 when nothing is said"),
];

const UPLOAD: &[Parameter] = &[
    parameter("name", Kind::Text, "a name, in place of the first scenario's"),
    parameter("version", Kind::Text, "a version, which stays what it is"),
    parameter("tags", Kind::Text, "`KEY=VALUE`, with commas between"),
    parameter("wait", Kind::Duration, "how long to wait for the compilation: 2s when nothing is said, 60s at most"),
];

const IDEMPOTENCY: Parameter =
    parameter("Idempotency-Key", Kind::Header, "the same is started once under a key, however often it is asked");

/// All of them.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        method: "get",
        path: "/health",
        id: "health",
        summary: "Whether the engine can work",
        scope: None,
        query: &[],
        body: None,
        answers: &[answer(200, "It can.", Content::Json)],
        route: || get(running::health),
    },
    Operation {
        method: "get",
        path: "/openapi.json",
        id: "openapi",
        summary: "This description",
        scope: None,
        query: &[],
        body: None,
        answers: &[answer(200, "OpenAPI 3.1.", Content::Json)],
        route: || get(openapi::document),
    },
    Operation {
        method: "get",
        path: "/docs",
        id: "docs",
        summary: "This description, as a page",
        scope: None,
        query: &[],
        body: None,
        answers: &[answer(200, "A page that needs nothing else.", Content::Text("text/html"))],
        route: || get(openapi::page),
    },
    Operation {
        method: "get",
        path: "/info",
        id: "info",
        summary: "Version, plugins, limits in force, and what this token may do",
        scope: Some(Scope::Read),
        query: &[],
        body: None,
        answers: &[answer(200, "The engine.", Content::Json)],
        route: || get(running::info),
    },
    Operation {
        method: "get",
        path: "/metrics",
        id: "metrics",
        summary: "The engine's own figures, for Prometheus",
        scope: Some(Scope::Read),
        query: &[],
        body: None,
        answers: &[answer(200, "Prometheus' text format.", Content::Text("text/plain"))],
        route: || get(running::metrics),
    },
    Operation {
        method: "get",
        path: "/step-kinds",
        id: "step-kinds",
        summary: "The step kinds of the engine's plugins and of those that were uploaded, with the schemas of their options",
        scope: Some(Scope::Read),
        query: &[],
        body: None,
        answers: &[answer(200, "All kinds.", Content::Json)],
        route: || get(running::step_kinds),
    },
    Operation {
        method: "get",
        path: "/factories",
        id: "list-factories",
        summary: "Where minions run: this engine",
        scope: Some(Scope::Read),
        query: &[],
        body: None,
        answers: &[answer(200, "All factories.", Content::Json)],
        route: || get(fleet::factories),
    },
    Operation {
        method: "get",
        path: "/zones",
        id: "list-zones",
        summary: "The zones that factories are in",
        scope: Some(Scope::Read),
        query: &[],
        body: None,
        answers: &[answer(200, "All zones.", Content::Json)],
        route: || get(fleet::zones),
    },
    Operation {
        method: "get",
        path: "/components",
        id: "list-components",
        summary: "What was uploaded",
        scope: Some(Scope::Read),
        query: LIST,
        body: None,
        answers: &[answer(200, "A page.", Content::List(of::<ComponentRecord>))],
        route: || get(components::list),
    },
    Operation {
        method: "post",
        path: "/components",
        id: "upload-component",
        summary: "Upload a component, of scenarios or of step kinds, or a scenario document",
        scope: Some(Scope::Upload),
        query: UPLOAD,
        body: Some(Sent::File),
        answers: &[
            answer(200, "These bytes are known.", Content::Schema(of::<ComponentRecord>)),
            answer(201, "It can be used.", Content::Schema(of::<ComponentRecord>)),
            answer(202, "It is being compiled.", Content::Schema(of::<CompilationRecord>)),
        ],
        route: || post(components::upload),
    },
    Operation {
        method: "get",
        path: "/components/{reference}",
        id: "show-component",
        summary: "One of them",
        scope: Some(Scope::Read),
        query: &[],
        body: None,
        answers: &[answer(200, "It.", Content::Schema(of::<ComponentRecord>))],
        route: || get(components::show),
    },
    Operation {
        method: "get",
        path: "/components/{reference}/file",
        id: "download-component",
        summary: "Its bytes, as they were uploaded",
        scope: Some(Scope::Read),
        query: &[],
        body: None,
        answers: &[answer(200, "Its bytes; the `ETag` is their digest.", Content::File)],
        route: || get(components::file),
    },
    Operation {
        method: "delete",
        path: "/components/{reference}",
        id: "delete-component",
        summary: "Delete one that no campaign uses",
        scope: Some(Scope::Admin),
        query: &[],
        body: None,
        answers: &[answer(204, "It is gone.", Content::Nothing)],
        route: || delete(components::remove),
    },
    Operation {
        method: "get",
        path: "/compilations/{digest}",
        id: "show-compilation",
        summary: "How far the compilation of an upload is",
        scope: Some(Scope::Read),
        query: &[],
        body: None,
        answers: &[answer(200, "Its stage.", Content::Schema(of::<CompilationRecord>))],
        route: || get(components::compilation),
    },
    Operation {
        method: "get",
        path: "/scenarios",
        id: "list-scenarios",
        summary: "What can be run, of the newest components",
        scope: Some(Scope::Read),
        query: LIST,
        body: None,
        answers: &[answer(200, "A page.", Content::List(anything))],
        route: || get(scenarios::list),
    },
    Operation {
        method: "get",
        path: "/scenarios/{name}",
        id: "show-scenario",
        summary: "A scenario with its steps, settings and profile",
        scope: Some(Scope::Read),
        query: &[parameter("format", Kind::OneOf(&["json", "mermaid", "text"]), "how it is shown")],
        body: None,
        answers: &[answer(200, "JSON, or text as `format` says.", Content::JsonOrText)],
        route: || get(scenarios::show),
    },
    Operation {
        method: "get",
        path: "/campaigns",
        id: "list-campaigns",
        summary: "Campaigns, the latest first",
        scope: Some(Scope::Read),
        query: LIST,
        body: None,
        answers: &[answer(200, "A page.", Content::List(of::<CampaignRecord>))],
        route: || get(campaigns::list),
    },
    Operation {
        method: "post",
        path: "/campaigns",
        id: "start-campaign",
        summary: "Start a campaign: now, when its turn comes, or as its `schedule` says",
        scope: Some(Scope::Run),
        query: &[parameter("dry-run", Kind::Flag, "check only"), IDEMPOTENCY],
        body: Some(Sent::Campaign),
        answers: &[
            answer(200, "It is sound; nothing was started.", Content::Json),
            answer(201, "It is started, or waits for its turn or its time.", Content::Schema(of::<CampaignRecord>)),
        ],
        route: || post(campaigns::start),
    },
    Operation {
        method: "get",
        path: "/campaigns/compare",
        id: "compare-campaigns",
        summary: "What has become better or worse from one campaign to another",
        scope: Some(Scope::Read),
        query: &[
            parameter("a", Kind::Text, "the campaign to compare with"),
            parameter("b", Kind::Text, "the campaign to compare"),
            parameter("format", Kind::OneOf(&["md", "text"]), "how it is shown"),
        ],
        body: None,
        answers: &[answer(200, "The comparison.", Content::Text("text/markdown"))],
        route: || get(reports::compare),
    },
    Operation {
        method: "get",
        path: "/campaigns/{key}",
        id: "show-campaign",
        summary: "A campaign, with its figures while it runs",
        scope: Some(Scope::Read),
        query: &[],
        body: None,
        answers: &[answer(200, "It.", Content::Schema(of::<CampaignRecord>))],
        route: || get(campaigns::show),
    },
    Operation {
        method: "patch",
        path: "/campaigns/{key}",
        id: "change-campaign",
        summary: "Change a campaign that waits for its time, and its schedule; hold one that goes on, resume it, change its speed",
        scope: Some(Scope::Run),
        query: &[],
        body: Some(Sent::Changes),
        answers: &[answer(200, "It, changed.", Content::Schema(of::<CampaignRecord>))],
        route: || patch(campaigns::change),
    },
    Operation {
        method: "delete",
        path: "/campaigns/{key}",
        id: "delete-campaign",
        summary: "Delete a campaign that is over, with its report",
        scope: Some(Scope::Admin),
        query: &[],
        body: None,
        answers: &[answer(204, "It is gone.", Content::Nothing)],
        route: || delete(campaigns::remove),
    },
    Operation {
        method: "get",
        path: "/campaigns/{key}/configuration",
        id: "show-configuration",
        summary: "The exact document, without secrets, and the digests that it was pinned to",
        scope: Some(Scope::Read),
        query: &[],
        body: None,
        answers: &[answer(200, "Both.", Content::Json)],
        route: || get(campaigns::configuration),
    },
    Operation {
        method: "post",
        path: "/campaigns/{key}/replay",
        id: "replay-campaign",
        summary: "Run the same again: document, revisions and seed",
        scope: Some(Scope::Run),
        query: &[IDEMPOTENCY],
        body: None,
        answers: &[answer(201, "The new campaign.", Content::Schema(of::<CampaignRecord>))],
        route: || post(campaigns::replay),
    },
    Operation {
        method: "post",
        path: "/campaigns/{key}/abort",
        id: "abort-campaign",
        summary: "Stop a campaign: no new starts, running minions end; one that waits is cancelled",
        scope: Some(Scope::Run),
        query: &[parameter("hard", Kind::Flag, "cancel what runs")],
        body: None,
        answers: &[answer(202, "It is told.", Content::Schema(of::<CampaignRecord>))],
        route: || post(campaigns::abort),
    },
    Operation {
        method: "get",
        path: "/campaigns/{key}/live",
        id: "watch-campaign",
        summary: "Server-sent events until it is over: `state`, `figures` each second, `end`",
        scope: Some(Scope::Read),
        query: &[],
        body: None,
        answers: &[answer(200, "Events.", Content::Events)],
        route: || get(live::live),
    },
    Operation {
        method: "get",
        path: "/campaigns/{key}/series",
        id: "show-series",
        summary: "How a figure went over time; times in nanoseconds",
        scope: Some(Scope::Read),
        query: &[
            parameter("meter", Kind::OneOf(&["starts", "executions", "failures", "response"]), "which"),
            parameter(
                "stat",
                Kind::OneOf(&["count", "rate", "p50", "p95", "p99", "max"]),
                "`count` or `rate`, which is usual; of `response` `p50`, `p95`, which is usual, `p99` or `max`",
            ),
        ],
        body: None,
        answers: &[answer(200, "A point for each slot of the timeline.", Content::Json)],
        route: || get(series::series),
    },
    Operation {
        method: "get",
        path: "/campaigns/{key}/report.json",
        id: "report-json",
        summary: "The report, whole",
        scope: Some(Scope::Read),
        query: &[],
        body: None,
        answers: &[answer(200, "The report.", Content::Schema(of::<Report>))],
        route: || get(reports::json),
    },
    Operation {
        method: "get",
        path: "/campaigns/{key}/report.html",
        id: "report-html",
        summary: "The report as a page with charts",
        scope: Some(Scope::Read),
        query: &[],
        body: None,
        answers: &[answer(200, "The report.", Content::Text("text/html"))],
        route: || get(reports::html),
    },
    Operation {
        method: "get",
        path: "/campaigns/{key}/report.xml",
        id: "report-xml",
        summary: "The report as JUnit",
        scope: Some(Scope::Read),
        query: &[],
        body: None,
        answers: &[answer(200, "The report.", Content::Text("application/xml"))],
        route: || get(reports::xml),
    },
    Operation {
        method: "get",
        path: "/campaigns/{key}/report.md",
        id: "report-md",
        summary: "The report as Markdown",
        scope: Some(Scope::Read),
        query: &[],
        body: None,
        answers: &[answer(200, "The report.", Content::Text("text/markdown"))],
        route: || get(reports::markdown),
    },
    Operation {
        method: "get",
        path: "/campaigns/{key}/report.txt",
        id: "report-txt",
        summary: "The summary",
        scope: Some(Scope::Read),
        query: &[],
        body: None,
        answers: &[answer(200, "The report.", Content::Text("text/plain"))],
        route: || get(reports::text),
    },
];
