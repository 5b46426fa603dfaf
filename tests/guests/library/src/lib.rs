//! A library, to be composed into a scenario of any language.

use exports::test::pricing::prices::Guest;

wit_bindgen::generate!({ path: "wit", world: "library" });

struct Library;

impl Guest for Library {
    /// Ten are a dozen.
    fn total(quantity: u32) -> u32 {
        250 * if quantity < 10 { quantity } else { quantity - quantity / 10 }
    }
}

export!(Library);
