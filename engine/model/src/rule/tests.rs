//! The vectors of `docs/rules.md`, the round trip, and names.

use proptest::prelude::*;

use super::*;

const PAGE: &str = include_str!("../../../../docs/rules.md");

fn parse(text: &str) -> Rule {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// The lines of all blocks of the page in this language.
fn lines(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    let blocks = PAGE.split(&fence).skip(1).filter_map(|rest| rest.split("```").next());
    let lines: Vec<_> = blocks.flat_map(str::lines).filter(|line| !line.trim().is_empty()).collect();
    assert!(!lines.is_empty(), "no block of {language}");
    lines
}

#[test]
fn rules_of_the_page_are_read_and_printed() {
    for line in lines("rule") {
        let (written, printed) = line.split_once(" ⇒ ").map_or((line.trim(), line.trim()), |(left, right)| (left.trim(), right.trim()));
        let rule = parse(written);
        assert_eq!(rule.to_string(), printed, "{written}");
        assert_eq!(parse(printed), rule, "{written}");
    }
}

#[test]
fn refusals_of_the_page_are_refused_as_it_says() {
    let told = |line: &str| {
        let (written, _) = line.split_once(" ⇒ ").expect("a rule and what is said of it");
        let error = written.parse::<Rule>().expect_err(written);
        format!("{written} ⇒ column {}: {}; {}", error.column, error.message, error.hint)
    };
    let lines = lines("rule-refused");
    assert_eq!(lines.iter().map(|line| told(line)).collect::<Vec<_>>().join("\n"), lines.join("\n"));
}

#[test]
fn every_part_is_understood() {
    let rule = parse(
        "p99.9(response, step:checkout, scenario:shop, zone:fr, tag:kind=api, tag:\"a b\"=\"c,d\") not between 1ms and 2ms over 30s for 10s after 1m phase drain then stop",
    );
    assert_eq!(
        rule,
        Rule {
            subject: RuleSubject::Meter(Statistic::Percentile(99_900), Meter::Response),
            selector: RuleSelector {
                step: Some("checkout".into()),
                scenario: Some("shop".into()),
                zone: Some("fr".into()),
                tags: [("kind".into(), "api".into()), ("a b".into(), "c,d".into())].into(),
            },
            condition: RuleCondition::NotBetween(
                RuleValue::Duration(Duration::from_millis(1)),
                RuleValue::Duration(Duration::from_millis(2))
            ),
            window: RuleWindow {
                over: Some(Duration::from_secs(30)),
                lasting: Some(Duration::from_secs(10)),
                after: Some(Duration::from_secs(60)),
                phase: Some(RulePhase::Drain),
            },
            action: RuleAction::Stop,
        }
    );
}

#[test]
fn an_error_shows_the_whole_rule() {
    insta::assert_snapshot!("p99(response, stp:a) < 1ms".parse::<Rule>().expect_err("unknown"), @"`p99(response, stp:a) < 1ms` is not a rule: column 15: there is no selector `stp`; did you mean `step`?");
}

#[test]
fn upper_bounds_on_failures_decide_them() {
    let decides = |text: &str| parse(text).decides_failures();
    for text in ["errors(step:a) <= 0.1%", "failures() < 5", "missing(step:a) == 0", "errors() between 0 and 5"] {
        assert!(decides(text), "{text}");
    }
    for text in ["errors(step:a) >= 1", "errors() != 5", "missing() not between 1 and 5", "timeouts() == 0", "p99(response, step:a) < 1s"] {
        assert!(!decides(text), "{text}");
    }
}

fn scope() -> RuleScope {
    let step = |name: &str, kind: &str, tags: &[(&str, &str)], own_meters: Option<&[&str]>| StepScope {
        name: name.into(),
        kind: kind.into(),
        tags: tags.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(),
        meters: name != "quiet",
        own_meters: own_meters.map(|meters| meters.iter().map(|meter| (*meter).into()).collect()),
    };
    let shop = vec![
        step("login", "http", &[("kind", "api")], None),
        step("order", "http", &[("kind", "api"), ("weight", "heavy")], None),
        step("shipped", "inner-join", &[], None),
        step("amount", "summary", &[], Some(&["orders"])),
        step("quiet", "http", &[], None),
    ];
    let scenarios = vec![
        ScenarioScope { name: "shop".into(), steps: shop },
        ScenarioScope { name: "search".into(), steps: vec![step("login", "http", &[], None), step("pipe", "pipe", &[], Some(&[]))] },
    ];
    RuleScope { scenarios, zone: Some("fr".into()) }
}

#[test]
fn rules_select_what_fits_and_has_it() {
    let check = |text: &str, home: Option<usize>, scenarios: &[usize], steps: &[(usize, usize)]| {
        let selection = parse(text).select(&scope(), home);
        assert_eq!(selection, RuleSelection { scenarios: scenarios.to_vec(), steps: steps.to_vec() }, "{text}");
        assert_eq!(parse(text).check_names(&scope(), home), vec![], "{text}");
    };
    check("p99(response, step:login) < 1s", None, &[0, 1], &[(0, 0), (1, 0)]);
    check("p99(response, step:login) < 1s", Some(1), &[1], &[(1, 0)]);
    check("p99(response, step:login, scenario:shop) < 1s", None, &[0], &[(0, 0)]);
    check("p99(response, tag:kind=api) < 1s", None, &[0, 1], &[(0, 0), (0, 1)]);
    check("p99(response, tag:kind=api, tag:weight=heavy) < 1s", Some(0), &[0], &[(0, 1)]);
    check("missing() == 0", None, &[0, 1], &[(0, 2)]);
    check("p99(time-to-outcome) < 1s", Some(0), &[0], &[(0, 2)]);
    check("errors(scenario:search, zone:fr) == 0", None, &[1], &[(1, 0), (1, 1)]);
    check("p95(journey) < 1s", None, &[0, 1], &[]);
    check("rate(starts, scenario:shop) > 5/s", Some(0), &[0], &[]);
    check("count(orders, scenario:search) > 5", None, &[1], &[(1, 0)]);
    check("count(orders, step:amount, tag:country=de) > 5", None, &[0, 1], &[(0, 3)]);
    assert_eq!(parse("errors(zone:de) == 0").select(&scope(), None), RuleSelection::default());
}

#[test]
fn unknown_names_are_told_with_the_nearest() {
    let told = |text: &str, home| {
        let unknown = parse(text).check_names(&scope(), home);
        assert_eq!(unknown.len(), 1, "{text}: {unknown:?}");
        unknown[0].to_string()
    };
    insta::assert_snapshot!(told("errors(step:lgoin) == 0", None), @"the rule `errors(step:lgoin) == 0`: there is no step `lgoin`; did you mean `login`?");
    insta::assert_snapshot!(told("errors(step:order) == 0", Some(1)), @"the rule `errors(step:order) == 0`: there is no step `order`; possible: `login`, `pipe`");
    insta::assert_snapshot!(told("missing(step:login) == 0", Some(0)), @"the rule `missing(step:login) == 0`: the step `login` is no join, and only joins have `missing`; these are joins: `shipped`");
    insta::assert_snapshot!(told("missing() == 0", Some(1)), @"the rule `missing() == 0`: there is no join, and only joins have `missing`");
    insta::assert_snapshot!(told("p95(journey, scenario:shp) < 1s", None), @"the rule `p95(journey, scenario:shp) < 1s`: there is no scenario `shp`; did you mean `shop`?");
    insta::assert_snapshot!(told("p95(journey, scenario:shop) < 1s", Some(1)), @"the rule `p95(journey, scenario:shop) < 1s`: a scenario's rule cannot select another scenario, `shop`; give the rule to that scenario, or to the campaign");
    insta::assert_snapshot!(told("p95(journey, zone:de) < 1s", None), @"the rule `p95(journey, zone:de) < 1s`: there is no zone `de`; possible: `fr`");
    insta::assert_snapshot!(told("errors(tag:kind=apu) == 0", None), @"the rule `errors(tag:kind=apu) == 0`: no step has the tag `kind=apu`; did you mean `kind=api`?");
    insta::assert_snapshot!(told("errors(tag:kind=api, tag:weight=light) == 0", None), @"the rule `errors(tag:kind=api, tag:weight=light) == 0`: no step has the tags `kind=api`, `weight=light` together");
    insta::assert_snapshot!(told("count(oders, step:amount) > 5", None), @"the rule `count(oders, step:amount) > 5`: there is no meter `oders`; did you mean `orders`?");
    insta::assert_snapshot!(told("p95(response, step:quiet) < 1s", None), @r#"the rule `p95(response, step:quiet) < 1s`: the meters of `quiet` are off; set `monitoring: {"meters": true}`"#);
}

fn any_value(unit: u8) -> BoxedStrategy<RuleValue> {
    let number = prop_oneof![(0_u32..2_000_000).prop_map(|thousandths| f64::from(thousandths) / 1_000.0), 0.0..1e12_f64];
    match unit {
        0 => number.prop_map(RuleValue::Number).boxed(),
        1 => any::<u64>().prop_map(|nanoseconds| RuleValue::Duration(Duration::from_nanos(nanoseconds))).boxed(),
        2 => number.prop_map(RuleValue::PerSecond).boxed(),
        3 => (0.0..=100.0_f64).prop_map(RuleValue::Percent).boxed(),
        _ => number.prop_map(RuleValue::PercentOfIntended).boxed(),
    }
}

fn any_condition(unit: u8) -> impl Strategy<Value = RuleCondition> {
    let comparisons = prop::sample::select(Comparison::SYMBOLS.map(|(_, comparison)| comparison).to_vec());
    (any_value(unit), any_value(unit), comparisons, 0..3).prop_map(|(one, other, comparison, form)| {
        let (low, high) = if one.number() <= other.number() { (one, other) } else { (other, one) };
        match form {
            0 => RuleCondition::Compare(comparison, one),
            1 => RuleCondition::Between(low, high),
            _ => RuleCondition::NotBetween(low, high),
        }
    })
}

/// Subjects with a unit that fits them.
fn any_subject() -> impl Strategy<Value = (RuleSubject, u8)> {
    let names = prop_oneof!["[a-z]{1,8}(-[a-z]{1,8})?", "\\PC{1,12}", Just("response".to_owned())];
    let tallies = Tally::NAMES.map(|(_, tally)| tally).to_vec();
    let times = vec![Meter::Response, Meter::Service, Meter::Journey, Meter::TimeToOutcome, Meter::Lateness];
    prop_oneof![
        (prop::sample::select(tallies), any::<bool>()).prop_map(|(tally, share)| {
            let counted_only = matches!(tally, Tally::Starved | Tally::Slipped);
            (RuleSubject::Tally(tally), if share && !counted_only { 3 } else { 0 })
        }),
        (1_u32..=100_000, prop::sample::select(times.clone()))
            .prop_map(|(percent, meter)| (RuleSubject::Meter(Statistic::Percentile(percent), meter), 1)),
        prop::sample::select(times).prop_map(|meter| (RuleSubject::Meter(Statistic::Rate, meter), 2)),
        any::<bool>().prop_map(|count| (RuleSubject::Meter(if count { Statistic::Count } else { Statistic::Rate }, Meter::Starts), 4)),
        (names, 0..2_u8).prop_map(|(name, unit)| (RuleSubject::Meter(Statistic::Mean, Meter::Named(name)), unit)),
    ]
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let name = || prop_oneof!["[a-z]{1,8}", "\\PC{0,12}"];
    let time = || prop::option::of((1_u64..10_000_000).prop_map(Duration::from_micros));
    let window = (prop::option::of((1_u64..=600).prop_map(Duration::from_secs)), time(), time());
    let phase = prop::option::of(prop::sample::select(RulePhase::NAMES.map(|(_, phase)| phase).to_vec()));
    let action = prop::sample::select(RuleAction::NAMES.map(|(_, action)| action).to_vec());
    let selector = (name(), prop::option::of(name()), prop::option::of(name()), prop::collection::btree_map(name(), name(), 0..3));
    let conditioned = any_subject().prop_flat_map(|(subject, unit)| (Just(subject), any_condition(unit)));
    (conditioned, selector, window, phase, action).prop_map(
        |((subject, condition), (step, scenario, zone, tags), (over, lasting, after), phase, action)| {
            let of_runs = matches!(&subject, RuleSubject::Meter(_, meter) if meter.is_of_scenarios());
            let by_phase = units::check_phase(&subject, 0).is_ok();
            Rule {
                selector: if of_runs {
                    RuleSelector { scenario, zone, ..RuleSelector::default() }
                } else {
                    RuleSelector { step: Some(step), scenario, zone, tags }
                },
                window: RuleWindow { over, lasting, after, phase: phase.filter(|_| by_phase) },
                subject,
                condition,
                action,
            }
        },
    )
}

proptest! {
    #[test]
    fn what_is_printed_is_parsed(rule in any_rule()) {
        let text = rule.to_string();
        let parsed: Rule = text.parse().map_err(|error| TestCaseError::fail(format!("{error}")))?;
        prop_assert_eq!(&parsed, &rule);
        prop_assert_eq!(parsed.to_string(), text);
    }

    #[test]
    fn no_text_is_too_strange(text in "\\PC{0,60}", pieces in prop::collection::vec(prop::sample::select(vec!["p99", "(", ")", "errors", "step:", "a", ",", "<", "50%", "of", "\"", "over", "then", "ü"]), 0..12)) {
        for text in [text, pieces.concat(), pieces.join(" ")] {
            if let Err(error) = text.parse::<Rule>() {
                prop_assert!(error.column <= text.chars().count() + 1 && !error.hint.is_empty(), "{}", error);
            }
        }
    }
}
