//! `throng:kafka/records`: records that guests build, records that they look into.

use std::sync::Arc;

use bytes::Bytes;
use throng_protocols::kafka::{NewRecord, Record, bytes_of};
use wasmtime::Result;
use wasmtime::component::Resource;

use super::generated::throng::kafka::records::{Host, HostOutgoing};
use super::generated::throng::types::values::Value;
use super::values::own;
use super::{NativeHandle, OutgoingHandle};
use crate::fault::HostTrap;
use crate::handles::{Entry, Handles};
use crate::state::State;

/// Headers of one record.
const HEADERS: usize = 1_000;
/// The offset of a record whose place the broker did not tell.
const NO_OFFSET: i64 = -1;

impl HostOutgoing for State {
    fn new(&mut self, topic: String, value: Option<Vec<u8>>) -> Result<Resource<OutgoingHandle>> {
        let record = NewRecord { topic, value: value.map(Bytes::from), ..NewRecord::default() };
        Ok(Resource::new_own(self.handles.push(Entry::Outgoing(record))?))
    }

    fn key(&mut self, outgoing: Resource<OutgoingHandle>, key: Vec<u8>) -> Result<()> {
        self.handles.outgoing(outgoing.rep())?.key = Some(key.into());
        Ok(())
    }

    fn header(&mut self, outgoing: Resource<OutgoingHandle>, name: String, value: Vec<u8>) -> Result<()> {
        let record = self.handles.outgoing(outgoing.rep())?;
        if record.headers.len() == HEADERS {
            return Err(HostTrap::new(format!("a record has at most {HEADERS} headers")).into());
        }
        record.headers.push((name, value.into()));
        Ok(())
    }

    fn partition(&mut self, outgoing: Resource<OutgoingHandle>, partition: i32) -> Result<()> {
        self.handles.outgoing(outgoing.rep())?.partition = Some(partition);
        Ok(())
    }

    fn timestamp(&mut self, outgoing: Resource<OutgoingHandle>, milliseconds: i64) -> Result<()> {
        self.handles.outgoing(outgoing.rep())?.timestamp = Some(milliseconds);
        Ok(())
    }

    fn into_value(&mut self, outgoing: Vec<Resource<OutgoingHandle>>) -> Result<Value> {
        match outgoing.as_slice() {
            [record] => {
                let record = self.handles.take_outgoing(record.rep())?;
                own(&mut self.handles, Arc::new(record)).map(Value::Native)
            }
            records => Err(HostTrap::new(format!(
                "{} Kafka records were made one value; a visit sends one, so iterate the step, or flatten a list before it",
                records.len()
            ))
            .into()),
        }
    }

    fn drop(&mut self, outgoing: Resource<OutgoingHandle>) -> Result<()> {
        self.handles.dropped(outgoing.rep());
        Ok(())
    }
}

impl Host for State {
    fn topic(&mut self, record: Resource<NativeHandle>) -> Result<String> {
        Ok(opened(&self.handles, &record)?.topic.to_string())
    }

    fn partition(&mut self, record: Resource<NativeHandle>) -> Result<i32> {
        Ok(opened(&self.handles, &record)?.partition)
    }

    fn offset(&mut self, record: Resource<NativeHandle>) -> Result<i64> {
        Ok(opened(&self.handles, &record)?.offset.unwrap_or(NO_OFFSET))
    }

    fn timestamp(&mut self, record: Resource<NativeHandle>) -> Result<Option<i64>> {
        Ok(opened(&self.handles, &record)?.timestamp)
    }

    fn key(&mut self, record: Resource<NativeHandle>) -> Result<Option<Vec<u8>>> {
        Ok(bytes_of(&opened(&self.handles, &record)?.key).map(<[u8]>::to_vec))
    }

    fn payload(&mut self, record: Resource<NativeHandle>) -> Result<Option<Vec<u8>>> {
        Ok(bytes_of(&opened(&self.handles, &record)?.value).map(<[u8]>::to_vec))
    }

    fn header(&mut self, record: Resource<NativeHandle>, name: String) -> Result<Option<Vec<u8>>> {
        let headers = &opened(&self.handles, &record)?.headers;
        // As Kafka's own clients have it: the last one of a name.
        let found = headers.iter().rev().find(|(known, _)| *known == name);
        Ok(found.and_then(|(_, value)| value.as_ref()).map(|value| value.to_vec()))
    }
}

fn opened<'a>(handles: &'a Handles, record: &Resource<NativeHandle>) -> Result<&'a Record> {
    let native = handles.native(record.rep())?;
    match native.as_any().downcast_ref() {
        Some(record) => Ok(record),
        None => Err(HostTrap::new(format!(
            "a function of `throng:kafka/records` takes a `kafka/record` and was given a `{}`; check what the step before emits",
            native.kind()
        ))
        .into()),
    }
}
