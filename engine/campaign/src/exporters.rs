//! The exporters of a campaign at work: each on its own task behind its own bounded queue, so that none can slow the load or another.

mod drive;
mod early;
mod plan;
mod queue;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use throng_measure::{
    EventInterest, ExportedMeter, ExporterReport, Moment, Period, Record, ScenarioDelta, ScenarioShape, Snapshot, Stamp, Subject, Subjects,
    campaign_meters,
};
use throng_plugin_api::{Clock, ExportContext, Trouble};
use tokio::task::JoinSet;

pub use self::plan::{ExporterFault, PlannedExporter, plan_exporters};

use self::drive::drive;
use self::early::Early;
use self::queue::Queue;
use crate::errors::CampaignError;
use crate::plan::Plan;

/// How long an exporter may take to open.
const OPEN_LIMIT: Duration = Duration::from_secs(30);

/// How long all may take to write what is left, when the campaign has ended by itself or softly.
pub(crate) const CLOSE_LIMIT: Duration = Duration::from_secs(10);

/// The same after a hard stop.
pub(crate) const ABORT_LIMIT: Duration = Duration::from_secs(2);

/// All exporters of a campaign.
pub(crate) struct Exporters {
    clock: Clock,
    subjects: Subjects,
    running: Vec<Running>,
    tasks: JoinSet<()>,
    /// By their lengths; the exporters of one length share theirs.
    periods: BTreeMap<Duration, (Period, Moment)>,
    early: Early,
    /// t₀; none before it is known.
    start: Option<Moment>,
}

/// An exporter with its queue.
struct Running {
    planned: PlannedExporter,
    queue: Arc<Queue>,
}

/// The events that a plan's exporters want.
pub(crate) fn interest(plan: &Plan) -> EventInterest {
    EventInterest::new(plan.exporters.iter().filter_map(PlannedExporter::events).cloned())
}

impl Exporters {
    /// None of them open yet.
    pub(crate) fn new(plan: &Plan, shapes: &[ScenarioShape], clock: Clock) -> Self {
        let campaign = Subject { campaign: plan.key.clone(), zone: plan.zone.clone(), tags: plan.tags.clone(), ..Subject::default() };
        Self {
            clock,
            subjects: Subjects::new(campaign, shapes),
            running: Vec::new(),
            tasks: JoinSet::new(),
            periods: BTreeMap::new(),
            early: Early::default(),
            start: None,
        }
    }

    /// Opens all of them; nothing is written yet but what begins a file.
    ///
    /// # Errors
    /// One cannot be opened, with what it says.
    pub(crate) async fn open(&mut self, plan: &Plan, shapes: &[ScenarioShape]) -> Result<(), CampaignError> {
        let clock = self.clock;
        let mut opened = Vec::new();
        for planned in &plan.exporters {
            let unable = |reason: String| CampaignError::Exporter { name: planned.name(), reason };
            let trouble = Trouble::default();
            let (campaign, files) = (plan.key.clone(), planned.files.clone());
            let context = ExportContext { clock, campaign, files, trouble: trouble.clone() };
            let exporter = match clock.timeout(OPEN_LIMIT, planned.configured.open(&context)).await {
                Some(exporter) => exporter.map_err(|error| unable(error.to_string()))?,
                None => return Err(unable(format!("not ready within {}", throng_model::format_duration(OPEN_LIMIT)))),
            };
            opened.push((planned, exporter, trouble));
        }
        for (planned, exporter, trouble) in opened {
            let queue = Arc::new(Queue::new(planned.limits, trouble));
            self.tasks.spawn(drive(exporter, Arc::clone(&queue), clock));
            if planned.records().has_meters() {
                self.periods.entry(planned.period).or_insert_with(|| (Period::new(shapes.iter().cloned()), Moment::default()));
            }
            self.running.push(Running { planned: planned.clone(), queue });
        }
        Ok(())
    }

    /// t₀ is known: periods are counted from here, and what happened before it can be told.
    pub(crate) fn begin(&mut self, start: Moment) {
        self.start = Some(start);
        for (length, (_, ends)) in &mut self.periods {
            *ends = start + *length;
        }
        let (early, dropped) = self.early.take();
        for (scenario, event) in early {
            self.tell_event(scenario, event);
        }
        let with_events = self.running.iter().filter(|running| running.planned.events().is_some());
        with_events.for_each(|running| running.queue.lose(dropped));
    }

