//! Every operation of the API.

use axum::routing::{MethodRouter, delete, get, post};

use super::{Shared, campaigns, components, live, reports, running, scenarios};

/// One method of one path.
pub(crate) struct Operation {
    /// Below [`super::BASE`].
    pub(crate) path: &'static str,
    /// What does it.
    pub(crate) route: fn() -> MethodRouter<Shared>,
}

/// All of them; several methods of a path stand together.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation { path: "/health", route: || get(running::health) },
    Operation { path: "/info", route: || get(running::info) },
    Operation { path: "/components", route: || get(components::list).merge(post(components::upload)) },
    Operation { path: "/components/{reference}", route: || get(components::show).merge(delete(components::remove)) },
    Operation { path: "/compilations/{digest}", route: || get(components::compilation) },
    Operation { path: "/scenarios", route: || get(scenarios::list) },
    Operation { path: "/scenarios/{name}", route: || get(scenarios::show) },
    Operation { path: "/campaigns", route: || get(campaigns::list).merge(post(campaigns::start)) },
    Operation { path: "/campaigns/{key}", route: || get(campaigns::show) },
    Operation { path: "/campaigns/{key}/configuration", route: || get(campaigns::configuration) },
    Operation { path: "/campaigns/{key}/replay", route: || post(campaigns::replay) },
    Operation { path: "/campaigns/{key}/abort", route: || post(campaigns::abort) },
    Operation { path: "/campaigns/{key}/live", route: || get(live::live) },
    Operation { path: "/campaigns/{key}/report.json", route: || get(reports::json) },
    Operation { path: "/campaigns/{key}/report.html", route: || get(reports::html) },
    Operation { path: "/campaigns/{key}/report.xml", route: || get(reports::xml) },
    Operation { path: "/campaigns/{key}/report.md", route: || get(reports::markdown) },
    Operation { path: "/campaigns/{key}/report.txt", route: || get(reports::text) },
];
