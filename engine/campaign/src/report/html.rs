//! The report as one HTML page with charts: no script, no network, nothing beside it. It reads well on a phone, in light and in dark.

mod chart;
mod escape;
mod over_time;
mod percentiles;
mod scale;
mod shares;
mod table;

use jiff::Timestamp;
use throng_measure::{Reason, Report, ScenarioReport, StepReport, Verdict, humane};

use self::escape::escape;
use super::paint::{Tone, sign};
use super::{errors, health, joins, meters, rules, steps, summary};

/// Nothing may be loaded and nothing run, whatever a name or a message holds.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

pub(super) fn render(report: &Report) -> String {
    let sections = [
        head(report),
        section("Rules", &of_rules(report)),
        section("Asked and sent", &table::render(&summary::asked_and_sent_table(report))),
        section("Over time", &over_time::charts(report)),
        report.scenarios.iter().map(of_scenario).collect(),
        of_joins(report),
        section("Meters", &table::render(&meters::table(report))),
        section("Errors", &of_errors(report)),
        section("Messages", &of_messages(report)),
        section(health::TITLE, &of_health(report)),
    ];
    let title = format!("{} {}: {}", sign(report.verdict), report.verdict, report.campaign.key);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n{}</main>\n</body>\n</html>\n",
        escape(&title),
        include_str!("html/style.css"),
        sections.concat(),
    )
}

fn head(report: &Report) -> String {
    let facts = &report.campaign;
    let started = Timestamp::from_nanosecond(i128::from(facts.started_unix)).unwrap_or_default();
    let mut told = vec![
        ("started", started.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()),
        ("duration", humane::duration(facts.duration)),
        ("seed", facts.seed.to_string()),
        ("workers", facts.workers.to_string()),
    ];
    if let Some(zone) = &facts.zone {
        told.push(("zone", zone.clone()));
    }
    told.extend(facts.tags.iter().map(|(name, value)| (name.as_str(), value.clone())));
    if facts.speed != 1.0 {
        told.push(("speed", format!("× {}", facts.speed)));
    }
    let told: String = told.iter().map(|(name, value)| format!("<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value))).collect();
    let scenarios: String = report.scenarios.iter().map(verdict_of).collect();
    format!(
        "<header>\n{}\n<h1>{}</h1>\n<dl>{told}</dl>\n{}{scenarios}</header>\n",
        pill(report.verdict),
        escape(&facts.key),
        reasons(&report.reasons)
    )
}

fn verdict_of(scenario: &ScenarioReport) -> String {
    format!("<p class=\"scenario\">{} <b>{}</b></p>\n{}", pill(scenario.verdict), escape(&scenario.name), reasons(&scenario.reasons))
}

fn pill(verdict: Verdict) -> String {
    format!("<span class=\"pill {}\">{} {verdict}</span>", class(Tone::of(verdict)), sign(verdict))
}

fn reasons(reasons: &[Reason]) -> String {
    let line = |reason: &Reason| {
        format!("<li class=\"{}\"><i>{}</i>{}</li>", class(Tone::of(reason.verdict)), sign(reason.verdict), escape(&reason.text))
    };
    list("reasons", reasons.iter().map(line).collect())
}

fn of_scenario(scenario: &ScenarioReport) -> String {
    let table = table::render(&steps::wide_table(scenario));
    let mut notes = vec![steps::note(&table)];
    notes.extend(steps::notes_outside_the_load(scenario));
    let notes: String = notes.iter().map(|note| format!("<p class=\"note\">{}</p>\n", escape(note))).collect();
    section(&format!("Steps of {}", scenario.name), &format!("{table}{notes}{}", percentiles::charts(scenario)))
}

fn of_rules(report: &Report) -> String {
    let examples = report.rules.iter().filter_map(rules::example);
    let examples: String = examples.map(|example| format!("<pre>{}</pre>\n", escape(&example))).collect();
    table::render(&rules::table(report)) + &examples
}

fn of_joins(report: &Report) -> String {
    let Some(tables) = joins::tables(report) else { return String::new() };
    let [classes, outcomes] = tables.each_ref().map(table::render);
    let joins = report.scenarios.iter().flat_map(|scenario| scenario.steps.iter().map(move |step| (scenario, step)));
    let bar = |(scenario, step): (&ScenarioReport, &StepReport)| {
        step.join.as_ref().map(|join| shares::of_join(&summary::place(report, scenario, &step.name), join))
    };
    section("Joins", &format!("{}{classes}{outcomes}", joins.filter_map(bar).collect::<String>()))
}

fn of_errors(report: &Report) -> String {
    let item = |group: &errors::ErrorGroup| {
        let (place, code, when) = (escape(&group.place), escape(&group.code), escape(&group.when));
        let what = format!("<p><b>{place}</b> <code class=\"{}\">{code}</code> <span class=\"dim\">{when}</span></p>", class(group.tone));
        format!("<li>{what}\n<pre><span class=\"dim\">{}: </span>{}</pre></li>\n", group.whose, escape(&group.message))
    };
    list("errors", errors::groups(report).iter().map(item).collect())
}

fn of_messages(report: &Report) -> String {
    let item = |message: &errors::LeftMessage| {
        let (tone, place) = (class(message.tone()), escape(&message.place));
        format!("<li class=\"{tone}\"><i>{}</i><b>{place}</b> <span>{}</span></li>\n", message.sign(), escape(&message.text))
    };
    let of_scenario = |scenario: &ScenarioReport| {
        let lines: String = errors::left_messages(report, scenario).iter().map(item).collect();
        let more = errors::more_messages(scenario).map(|more| format!("<li class=\"dim\">{}</li>\n", escape(&more)));
        lines + &more.unwrap_or_default()
    };
    list("reasons", report.scenarios.iter().map(of_scenario).collect())
}

fn of_health(report: &Report) -> String {
    let item = |(lead, line): &(String, String)| format!("<li>{}{}</li>\n", escape(lead), escape(line));
    list("plain", health::lines(report).iter().map(item).collect())
}

fn list(class: &str, items: String) -> String {
    if items.is_empty() { items } else { format!("<ul class=\"{class}\">\n{items}</ul>\n") }
}

fn section(title: &str, body: &str) -> String {
    if body.is_empty() { String::new() } else { format!("<section>\n<h2>{}</h2>\n{body}</section>\n", escape(title)) }
}

/// The class of a tone, from the style sheet.
fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Title => "title",
        Tone::Dim => "dim",
        Tone::Good => "good",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
        Tone::Void => "void",
    }
}
