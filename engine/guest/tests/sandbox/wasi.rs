//! A guest with WASI: nothing is granted, what it prints is logged, waiting is refused.

use throng_guest::LaneConfig;
use throng_model::Secrets;
use throng_protocols::Value;

use crate::guests::{answer, config, lanes, load, logged, shown};

#[test]
fn lines_that_are_printed_are_logged() {
    let lines = logged(|| {
        let lanes = lanes("wasi");
        assert_eq!(shown(answer(&lanes, 0, &Value::Integer(1))), "integer 1");
    });
    assert_eq!(
        lines,
        [
            r#"INFO message=minion 7 scenario="checkout" step="pay""#,
            r#"INFO message=says hello scenario="checkout" step="pay""#,
            r#"WARN message=and an error without an end of line scenario="checkout" step="pay""#,
        ]
    );
}

#[test]
fn secrets_are_not_logged() {
    let lines = logged(|| {
        let secrets = Secrets::new(["hello".to_owned(), "without an end".to_owned()]);
        let lanes = load("wasi").lanes(LaneConfig { secrets, ..config() }).expect("the guest starts");
        answer(&lanes, 0, &Value::Integer(1)).expect("it prints");
    });
    assert!(lines[1].starts_with("INFO message=says *** ") && lines[2].starts_with("WARN message=and an error *** of line "), "{lines:?}");
}

#[test]
fn nothing_is_granted() {
    let wasi = load("wasi");
    assert!(wasi.uses_wasi());
    assert!(!load("echo").uses_wasi());
    assert!(wasi.imports().iter().any(|import| import.starts_with("wasi:cli/")), "{:?}", wasi.imports());
    let lanes = lanes("wasi");
    assert_eq!(shown(answer(&lanes, 1, &Value::None)), "integer 0", "no environment");
    assert_eq!(shown(answer(&lanes, 2, &Value::None)), "boolean false", "no files");
    assert_eq!(shown(answer(&lanes, 3, &Value::None)), "integer 0", "no arguments");
    let lines = logged(|| assert_eq!(shown(answer(&lanes, 7, &Value::None)), "boolean true", "requests are denied"));
    assert!(lines.iter().any(|line| line.contains("a request was refused")), "{lines:?}");
}

#[test]
fn waiting_is_refused_without_a_strike() {
    let lanes = lanes("wasi");
    assert_eq!(
        shown(answer(&lanes, 4, &Value::None)),
        "unavailable callbacks-may-not-wait: callbacks may not wait, for example for a timer, a file or a socket; \
         use a step such as `delay` or `http`"
    );
    assert_eq!(shown(answer(&lanes, 0, &Value::Integer(1))), "integer 1");
    assert_eq!((lanes.statistics().traps, lanes.statistics().rebuilt), (0, 1));
}

#[test]
fn a_panic_says_where() {
    let message = shown(answer(&lanes("wasi"), 5, &Value::None));
    let words = "trapped trap: the guest panicked or gave up (it ran into `unreachable`); it said on stderr: thread ";
    assert!(message.starts_with(words), "{message}");
    assert!(message.contains("src/lib.rs") && message.ends_with("as told"), "{message}");
}

#[test]
fn an_exit_is_a_trap() {
    // WASI 0.2 tells success from failure, not one exit status from another.
    assert_eq!(
        shown(answer(&lanes("wasi"), 6, &Value::None)),
        "trapped trap: the guest ended itself with exit status 1; a callback has to return"
    );
}
