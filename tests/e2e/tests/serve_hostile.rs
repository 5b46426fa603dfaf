//! Uploads by hostile hands: each is answered in words, and the engine serves on as if nothing had been.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::documents::idle;
use throng_kit::{Answered, EngineProcess, Mutations, guest, tempdir};

/// Uploads in all.
const UPLOADS: usize = 1000;
/// What the engine may have more in memory at the end than after a quarter of them, in bytes.
const GROWTH: u64 = 64 << 20;

const OPTIONS: [&str; 6] = ["--requests-per-second", "10000", "--uploads-per-minute", "100000", "--compile-time", "20s"];

/// An upload's answer; waits until it is known what became of it.
fn upload(engine: &EngineProcess, bytes: &[u8]) -> Result<Answered> {
    engine.ask("POST", "/components?wait=55s", &[], bytes)
}

/// A component is taken in, or refused with words.
fn check(answer: &Answered) -> Result<()> {
    match answer.status {
        200 | 201 => Ok(()),
        400..=499 => {
            let problem = answer.json()?;
            let detail = problem.pointer("/detail").and_then(Json::as_str).unwrap_or_default();
            ensure!(!detail.is_empty() && !detail.contains("panicked"), "{problem}");
            Ok(())
        }
        _ => anyhow::bail!("{answer:?}"),
    }
}

/// The engine takes a component and runs a campaign.
fn check_serves(engine: &EngineProcess, key: &str) -> Result<()> {
    let digest = upload(engine, idle(3, "immediate").to_string().as_bytes())?.json()?.get("digest").cloned();
    let campaign = json!({ "throng": "0.1", "files": [digest], "key": key, "start-offset": "0s" }).to_string();
    engine.ask("POST", "/campaigns", &[], campaign.as_bytes())?.with_status(201)?;
    let record = engine.ended(key)?;
    ensure!(record.get("verdict").and_then(Json::as_str) == Some("successful"), "{record}");
    Ok(())
}

#[test]
fn a_thousand_spoilt_components_leave_it_serving() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start(folder.path(), &OPTIONS)?;
    let sound = [guest("echo")?, guest("hostile")?, guest("wasi")?].map(std::fs::read);
    let sound = sound.into_iter().collect::<std::io::Result<Vec<_>>>()?;
    let taken = AtomicUsize::new(0);
    // A quarter first, after which everything that is kept for good is there.
    let send = |from: usize, to: usize| {
        let senders = [0, 1].map(|sender| (from..to).filter(move |number| number % 2 == sender));
        std::thread::scope(|scope| {
            let sending = senders.map(|numbers| {
                scope.spawn(|| {
                    for number in numbers {
                        let whole = sound.get(number % sound.len()).context("a component")?;
                        let answer = upload(&engine, &Mutations::new(number as u64).of(whole))?;
                        check(&answer).with_context(|| format!("mutation {number}"))?;
                        taken.fetch_add(usize::from(answer.status == 201), Ordering::Relaxed);
                    }
                    Ok::<_, anyhow::Error>(())
                })
            });
            sending.into_iter().try_for_each(|sender| sender.join().map_err(|_| anyhow::anyhow!("a sender panicked"))?)
        })
    };
    send(0, UPLOADS / 4)?;
    check_serves(&engine, "early")?;
    let settled = engine.resident();
    send(UPLOADS / 4, UPLOADS)?;
    check_serves(&engine, "late")?;
    let grown = engine.resident().zip(settled).map(|(now, settled)| now.saturating_sub(settled));
    ensure!(grown.is_none_or(|grown| grown < GROWTH), "{grown:?} bytes more after three quarters of {UPLOADS} uploads");
    // Some mistakes are where nothing looks, and neither all nor none is harmless: else this shows nothing.
    let taken = taken.load(Ordering::Relaxed);
    ensure!((1..UPLOADS / 2).contains(&taken), "{taken} of {UPLOADS} were taken in");
    engine.end()?.ended_with(0)?;
    Ok(())
}

/// How a component begins: the magic number, the version, and that it is no module.
const HEADER: [u8; 8] = *b"\0asm\x0d\0\x01\0";

/// Sections of another component behind those of a sound one: valid as a whole, if the other one is.
fn with_appended(sound: &[u8], other: &[u8]) -> Result<Vec<u8>> {
    Ok([sound, other.strip_prefix(&HEADER).context("a component")?].concat())
}

/// Components in components.
fn nested(depth: usize) -> Vec<u8> {
    const COMPONENT: u8 = 4;
    (0..depth).fold(HEADER.to_vec(), |inner, _| [&HEADER[..], &[COMPONENT], &leb128(inner.len()), &inner].concat())
}

fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

#[test]
fn monstrous_components_are_refused_or_taken_in() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start(folder.path(), &OPTIONS)?;
    let sound = std::fs::read(guest("echo")?)?;
    let repeated = |text: &str, times: usize| text.repeat(times);
    let deep_type =
        (1..1000).fold("(type $t0 (list u8))".to_owned(), |text, depth| format!("{text}(type $t{depth} (list $t{}))", depth - 1));
    let wide_type = (0..2000).map(|field| format!("(field \"f{field}\" u64)")).collect::<String>();
    let doubled = (1..60)
        .fold("(type $t0 (tuple u64 u64))".to_owned(), |text, depth| format!("{text}(type $t{depth} (tuple $t{0} $t{0}))", depth - 1));
    let monsters = [
        ("a type nested a thousand times", format!("(component {deep_type})")),
        ("a record of two thousand fields", format!("(component (type (record {wide_type})))")),
        ("a type of 2^60 numbers", format!("(component {doubled})")),
        ("all memory there is", "(component (core module (memory 65536 65536)))".to_owned()),
        ("a huge table", "(component (core module (table 10000000 funcref)))".to_owned()),
        ("many functions", format!("(component (core module {}))", repeated("(func)", 50_000))),
        (
            "a long function",
            format!("(component (core module (func {})))", repeated("(drop (i32.add (i32.const 1) (i32.const 2)))", 50_000)),
        ),
        ("blocks nested deeply", format!("(component (core module (func {} {})))", repeated("block ", 5000), repeated("end ", 5000))),
        ("many locals", format!("(component (core module (func (local {}))))", repeated("i64 ", 49_000))),
        ("many modules", format!("(component {})", repeated("(core module)", 5000))),
    ];
    let mut monsters: Vec<_> = monsters.iter().map(|(what, text)| Ok((*what, wat::parse_str(text)?))).collect::<Result<_>>()?;
    monsters.extend([("components nested deeply", nested(50)), ("components nested too deeply", nested(5000))]);
    for (what, other) in monsters {
        let bytes = with_appended(&sound, &other).with_context(|| what.to_owned())?;
        check(&upload(&engine, &bytes)?).with_context(|| what.to_owned())?;
    }
    check_serves(&engine, "after")?;
    engine.end()?.ended_with(0)?;
    Ok(())
}
