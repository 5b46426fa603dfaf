//! The plugin: its kinds, and how each use of them is checked.

use std::sync::Arc;
use std::time::Duration;

use schemars::schema_for;
use throng_model::{ConfigFault, StepSetup};
use throng_plugin_api::{ConfiguredStep, KindInfo, Plugin, option_fault as fault, read_options as read};

use crate::accept::Accept;
use crate::checks::{Faults, body_limit, both, duration, read_defaults, source, timeouts};
use crate::cursor::CursorPlan;
use crate::options::{CloseOptions, HttpOptions, PollOptions, PollTimeoutOptions, TimeoutOptions, WithOptions};
use crate::plan::Plan;
use crate::poll::ConfiguredPoll;
use crate::step::{ConfiguredClose, ConfiguredHttp, ConfiguredWith};

const POLL_PERIOD: Duration = Duration::from_secs(1);
const SHORTEST_POLL_PERIOD: Duration = Duration::from_millis(1);
const POLL_LIMIT: Duration = Duration::from_secs(10);

/// The plugin `http`: step kinds `http`, `http-with` and `http-close`, source kind `http-poll`.
#[derive(Clone, Copy, Debug, Default)]
pub struct HttpPlugin;

const KINDS: &[KindInfo<'_>] = &[
    KindInfo {
        name: "http",
        summary: "sends a request over a connection of its own, opened when first used",
        schema: &|| schema_for!(HttpOptions).to_value(),
    },
    KindInfo {
        name: "http-with",
        summary: "sends a request over the connection of an earlier `http` step",
        schema: &|| schema_for!(WithOptions).to_value(),
    },
    KindInfo {
        name: "http-close",
        summary: "closes the connection of an earlier `http` step before the minion is done",
        schema: &|| schema_for!(CloseOptions).to_value(),
    },
    KindInfo {
        name: "http-poll",
        summary: "sends a request again and again, and makes a record of each response",
        schema: &|| schema_for!(PollOptions).to_value(),
    },
];

impl Plugin for HttpPlugin {
    fn name(&self) -> &'static str {
        "http"
    }

    fn kinds(&self) -> Vec<KindInfo<'_>> {
        KINDS.to_vec()
    }

    fn configure(&self, setup: &StepSetup<'_>) -> Result<Arc<dyn ConfiguredStep>, Vec<ConfigFault>> {
        let defaults = read_defaults(setup.defaults)?;
        match setup.kind {
            "http" => Ok(Arc::new(configure_http(setup, &defaults)?)),
            "http-with" => Ok(Arc::new(configure_with(setup, &defaults)?)),
            "http-close" => Ok(Arc::new(ConfiguredClose { connection: read::<CloseOptions>(setup.config, "")?.connection })),
            "http-poll" => Ok(Arc::new(configure_poll(setup, &defaults)?)),
            other => Err(vec![fault("", format!("the plugin `http` has no step kind `{other}`"), None)]),
        }
    }
}

fn configure_http(setup: &StepSetup<'_>, defaults: &HttpOptions) -> Result<ConfiguredHttp, Vec<ConfigFault>> {
    let own: HttpOptions = read(setup.config, "")?;
    let mut faults = Faults::default();
    let plan = faults.catch(match &own.request {
        Some(request) => Plan::read(Some(request)),
        None => Plan::read(defaults.request.as_ref()),
    });
    let limits = faults
        .catch(both(own.timeouts.as_ref(), defaults.timeouts.as_ref(), "/timeouts").and_then(|(own, defaults)| timeouts(own, defaults)));
    let body_limit = faults.catch(body_limit(own.body_limit.as_ref(), defaults));
    let source = source(&own, defaults, setup, limits, &mut faults);
    match (source, plan, body_limit) {
        (Some(source), Some(plan), Some(body_limit)) => Ok(ConfiguredHttp { source, plan: Arc::new(plan), body_limit }),
        _ => Err(faults.all),
    }
}

fn configure_with(setup: &StepSetup<'_>, defaults: &HttpOptions) -> Result<ConfiguredWith, Vec<ConfigFault>> {
    let own: WithOptions = read(setup.config, "")?;
    let mut faults = Faults::default();
    let plan = faults.catch(Plan::read(own.request.as_ref()));
    let body_limit = faults.catch(body_limit(own.body_limit.as_ref(), defaults));
    match (plan, body_limit) {
        (Some(plan), Some(body_limit)) => Ok(ConfiguredWith { connection: own.connection, plan: Arc::new(plan), body_limit }),
        _ => Err(faults.all),
    }
}

fn configure_poll(setup: &StepSetup<'_>, defaults: &HttpOptions) -> Result<ConfiguredPoll, Vec<ConfigFault>> {
    let own: PollOptions = read(setup.config, "")?;
    let mut faults = Faults::default();
    let plan = faults.catch(match (&own.path, &own.request) {
        (Some(_), Some(_)) => {
            let hint = "leave one of them out; `path` is short for `\"request\": {\"path\": …}`".to_owned();
            Err(vec![fault("/path", "there are both `path` and `request`", Some(hint))])
        }
        (Some(path), None) => Plan::of_path(path),
        (None, Some(request)) => Plan::read(Some(request)),
        (None, None) => Plan::read(defaults.request.as_ref()),
    });
    let every = faults.catch(duration(own.every, "/every").and_then(|every| match every.unwrap_or(POLL_PERIOD) {
        every if every < SHORTEST_POLL_PERIOD => Err(vec![fault("/every", "the shortest period is `1ms`", None)]),
        every => Ok(every),
    }));
    let accept = faults.catch(Accept::read(own.accept.as_ref()));
    let cursor = faults.catch(own.cursor.as_ref().map(CursorPlan::read).transpose());
    let limits =
        faults.catch(both::<PollTimeoutOptions, TimeoutOptions>(own.timeouts.as_ref(), defaults.timeouts.as_ref(), "/timeouts").and_then(
            |(own, defaults)| {
                let request_limit = duration(own.request, "/timeouts/request")?.unwrap_or(POLL_LIMIT);
                Ok((timeouts(TimeoutOptions { connect: own.connect, idle: own.idle }, defaults)?, request_limit))
            },
        ));
    let body_limit = faults.catch(body_limit(own.body_limit.as_ref(), defaults));
    let (limits, request_limit) = limits.unzip();
    let shared = HttpOptions {
        url: own.url,
        tls: own.tls,
        version: own.version,
        auth: own.auth,
        cookies: own.cookies,
        redirects: own.redirects,
        decompress: own.decompress,
        proxy: own.proxy,
        ..HttpOptions::default()
    };
    // A source has connections of its own, whatever steps do.
    let defaults = HttpOptions { connection: None, ..defaults.clone() };
    let source = source(&shared, &defaults, setup, limits, &mut faults);
    match (source, plan, every, accept, cursor, request_limit, body_limit) {
        (Some(source), Some(plan), Some(every), Some(accept), Some(cursor), Some(request_limit), Some(body_limit)) => {
            Ok(ConfiguredPoll { source, plan: Arc::new(plan), every, accept, cursor, request_limit, body_limit })
        }
        _ => Err(faults.all),
    }
}
