//! `throng:kafka/records`: linked so that components which import it start; no step of this engine makes or takes records yet.

use wasmtime::Result;
use wasmtime::component::Resource;

use super::generated::throng::kafka::records::{Host, HostOutgoing};
use super::generated::throng::types::values::Value;
use super::{NativeHandle, OutgoingHandle};
use crate::fault::HostTrap;
use crate::state::State;

impl HostOutgoing for State {
    fn new(&mut self, topic: String, _value: Option<Vec<u8>>) -> Result<Resource<OutgoingHandle>> {
        Err(HostTrap::new(format!("a Kafka record for `{topic}` was made, but this engine has no step that sends Kafka records")).into())
    }

    fn key(&mut self, _outgoing: Resource<OutgoingHandle>, _key: Vec<u8>) -> Result<()> {
        Err(never_made())
    }

    fn header(&mut self, _outgoing: Resource<OutgoingHandle>, _name: String, _value: Vec<u8>) -> Result<()> {
        Err(never_made())
    }

    fn partition(&mut self, _outgoing: Resource<OutgoingHandle>, _partition: i32) -> Result<()> {
        Err(never_made())
    }

    fn timestamp(&mut self, _outgoing: Resource<OutgoingHandle>, _milliseconds: i64) -> Result<()> {
        Err(never_made())
    }

    /// An empty list is the one that a guest can have.
    fn into_value(&mut self, _outgoing: Vec<Resource<OutgoingHandle>>) -> Result<Value> {
        Err(HostTrap::new("no Kafka records were given, and this engine has no step that sends them").into())
    }

    fn drop(&mut self, _outgoing: Resource<OutgoingHandle>) -> Result<()> {
        Ok(())
    }
}

impl Host for State {
    fn topic(&mut self, record: Resource<NativeHandle>) -> Result<String> {
        Err(self.not_a_record(&record))
    }

    fn partition(&mut self, record: Resource<NativeHandle>) -> Result<i32> {
        Err(self.not_a_record(&record))
    }

    fn offset(&mut self, record: Resource<NativeHandle>) -> Result<i64> {
        Err(self.not_a_record(&record))
    }

    fn timestamp(&mut self, record: Resource<NativeHandle>) -> Result<Option<i64>> {
        Err(self.not_a_record(&record))
    }

    fn key(&mut self, record: Resource<NativeHandle>) -> Result<Option<Vec<u8>>> {
        Err(self.not_a_record(&record))
    }

    fn payload(&mut self, record: Resource<NativeHandle>) -> Result<Option<Vec<u8>>> {
        Err(self.not_a_record(&record))
    }

    fn header(&mut self, record: Resource<NativeHandle>, _name: String) -> Result<Option<Vec<u8>>> {
        Err(self.not_a_record(&record))
    }
}

impl State {
    fn not_a_record(&self, record: &Resource<NativeHandle>) -> wasmtime::Error {
        match self.handles.native(record.rep()) {
            Ok(native) => HostTrap::new(format!(
                "a function of `throng:kafka/records` takes a `kafka/record` and was given a `{}`; check what the step before emits",
                native.kind()
            ))
            .into(),
            Err(gone) => gone.into(),
        }
    }
}

fn never_made() -> wasmtime::Error {
    HostTrap::new("a Kafka record was used that was never made").into()
}
