//! Chooses between the live view, plain lines and nothing, and turns keys into commands to the campaign.

use std::io::IsTerminal;
use std::time::Duration;

use throng_campaign::{Command, Plan, Progress};
use throng_measure::{Pace, Snapshot};
use tokio::sync::{mpsc, watch};

use super::{Action, BrokenRules, LiveFacts, LiveView, plain_line};
use crate::arguments::Live;
use crate::log;
use crate::style::Style;

/// How often a plain line is written.
const PLAIN_PERIOD: Duration = Duration::from_secs(5);

/// What is shown while a campaign runs.
pub(crate) struct Display {
    kind: Kind,
    key: String,
    color: bool,
    commands: mpsc::Sender<Command>,
    pace: watch::Sender<Pace>,
}

/// Where keys go.
pub(crate) struct Controls {
    /// What stops the campaign.
    pub(crate) commands: mpsc::Sender<Command>,
    /// How its plan is to go by.
    pub(crate) pace: watch::Sender<Pace>,
}

enum Kind {
    /// The terminal is taken when the first figures are there, for they say how many lines are needed.
    Waiting,
    Terminal(Box<LiveView>),
    Plain {
        next: Duration,
        broken: BrokenRules,
    },
    Nothing,
}

impl Kind {
    fn plain(next: Duration) -> Self {
        Self::Plain { next, broken: BrokenRules::default() }
    }
}

impl Display {
    /// Gets ready to show a campaign.
    pub(crate) fn start(live: Live, plan: &Plan, style: Style, controls: Controls) -> Self {
        let Controls { commands, pace } = controls;
        let kind = match live {
            Live::Off => Kind::Nothing,
            Live::On => Kind::Waiting,
            Live::Auto if std::io::stderr().is_terminal() => Kind::Waiting,
            Live::Auto => Kind::plain(PLAIN_PERIOD),
        };
        Self { kind, key: plan.key.clone(), color: style.color_on_stderr, commands, pace }
    }

    /// Shows the figures, and passes on what was asked by keys.
    pub(crate) fn show(&mut self, snapshot: &Snapshot, progress: Progress) {
        if matches!(self.kind, Kind::Waiting) {
            self.kind = self.open(snapshot, progress);
        }
        match &mut self.kind {
            Kind::Terminal(view) => {
                let lines = log::take_lines().iter().try_for_each(|line| view.print_above(line));
                let action = lines.and_then(|()| view.draw(snapshot, progress)).and_then(|()| view.poll());
                match action {
                    Ok(None) => {}
                    // A full mailbox holds earlier stops already.
                    Ok(Some(Action::StopSoftly)) => drop(self.commands.try_send(Command::StopSoftly)),
                    Ok(Some(Action::StopAtOnce)) => drop(self.commands.try_send(Command::Abort)),
                    Ok(Some(Action::HoldOrResume)) => self.pace.send_modify(|pace| pace.held = !pace.held),
                    Err(_) => {
                        self.kind = Kind::plain(progress.elapsed);
                        log::release();
                    }
                }
            }
            Kind::Plain { next, broken } => {
                broken.news(snapshot).iter().for_each(|line| eprintln!("{line}"));
                if progress.elapsed >= *next {
                    *next += PLAIN_PERIOD;
                    eprintln!("{}", plain_line(snapshot));
                }
            }
            Kind::Waiting | Kind::Nothing => {}
        }
    }

    /// Gives the terminal back.
    pub(crate) fn end(self) {
        drop(self.kind);
        log::release();
    }

    fn open(&self, snapshot: &Snapshot, progress: Progress) -> Kind {
        let facts = LiveFacts { key: self.key.clone(), planned: Some(progress.planned_starts_until), color: self.color };
        match LiveView::open(facts, snapshot) {
            Ok(view) => {
                log::hold();
                Kind::Terminal(Box::new(view))
            }
            Err(_) => Kind::plain(PLAIN_PERIOD),
        }
    }
}
