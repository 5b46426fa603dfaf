//! An execution profile of its own: twenty minions at a time, each wait half of the one before.
//!
//! The next line follows from the past period alone: variables of a component are a cache, and a profile must not lean on them.

use throng::{Scenario, get, http, millis, scenario, secs, status, user};

#[throng::scenario]
fn user_defined_profile() -> Scenario {
    let server = http("http://127.0.0.1:8080");
    let halving = user(|past, _minions, speed| {
        // The past period has the speed in it already.
        let wait = if past.is_zero() { secs(4).div_f64(speed) } else { past / 2 };
        (20, wait.max(millis(100).div_f64(speed)))
    });
    scenario("user-defined-profile")
        .minions(200)
        .profile(halving)
        .start()
        .send("hello", &server, get("/hello"))
        .assert("greeted", status(200))
}

#[test]
fn waits_are_halved_down_to_a_tenth_of_a_second() {
    let mut test = user_defined_profile().test();
    let waits = [0, 4_000_000_000, 300_000_000, 100_000_000].map(|past| test.next_line(past, 200, 1.0).unwrap());
    assert_eq!(waits, [(20, 4_000_000_000), (20, 2_000_000_000), (20, 150_000_000), (20, 100_000_000)]);
    assert_eq!(test.next_line(0, 200, 2.0).unwrap(), (20, 2_000_000_000), "twice the speed, half the wait");
}
