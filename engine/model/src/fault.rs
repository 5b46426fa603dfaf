//! What is wrong with a document: all faults at once, each with its place and its remedy.

use std::fmt;

use serde::Serialize;

/// Something wrong with a document or with what a campaign gives to it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Fault {
    /// Where.
    pub place: FaultPlace,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Where a fault is.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct FaultPlace {
    /// The scenario's name.
    pub scenario: Option<String>,
    /// The step's name.
    pub step: Option<String>,
    /// JSON pointer inside the step if there is one, else inside the scenario, else inside the document; "" is the whole.
    pub pointer: String,
}

impl Fault {
    /// A fault of the document as a whole.
    pub fn new(pointer: impl Into<String>, message: impl Into<String>, hint: Option<String>) -> Self {
        Self { place: FaultPlace { pointer: pointer.into(), ..FaultPlace::default() }, message: message.into(), hint }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scenario = self.place.scenario.iter().map(|name| format!("scenario `{name}`"));
        let step = self.place.step.iter().map(|name| format!("step `{name}`"));
        let pointer = Some(self.place.pointer.clone()).filter(|pointer| !pointer.is_empty());
        let place: Vec<_> = scenario.chain(step).chain(pointer).collect();
        if !place.is_empty() {
            write!(formatter, "{}: ", place.join(", "))?;
        }
        formatter.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(formatter, "; {hint}"),
            None => Ok(()),
        }
    }
}

/// At least one fault. Displayed one per line.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// The value if there are no faults.
    ///
    /// # Errors
    /// There are some.
    pub fn unless<T>(faults: Vec<Fault>, value: T) -> Result<T, Self> {
        if faults.is_empty() { Ok(value) } else { Err(Self(faults)) }
    }

    /// In the order of the document.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            fault.fmt(formatter)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
