//! How a figure of a campaign went over time, from what its report keeps: also of one that runs, as far as it is recorded.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value as Data, json};
use throng_campaign::report::from_json;
use throng_measure::{Slot, SlotTimes, TimelineReport};

use super::Shared;
use super::asked::{Asked, Named};
use super::campaigns::find;
use super::reports;
use crate::background::in_background;
use crate::problem::Problem;
use crate::store::CampaignState;

/// Which figure.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedSeries {
    meter: SeriesMeter,
    stat: Option<SeriesStatistic>,
}

/// What is kept over time.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SeriesMeter {
    Starts,
    Executions,
    Failures,
    Response,
}

/// What is told of it.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SeriesStatistic {
    Count,
    Rate,
    P50,
    P95,
    P99,
    Max,
}

pub(super) async fn series(
    State(engine): State<Shared>,
    Named(key): Named,
    Asked(asked): Asked<AskedSeries>,
) -> Result<Json<Data>, Problem> {
    let record = find(&engine, key.clone()).await?;
    let text = match record.state {
        CampaignState::Ended => reports::read(&engine, key).await?,
        state => {
            let path = engine.files.partial_report(&record.key);
            let recorded = in_background(move || std::fs::read_to_string(path)).await?.ok();
            recorded.ok_or_else(|| {
                Problem::conflict(format!("the campaign `{key}` is {state}, and nothing of it is recorded yet"))
                    .hint("what runs is recorded every 5 s")
            })?
        }
    };
    let report = in_background(move || from_json(&text)).await?.map_err(Problem::engine)?;
    let (unit, value) = asked.value()?;
    let TimelineReport { width, slots } = report.timeline;
    let point = |(slot, place): (&Slot, u64)| json!({ "at": place * width, "value": value(slot, width) });
    Ok(Json(json!({
        "started": crate::clock::text(i64::try_from(report.campaign.started_unix / 1_000_000).unwrap_or(i64::MAX)),
        "width": width,
        "unit": unit,
        "points": slots.iter().zip(0_u64..).map(point).collect::<Vec<_>>(),
    })))
}

/// A figure of a slot that is so wide.
type Value = fn(&Slot, u64) -> Data;

impl AskedSeries {
    /// Its unit, and how it is told of a slot.
    fn value(&self) -> Result<(&'static str, Value), Problem> {
        let usual = if matches!(self.meter, SeriesMeter::Response) { SeriesStatistic::P95 } else { SeriesStatistic::Rate };
        let told: (&'static str, Value) = match (self.meter, self.stat.unwrap_or(usual)) {
            (SeriesMeter::Starts, SeriesStatistic::Count) => ("count", |slot, _| json!(slot.starts)),
            (SeriesMeter::Executions, SeriesStatistic::Count) => ("count", |slot, _| json!(slot.executions)),
            (SeriesMeter::Failures, SeriesStatistic::Count) => ("count", |slot, _| json!(slot.failed)),
            (SeriesMeter::Starts, SeriesStatistic::Rate) => ("per-second", |slot, width| rate(slot.starts, width)),
            (SeriesMeter::Executions, SeriesStatistic::Rate) => ("per-second", |slot, width| rate(slot.executions, width)),
            (SeriesMeter::Failures, SeriesStatistic::Rate) => ("per-second", |slot, width| rate(slot.failed, width)),
            (SeriesMeter::Response, SeriesStatistic::P50) => ("ns", |slot, _| time(slot, |times| times.p50)),
            (SeriesMeter::Response, SeriesStatistic::P95) => ("ns", |slot, _| time(slot, |times| times.p95)),
            (SeriesMeter::Response, SeriesStatistic::P99) => ("ns", |slot, _| time(slot, |times| times.p99)),
            (SeriesMeter::Response, SeriesStatistic::Max) => ("ns", |slot, _| time(slot, |times| times.max)),
            (SeriesMeter::Response, _) => return Err(not_kept("`response` has `p50`, `p95`, `p99` and `max`")),
            (_, _) => return Err(not_kept("it has `count` and `rate`")),
        };
        Ok(told)
    }
}

fn rate(count: u64, width: u64) -> Data {
    json!(count as f64 * 1e9 / width.max(1) as f64)
}

/// None where nothing was executed.
fn time(slot: &Slot, pick: fn(&SlotTimes) -> u64) -> Data {
    json!(slot.response.as_ref().map(pick))
}

fn not_kept(hint: &str) -> Problem {
    Problem::invalid("that is not kept of this meter").hint(hint)
}
