//! What the kinds have in common in their options: the database, limits, TLS.

use std::time::Duration;

use throng_model::{ConfigFault, StepSetup};
use throng_plugin_api::{option_fault, parse_size, read_options};

use crate::address::Place;
use crate::database::{DatabasePlan, Security};
use crate::options::{DatabaseOptions, PoolOptions, TimeoutOptions, TlsOptions};
use crate::plugin::Access;
use throng_broker::FixedText;
use throng_broker::{Gathered, both, duration, in_defaults};

/// The plugin's name, and the key of its defaults.
pub(crate) const SQL: &str = "sql";

const POOL_SIZE: u32 = 10;
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const QUERY_LIMIT: Duration = Duration::from_secs(10);
const ANSWER_LIMIT: u64 = 64 << 20;

/// The scenario's defaults for `sql`.
pub(crate) fn read_defaults(setup: &StepSetup<'_>) -> Result<DatabaseOptions, Vec<ConfigFault>> {
    let Some(defaults) = setup.defaults else { return Ok(DatabaseOptions::default()) };
    read_options(defaults, "").map_err(|faults| faults.into_iter().map(|fault| in_defaults(SQL, fault)).collect())
}

/// The database that a step talks to.
pub(crate) fn database(
    own: &DatabaseOptions,
    defaults: &DatabaseOptions,
    setup: &StepSetup<'_>,
    access: Access,
) -> Result<DatabasePlan, Vec<ConfigFault>> {
    let mut faults = Gathered::default();
    let place = faults.catch(place(own, defaults, setup, access));
    let text = |text: Option<&String>, pointer: &str| text.map(|text| FixedText::read(text, pointer)).transpose();
    let user = faults.catch(text(own.user.as_ref().or(defaults.user.as_ref()), "/user"));
    let password = faults.catch(text(own.password.as_ref().or(defaults.password.as_ref()), "/password"));
    let pool = faults.catch(both::<PoolOptions>(SQL, own.pool.as_ref(), defaults.pool.as_ref(), "/pool"));
    let timeouts = faults.catch(both::<TimeoutOptions>(SQL, own.timeouts.as_ref(), defaults.timeouts.as_ref(), "/timeouts"));
    // A file of SQLite has one writer at a time; others wait, and not in turn.
    let usual = if matches!(place, Some(Place::File(_))) { 1 } else { POOL_SIZE };
    let (pool_size, warms_up) = pool.map_or((usual, false), |(own, defaults)| {
        (own.size.or(defaults.size).unwrap_or(usual), own.warm_up.or(defaults.warm_up).unwrap_or(false))
    });
    if pool_size == 0 {
        faults.add("/pool/size", "a pool holds at least 1 connection", None);
    }
    let (own_times, default_times) = timeouts.unwrap_or_default();
    let time = |own: &Option<String>, default: &Option<String>, pointer: &str| duration(own.as_deref().or(default.as_deref()), pointer);
    let connect = faults.catch(time(&own_times.connect, &default_times.connect, "/timeouts/connect")).flatten();
    let idle = faults.catch(time(&own_times.idle, &default_times.idle, "/timeouts/idle")).flatten();
    let query = faults.catch(time(&own_times.query, &default_times.query, "/timeouts/query")).flatten();
    let tls = faults.catch(match own.tls.is_some() || defaults.tls.is_some() {
        true => both::<TlsOptions>(SQL, own.tls.as_ref(), defaults.tls.as_ref(), "/tls")
            .and_then(|(own, defaults)| Security::read(own, defaults))
            .map(Some),
        false => Ok(None),
    });
    let size = own.answer_limit.as_ref().or(defaults.answer_limit.as_ref()).map_or(Ok(ANSWER_LIMIT), parse_size);
    let answer_limit = faults.catch(size.map_err(|message| vec![option_fault("/answer-limit", message, None)]));
    let plan = match (place, user, password, tls, answer_limit) {
        (Some(place), Some(user), Some(password), Some(tls), Some(answer_limit)) => Some(DatabasePlan {
            place,
            user,
            password,
            pool_size,
            warms_up,
            connect_limit: connect.unwrap_or(CONNECT_LIMIT),
            idle_limit: idle,
            query_limit: query.unwrap_or(QUERY_LIMIT),
            tls,
            answer_limit,
        }),
        _ => None,
    };
    faults.or(plan)
}

fn place(own: &DatabaseOptions, defaults: &DatabaseOptions, setup: &StepSetup<'_>, access: Access) -> Result<Place, Vec<ConfigFault>> {
    let (url, pointer) = match (&own.url, &defaults.url) {
        (Some(url), _) => (url, "/url"),
        (None, Some(url)) => (url, ""),
        (None, None) => {
            let hint = "add `\"url\": \"postgresql://127.0.0.1:5432/shop\"` here, or to the scenario's `\"defaults\": {\"sql\": {…}}`";
            return Err(vec![option_fault("", "there is no `url`", Some(hint.to_owned()))]);
        }
    };
    let place = Place::parse(url).map_err(|reason| {
        let hint = "write it like `postgresql://127.0.0.1:5432/shop` or `sqlite:shop.db`".to_owned();
        vec![option_fault(pointer, format!("`{url}` is not the URL of a database: {reason}"), Some(hint))]
    })?;
    match &place {
        Place::Server(server) if !setup.targets.allows(&server.host, server.port) => {
            let message = format!("the document does not declare the target {server}");
            Err(vec![option_fault(pointer, message, Some(setup.targets.line_granting(&server.to_string())))])
        }
        Place::File(_) if access == Access::Targets => {
            let hint = "use a database of a server; whoever runs this engine decides what it reads".to_owned();
            Err(vec![option_fault(pointer, "this engine opens no files of SQLite", Some(hint))])
        }
        _ => Ok(place),
    }
}
