//! What a full store costs.

use super::*;

/// Resident memory of this process, in bytes.
#[cfg(target_os = "linux")]
fn resident() -> u64 {
    throng_kit::resident(std::process::id()).expect("the kernel tells")
}

/// A million rights with keys as long as a UUID are kept in less than 512 MiB, and found again.
#[test]
#[cfg(target_os = "linux")]
fn a_million_rights_fit() {
    const KEYS: u64 = 1_000_000;
    let key = |number: u64| format!("{number:08x}-2026-4d4e-9f00-{:012x}", number.wrapping_mul(0x9e37_79b9_7f4a) >> 16);
    assert_eq!(key(7).len(), 36);
    let before = resident();
    let mut store = JoinStore::<u32>::new(&join(KEYS, None), 1);
    let mut dropped = Vec::new();
    for number in 0..KEYS {
        let value = Value::Text(format!("shipment {number:07}").into());
        let comes = store.right(&key(number).into(), value, Moment::from_nanos(number), &mut dropped);
        assert!(matches!(comes, RightComes::Kept));
    }
    let used = resident().saturating_sub(before);
    assert!(used < 512 << 20, "{} MiB", used >> 20);
    // So many allocations take something: less would be a measurement that says nothing.
    assert!(used > 64 << 20, "{} MiB", used >> 20);
    let now = Moment::from_nanos(KEYS);
    for number in (0..KEYS).step_by(2) {
        let expected = format!("shipment {number:07}");
        let comes = store.left(&key(number).into(), 0, now, now);
        assert!(matches!(comes, LeftComes::Matched { right: Value::Text(text), duplicates: 0 } if *text == *expected));
    }
    assert_eq!((super::count(&dropped), super::count(&store.end())), (0, KEYS / 2));
}
