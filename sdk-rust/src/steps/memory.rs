//! Values that a minion keeps for later steps.

use serde_json::{Map, Value as Json, json};

use super::Pick;
use crate::carry::{Answer, BySerde, Carry};
use crate::draft::{Config, Draft};
use crate::read::{Emits, Read};
use crate::{Context, Flow, Output};

impl<T: 'static, At> Flow<T, At> {
    /// Keeps the value under a name, for the minion's later steps to [`unshelve`](Flow::unshelve); the value goes on.
    /// For so long as [`ttl`](Flow::ttl) says, if it does.
    pub fn shelve(self, name: impl Into<String>) -> Self {
        let emits = Emits::of(&self.read);
        self.then_shelve(name.into(), Config::Constant(json!({})), emits)
    }

    /// Keeps what `make` answers with under a name; the value itself goes on.
    pub fn shelve_with<A: Answer<Way>, Way>(self, name: impl Into<String>, make: impl Fn(&T) -> A + 'static) -> Self {
        let read = self.read.clone();
        let run = Box::new(move |_: &Context, value| make(&read.value(value)?).into_answer().map(Output::One));
        self.then_shelve(name.into(), Config::Callback("map", run), Emits::of(&Read::of(A::read)))
    }

    /// Keeps a part of the value under a name, found by the engine without a closure: `shelve_pick::<String>("order", Pick::json("/id"))`.
    pub fn shelve_pick<V: Carry<BySerde>>(self, name: impl Into<String>, pick: Pick) -> Self {
        self.then_shelve(name.into(), Config::Constant(pick.0), Emits::of(&Read::<V>::carried()))
    }

    fn then_shelve(self, name: String, value: Config, emits: Emits) -> Self {
        self.draft.borrow_mut().shelves.push((name.clone(), emits));
        let values = Config::Object(vec![(name, value)]);
        self.then_same(None, "shelve", Config::Object(vec![("values".to_owned(), values)]))
    }

    /// Goes on with the value and what the minion has shelved under a name, or none. The type is the one that was shelved: another one,
    /// or a name under which nothing is shelved anywhere, is refused when the scenario is built.
    ///
    /// ```
    /// # use throng::{Response, get, http, scenario};
    /// # let shop = http("http://127.0.0.1:8080");
    /// scenario("cart").start()
    ///     .send("cart", &shop, get("/cart")).map(|r: Response| r.json::<Vec<String>>()).shelve("cart")
    ///     .send("pay", &shop, get("/pay")).unshelve::<Vec<String>>("cart")
    ///     .on_each(|(paid, cart)| assert!(paid.status() == 200 && cart.is_some()));
    /// ```
    pub fn unshelve<U: 'static>(self, name: impl Into<String>) -> Flow<(T, Option<U>), At> {
        self.then_unshelve("unshelve", name.into())
    }

    /// The same, and forgets it.
    pub fn unshelve_and_delete<U: 'static>(self, name: impl Into<String>) -> Flow<(T, Option<U>), At> {
        self.then_unshelve("unshelve-and-delete", name.into())
    }

    fn then_unshelve<U: 'static>(self, kind: &'static str, name: String) -> Flow<(T, Option<U>), At> {
        let (shelved, found) = Read::<U>::late();
        let read = self.read.clone().beside(shelved.optional());
        let config = json!({"names": [name]});
        let link = move |draft: &Draft| {
            for shelved in shelved_as(draft, &name)? {
                let Some(read) = shelved.read::<U>() else {
                    let (kept, wanted) = (shelved.type_name, crate::carry::type_name::<U>());
                    return Err(format!("`{name}` is shelved as `{kept}`, and unshelved as `{wanted}`"));
                };
                let _former = found.set(read);
            }
            Ok(())
        };
        self.draft.borrow_mut().links.push(Box::new(link));
        self.then(None, kind, Config::Constant(config), read)
    }

    /// Goes on with the value and all that the minion has shelved under these names, as an object with these fields:
    ///
    /// ```
    /// # use throng::scenario;
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct Kept { order: Option<String>, quantity: Option<u32> }
    ///
    /// scenario("kept").start()
    ///     .returns("o-1".to_owned()).shelve("order")
    ///     .map(|_| 3_u32).shelve("quantity")
    ///     .unshelve_all::<Kept>(["order", "quantity"])
    ///     .map(|(_, kept)| kept.quantity);
    /// ```
    pub fn unshelve_all<U: Carry<BySerde>>(self, names: impl IntoIterator<Item = impl Into<String>>) -> Flow<(T, U), At> {
        self.then_unshelve_all("unshelve", names.into_iter().map(Into::into).collect())
    }

    /// The same, and forgets them.
    pub fn unshelve_all_and_delete<U: Carry<BySerde>>(self, names: impl IntoIterator<Item = impl Into<String>>) -> Flow<(T, U), At> {
        self.then_unshelve_all("unshelve-and-delete", names.into_iter().map(Into::into).collect())
    }

    fn then_unshelve_all<U: Carry<BySerde>>(self, kind: &'static str, names: Vec<String>) -> Flow<(T, U), At> {
        if names.len() < 2 {
            self.fault(format!("`{kind}` of all wants several names; use it without `_all` for one"));
        }
        let config = Json::Object(Map::from_iter([("names".to_owned(), names.as_slice().into())]));
        let link = move |draft: &Draft| names.iter().try_for_each(|name| shelved_as(draft, name).map(drop));
        self.draft.borrow_mut().links.push(Box::new(link));
        let read = self.read.clone().beside(Read::carried());
        self.then(None, kind, Config::Constant(config), read)
    }
}

/// What is shelved under a name, at least once.
fn shelved_as<'a>(draft: &'a Draft, name: &str) -> Result<Vec<&'a Emits>, String> {
    let found: Vec<_> = draft.shelves.iter().filter(|(known, _)| known == name).map(|(_, emits)| emits).collect();
    if found.is_empty() {
        let known: Vec<_> = draft.shelves.iter().map(|(name, _)| format!("`{name}`")).collect();
        let hint = if known.is_empty() { "add a `shelve`".to_owned() } else { format!("there is {}", known.join(", ")) };
        return Err(format!("nothing is shelved under `{name}`; {hint}"));
    }
    Ok(found)
}
