//! Makes a report of a snapshot.

use super::{
    CampaignFacts, FailureReport, GuestMeterReport, HealthReport, JoinReport, MessageReport, MinionsReport, OutcomeCounts,
    PluginMeterReport, REPORT_VERSION, Reason, Report, ScenarioReport, StepReport, TimelineReport, TimerReport, TimesReport,
};
use super::{fitness, judge};
use crate::rules::RuleReport;
use crate::{MinionCounts, Phase, PluginMeter, ScenarioSnapshot, Snapshot, StepFigures, StepShape, Timeline, Times, Verdict, under_load};

impl Report {
    /// The report of a campaign that has ended, and has no rules.
    pub fn new(snapshot: &Snapshot, facts: &CampaignFacts) -> Self {
        Self::judged(snapshot, facts, Vec::new())
    }

    /// The report of a campaign that has ended, with [its rules](crate::rules::RuleBook::judge).
    pub fn judged(snapshot: &Snapshot, facts: &CampaignFacts, rules: Vec<RuleReport>) -> Self {
        let stalled = |scenario: &&ScenarioSnapshot| scenario.run.guest.deadlines > 0;
        let stallers: Vec<_> = snapshot.scenarios().iter().filter(stalled).map(|scenario| format!("`{}`", scenario.shape.name)).collect();
        let scenarios: Vec<_> = (snapshot.scenarios().iter().enumerate())
            .map(|(number, scenario)| ScenarioReport::new(scenario, &stallers, facts, &judge::RulesOf { scenario: number, rules: &rules }))
            .collect();
        let health = super::generator::health(snapshot, &scenarios, facts);
        let reasons = judge::campaign(facts, &rules, &health.findings);
        let verdict = scenarios.iter().map(|scenario| scenario.verdict).max().max(Some(worst(&reasons))).unwrap_or_default();
        Self {
            report: REPORT_VERSION.to_owned(),
            verdict,
            reasons,
            campaign: facts.clone(),
            scenarios,
            rules,
            health,
            timeline: TimelineReport::new(snapshot.timeline()),
        }
    }
}

impl MinionsReport {
    pub(crate) fn new(snapshot: &ScenarioSnapshot) -> Self {
        let MinionCounts { started, completed, cancelled, starved, queued, dropped } = snapshot.run.minions;
        Self { planned: snapshot.shape.planned, started, completed, cancelled, starved, queued, dropped }
    }
}

impl ScenarioReport {
    fn new(snapshot: &ScenarioSnapshot, stallers: &[String], facts: &CampaignFacts, rules: &judge::RulesOf<'_>) -> Self {
        let run = &snapshot.run;
        let name_of = |step: u32| snapshot.shape.steps.get(step as usize).map(|shape| shape.name.to_string());
        let messages = run.messages.lines().map(|(line, count)| MessageReport {
            severity: line.severity,
            step: line.step.and_then(name_of),
            text: line.text.clone(),
            count,
        });
        let worked = facts.duration as f64 * f64::from(facts.workers);
        let mut report = Self {
            name: snapshot.shape.name.to_string(),
            verdict: Verdict::Successful,
            reasons: Vec::new(),
            minions: MinionsReport::new(snapshot),
            journey: TimesReport::new(&run.journey),
            steps: snapshot.steps().map(|(shape, figures)| StepReport::new(shape, figures)).collect(),
            messages: messages.collect(),
            messages_dropped: run.messages.dropped(),
            events: run.events.counts().clone(),
            health: HealthReport {
                start_lag: run.start_lag.clone().into(),
                scheduled: snapshot.shape.scheduled,
                guest: run.guest,
                guest_share: if worked > 0.0 { run.guest.nanos as f64 / worked } else { 0.0 },
                refused_recordings: run.refused_recordings,
                mailbox_waits: run.mailbox_waits,
                findings: Vec::new(),
                events_dropped: run.events.dropped(),
            },
        };
        let left = (run.messages.errors(), run.messages.warnings());
        report.health.findings = fitness::findings(&report, snapshot, stallers, facts);
        report.reasons = judge::scenario(&report, snapshot.aborted.as_deref(), left, facts, rules);
        report.verdict = worst(&report.reasons);
        report
    }
}

impl StepReport {
    fn new(shape: &StepShape, figures: &StepFigures) -> Self {
        let [success, failure, error, timeout, skipped] = figures.counts();
        let mut failures: Vec<_> = (figures.failures.groups())
            .map(|(code, group)| FailureReport {
                code: code.to_owned(),
                count: group.count,
                first: group.first,
                last: group.last,
                outcome: group.outcome,
                minion: group.minion,
                message: group.message.clone(),
            })
            .collect();
        failures.sort_by_key(|group| std::cmp::Reverse(group.count));
        let is_join = shape.is_join();
        let plugin = figures.plugin.iter().filter(|(name, _)| !is_join || !JoinReport::METERS.contains(&name.as_ref()));
        let plugin = plugin.map(|(name, value)| PluginMeterReport { name: name.to_string(), value: value.clone() });
        let guest = figures.guest.iter().map(|(meter, value)| GuestMeterReport { meter: meter.clone(), value: value.clone() });
        Self {
            name: shape.name.to_string(),
            kind: shape.kind.clone(),
            hidden: shape.hidden,
            tolerate: shape.tolerate,
            outcomes: OutcomeCounts { success, failure, error, timeout, skipped },
            attempts: figures.attempts,
            starved: figures.starved,
            slipped: figures.slipped,
            join: is_join.then(|| JoinReport::new(shape, figures)),
            times: TimesReport::new(&figures.times),
            plugin_meters: plugin.collect(),
            guest_meters: guest.collect(),
            failures,
        }
    }
}

impl JoinReport {
    /// The meters of a join that it tells.
    const METERS: [&str; 11] =
        ["matched", "missing", "early", "used", "late", "duplicate", "orphan", "unkeyed", "lost", "time-to-outcome", "lateness"];

    fn new(shape: &StepShape, figures: &StepFigures) -> Self {
        let count = |name| figures.counter(name);
        let timer = |name| match figures.plugin.get(name) {
            Some(PluginMeter::Timer(timer)) => timer.clone().into(),
            _ => TimerReport::default(),
        };
        Self {
            matched: count("matched"),
            missing: count("missing"),
            early: count("early"),
            used: count("used"),
            late: count("late"),
            duplicate: count("duplicate"),
            orphan: count("orphan"),
            unkeyed: count("unkeyed"),
            lost: count("lost"),
            window: shape.window.map(|window| u64::try_from(window.as_nanos()).unwrap_or(u64::MAX)),
            time_to_outcome: timer("time-to-outcome"),
            lateness: timer("lateness"),
        }
    }
}

impl TimesReport {
    fn new(times: &Times) -> Self {
        let apart = |phase: Phase| times.response.get(phase.index()).filter(|timer| !timer.is_empty()).cloned().map(TimerReport::from);
        Self {
            response: under_load(&times.response).into(),
            service: under_load(&times.service).into(),
            warm_up: apart(Phase::WarmUp),
            drain: apart(Phase::Drain),
        }
    }
}

impl TimelineReport {
    fn new(timeline: &Timeline) -> Self {
        Self { width: timeline.width(), slots: timeline.closed().copied().chain([timeline.open()]).collect() }
    }
}

fn worst(reasons: &[Reason]) -> Verdict {
    reasons.iter().map(|reason| reason.verdict).max().unwrap_or_default()
}
