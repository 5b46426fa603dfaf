//! A pool bounds connections; who finds none waits for its turn.

use futures_util::future::join_all;
use serde_json::json;
use throng_protocols::Value;

use crate::server::start;
use crate::world::World;

#[tokio::test]
async fn five_users_share_two_connections() {
    let (url, seen) = start().await;
    let mut world = World::new(&url);
    let get = world.step("get", "http", json!({ "request": {}, "connection": { "pool": { "size": 2 } } })).await;
    let got = join_all((0..5).map(|minion| world.json(&get, minion, Value::None))).await;
    assert!(got.iter().all(|got| got["method"] == "GET"));
    assert_eq!(seen.connections(), 2);
    assert_eq!(seen.most_at_once.load(std::sync::atomic::Ordering::Relaxed), 2);
    assert_eq!((world.recordings("http-pool-wait"), world.count("http-connections-reused")), (3, 3));
    (0..5).for_each(|minion| get.minion_done(minion));
    world.json(&get, 9, Value::None).await;
    assert_eq!(seen.connections(), 2, "minions that are done leave a pool alone");
}

#[tokio::test]
async fn workers_have_their_share() {
    let (url, seen) = start().await;
    let mut world = World::new(&url);
    world.workers = 3;
    let get = world.step("get", "http", json!({ "request": {}, "connection": { "pool": { "size": 7 } } })).await;
    join_all((0..9).map(|minion| world.json(&get, minion, Value::None))).await;
    assert_eq!((seen.connections(), world.recordings("http-pool-wait")), (3, 6));
}

#[tokio::test]
async fn cancelled_use_gives_its_turn_back() {
    let (url, seen) = start().await;
    let mut world = World::new(&url);
    let never = world.step("never", "http", json!({ "request": { "path": "/never" }, "connection": { "pool": { "size": 1 } } })).await;
    let get = world.step("get", "http-with", json!({ "connection": "never", "request": {} })).await;
    tokio::select! {
        biased;
        _ = world.run(&never, 0, Value::None) => panic!("the server never answers"),
        _ = world.run(&get, 1, Value::None) => panic!("there is but one turn"),
        () = seen.never.notified() => {}
    }
    assert_eq!(world.json(&get, 1, Value::None).await["connection"], 2);
}

#[tokio::test]
async fn another_host_takes_the_room_of_a_kept_connection() {
    let (url, seen) = start().await;
    let (other, other_seen) = start().await;
    let mut world = World::new(&url);
    world.targets.extend(&throng_model::Targets::parse(&[other.as_str()]).expect("a target"));
    world.defaults["connection"] = json!({ "pool": { "size": 1 } });
    let send = world.sender().await;
    for url in [&url, &url, &other, &url] {
        world.json(&send, 0, crate::world::json_value(json!({ "url": format!("{url}/x") }))).await;
    }
    assert_eq!((seen.connections(), other_seen.connections()), (2, 1));
}

#[tokio::test]
async fn a_warm_pool_is_open_before_its_first_use() {
    let (url, seen) = start().await;
    let mut world = World::new(&url);
    world.workers = 2;
    let get = world.step("get", "http", json!({ "request": {}, "connection": { "pool": { "size": 200, "warm-up": true } } })).await;
    get.warm_up().await.expect("the server listens");
    join_all((0..100).map(|minion| world.json(&get, minion, Value::None))).await;
    assert_eq!((seen.connections(), world.recordings("http-pool-wait")), (100, 0));
    assert_eq!((world.count("http-connections-opened"), world.count("http-connections-reused")), (0, 100));
}
