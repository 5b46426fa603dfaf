//! `throng:types/values`: handles to native values, pairs and lists.

use std::sync::Arc;

use throng_protocols::{self as protocols, List, Native, Pair};
use wasmtime::Result;
use wasmtime::component::Resource;

use super::NativeHandle;
use super::generated::throng::types::{calls, values};
use crate::handles::{Entry, Handles};
use crate::state::State;

impl calls::Host for State {}

impl values::HostNative for State {
    fn kind(&mut self, native: Resource<NativeHandle>) -> Result<String> {
        Ok(self.handles.native(native.rep())?.kind().to_owned())
    }

    fn json(&mut self, native: Resource<NativeHandle>, pointer: String) -> Result<Option<String>> {
        Ok(self.handles.native(native.rep())?.json(&pointer).map(|json| json.to_string()))
    }

    fn share(&mut self, native: Resource<NativeHandle>) -> Result<Resource<NativeHandle>> {
        let shared = Arc::clone(self.handles.native(native.rep())?);
        own(&mut self.handles, shared)
    }

    fn drop(&mut self, native: Resource<NativeHandle>) -> Result<()> {
        self.handles.dropped(native.rep());
        Ok(())
    }
}

impl values::Host for State {
    fn pair_of(&mut self, value: Resource<NativeHandle>) -> Result<Option<(values::Value, values::Value)>> {
        let native = Arc::clone(self.handles.native(value.rep())?);
        let Some(pair) = native.as_any().downcast_ref::<Pair>() else { return Ok(None) };
        Ok(Some((to_guest(&pair.first, &mut self.handles)?, to_guest(&pair.second, &mut self.handles)?)))
    }

    fn items_of(&mut self, value: Resource<NativeHandle>) -> Result<Option<Vec<values::Value>>> {
        let native = Arc::clone(self.handles.native(value.rep())?);
        let Some(list) = native.as_any().downcast_ref::<List>() else { return Ok(None) };
        list.items.iter().map(|item| to_guest(item, &mut self.handles)).collect::<Result<_>>().map(Some)
    }

    fn make_pair(&mut self, first: values::Value, second: values::Value) -> Result<Resource<NativeHandle>> {
        let pair = Pair { first: from_guest(first, &mut self.handles)?, second: from_guest(second, &mut self.handles)? };
        own(&mut self.handles, Arc::new(pair))
    }

    fn make_list(&mut self, items: Vec<values::Value>) -> Result<Resource<NativeHandle>> {
        let items = items.into_iter().map(|item| from_guest(item, &mut self.handles)).collect::<Result<_>>()?;
        own(&mut self.handles, Arc::new(List { items }))
    }
}

/// A handle for the guest to keep until the call ends.
pub(super) fn own(handles: &mut Handles, native: Arc<dyn Native>) -> Result<Resource<NativeHandle>> {
    Ok(Resource::new_own(handles.push(Entry::Native(native))?))
}

/// A value as an answer of a host function.
pub(super) fn to_guest(value: &protocols::Value, handles: &mut Handles) -> Result<values::Value> {
    Ok(match value {
        protocols::Value::None => values::Value::None,
        protocols::Value::Boolean(value) => values::Value::Boolean(*value),
        protocols::Value::Integer(value) => values::Value::Integer(*value),
        protocols::Value::Number(value) => values::Value::Number(*value),
        protocols::Value::Text(text) => values::Value::Text(text.as_ref().into()),
        protocols::Value::Json(json) => values::Value::Json(json.as_ref().into()),
        protocols::Value::Bytes(bytes) => values::Value::Bytes(bytes.to_vec()),
        protocols::Value::Native(native) => values::Value::Native(own(handles, Arc::clone(native))?),
    })
}

fn from_guest(value: values::Value, handles: &mut Handles) -> Result<protocols::Value> {
    Ok(match value {
        values::Value::None => protocols::Value::None,
        values::Value::Boolean(value) => protocols::Value::Boolean(value),
        values::Value::Integer(value) => protocols::Value::Integer(value),
        values::Value::Number(value) => protocols::Value::Number(value),
        values::Value::Text(text) => protocols::Value::Text(text.into()),
        values::Value::Json(json) => protocols::Value::Json(json.into()),
        values::Value::Bytes(bytes) => protocols::Value::Bytes(bytes.into()),
        values::Value::Native(native) => handles.take_value(native.rep())?,
    })
}
