//! One name for a key everywhere: in the file as it is, in the environment in upper case behind `THRONG_`, and as an option.

/// How many values an option takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Takes {
    One,
    /// The option is repeated, the variable has a line for each.
    Many,
}

/// A key that the command line and the environment have.
pub(super) struct Key {
    /// In the file.
    pub(super) name: &'static str,
    /// The option, without its dashes.
    pub(super) option: &'static str,
    pub(super) takes: Takes,
}

const fn one(name: &'static str) -> Key {
    Key { name, option: name, takes: Takes::One }
}

const fn many(name: &'static str, option: &'static str) -> Key {
    Key { name, option, takes: Takes::Many }
}

/// All of them; a test holds them against the options.
pub(super) const KEYS: [Key; 24] = [
    one("preset"),
    one("workers"),
    one("live"),
    one("summary"),
    one("color"),
    many("report", "report"),
    one("seed"),
    Key { name: "soft-timeout", option: "timeout", takes: Takes::One },
    one("hard-timeout"),
    one("start-offset"),
    one("warm-up"),
    one("zone"),
    one("histogram-memory"),
    many("engine-tags", "engine-tag"),
    many("tags", "tag"),
    many("rules", "rule"),
    many("limits", "limit"),
    many("settings", "setting"),
    many("minions", "minions"),
    one("minions-factor"),
    many("profile", "profile"),
    many("max-in-flight", "max-in-flight"),
    one("speed"),
    many("scenario", "scenario"),
];

/// The environment variable of a key.
pub(super) fn variable(key: &str) -> String {
    format!("THRONG_{}", key.to_uppercase().replace('-', "_"))
}

/// The key of an option or variable that says the value at these keys: changes of one scenario are said by the option for all.
pub(super) fn key_of(path: &[String]) -> &str {
    let key = match path {
        [scenarios, _, change] if scenarios == "scenarios" => Some(change),
        path => path.first(),
    };
    key.map_or("", String::as_str)
}