    /// Takes a worker's events out of what it has told, and adds its figures to the periods.
    pub(crate) fn hear(&mut self, scenario: usize, delta: &mut ScenarioDelta, at: u64) {
        for event in delta.run.events.take_held() {
            match self.start {
                Some(_) => self.tell_event(Some(scenario), event),
                None => self.early.hold(Some(scenario), event),
            }
        }
        for (period, _) in self.periods.values_mut() {
            period.merge(scenario, delta, at);
        }
    }

    /// Takes an event of the campaign itself.
    pub(crate) fn hear_campaign(&mut self, event: throng_measure::Event) {
        match self.start {
            Some(_) => self.tell_event(None, event),
            None => self.early.hold(None, event),
        }
    }

    /// When there is next something to do.
    pub(crate) fn due(&self) -> Option<Moment> {
        self.start?;
        self.periods.values().map(|(_, ends)| *ends).min()
    }

    /// Ends the periods that are over.
    pub(crate) fn advance(&mut self, now: Moment, snapshot: &Snapshot) {
        let Some(start) = self.start else { return };
        let mut told = Vec::new();
        for (length, (period, ends)) in &mut self.periods {
            if *ends > now {
                continue;
            }
            told.push((*length, period.end(snapshot, &self.subjects, stamp(self.clock, start, now))));
            while *ends <= now {
                *ends = *ends + *length;
            }
        }
        for (length, meters) in told {
            self.tell_meters(meters, |planned| planned.period == length);
        }
    }

    /// Tells the rest and the campaign as a whole, and waits until all is written, for a while.
    pub(crate) async fn close(&mut self, ended: Moment, snapshot: &Snapshot, limit: Duration) -> Vec<ExporterReport> {
        let start = match self.start {
            Some(start) => start,
            None => {
                self.begin(ended);
                ended
            }
        };
        let stamp = stamp(self.clock, start, ended);
        for (length, (mut period, _)) in std::mem::take(&mut self.periods) {
            let meters = period.end(snapshot, &self.subjects, stamp);
            self.tell_meters(meters, |planned| planned.period == length);
        }
        if !self.running.is_empty() {
            self.tell_meters(campaign_meters(snapshot, &self.subjects, stamp), |_| true);
        }
        self.running.iter().for_each(|running| running.queue.close());
        let tasks = &mut self.tasks;
        let all = async { while tasks.join_next().await.is_some() {} };
        if self.clock.timeout(limit, all).await.is_none() {
            self.tasks.shutdown().await;
        }
        let late = format!("what was left was not written within {}", throng_model::format_duration(limit));
        self.running.iter().map(|running| running.queue.report(running.planned.name(), &late)).collect()
    }

    fn tell_meters(&self, meters: Vec<ExportedMeter>, to: impl Fn(&PlannedExporter) -> bool) {
        let meters: Vec<_> = meters.into_iter().map(Arc::new).collect();
        for running in self.running.iter().filter(|running| running.planned.records().has_meters() && to(&running.planned)) {
            running.queue.push_all(meters.iter().cloned().map(Record::Meter), self.clock.now());
        }
    }

    fn tell_event(&self, scenario: Option<usize>, event: throng_measure::Event) {
        let Some(start) = self.start else { return };
        let (name, level) = (event.name.clone(), event.level);
        let stamp = stamp(self.clock, start, event.at);
        let exported = Arc::new(self.subjects.event(scenario, event, stamp));
        let wants = |running: &&Running| running.planned.events().is_some_and(|filter| filter.wants(&name, level));
        for running in self.running.iter().filter(wants) {
            running.queue.push_all([Record::Event(Arc::clone(&exported))], self.clock.now());
        }
    }
}

/// A moment as exporters tell it.
fn stamp(clock: Clock, start: Moment, moment: Moment) -> Stamp {
    let (start, nanos) = (i128::from(start.as_nanos()), i128::from(moment.as_nanos()));
    Stamp { at: i64::try_from(nanos - start).unwrap_or(i64::MAX), unix: clock.unix_time(moment) }
}
