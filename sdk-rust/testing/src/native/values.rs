//! Values on their way between the engine and closures.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use throng::native::{Foreign, Native, Output, RequestData, ResponseData, Value};
use throng::{Failure, Phase};
use throng_protocols as engine;
use throng_protocols::http::{Request, Response, Timings};

/// The engine's values that a call was given. A closure that answers with one of them gives the very same back, not a copy.
#[derive(Debug, Default)]
pub(crate) struct Lent {
    responses: Copies<ResponseData>,
    requests: Copies<RequestData>,
    pairs: Copies<(Value, Value)>,
    lists: Copies<Vec<Value>>,
}

/// Copies that were lent, each with the engine's own value.
type Copies<T> = Vec<(Rc<T>, Arc<dyn engine::Native>)>;

/// A value that the SDK has no type for.
#[derive(Debug)]
struct Opaque(Arc<dyn engine::Native>);

impl Foreign for Opaque {
    fn kind(&self) -> String {
        self.0.kind().to_owned()
    }

    fn json(&self, pointer: &str) -> Option<String> {
        self.0.json(pointer).map(|json| json.to_string())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Lent {
    /// For a closure.
    pub(crate) fn lend(&mut self, value: &engine::Value) -> Value {
        match value {
            engine::Value::None => Value::None,
            engine::Value::Boolean(value) => Value::Boolean(*value),
            engine::Value::Integer(value) => Value::Integer(*value),
            engine::Value::Number(value) => Value::Number(*value),
            engine::Value::Text(text) => Value::Text(text.as_ref().to_owned()),
            engine::Value::Json(json) => Value::Json(json.as_ref().to_owned()),
            engine::Value::Bytes(bytes) => Value::Bytes(bytes.to_vec()),
            engine::Value::Native(native) => Value::Native(self.lend_native(native)),
        }
    }

    fn lend_native(&mut self, native: &Arc<dyn engine::Native>) -> Native {
        if let Some(response) = native.as_any().downcast_ref::<Response>() {
            let response = Rc::new(self.lend_response(response));
            self.responses.push((Rc::clone(&response), Arc::clone(native)));
            return Native::Response(response);
        }
        if let Some(request) = native.as_any().downcast_ref::<Request>() {
            let request = Rc::new(lend_request(request));
            self.requests.push((Rc::clone(&request), Arc::clone(native)));
            return Native::Request(request);
        }
        if let Some(engine::Pair { first, second }) = native.as_any().downcast_ref() {
            let pair = Rc::new((self.lend(first), self.lend(second)));
            self.pairs.push((Rc::clone(&pair), Arc::clone(native)));
            return Native::Pair(pair);
        }
        if let Some(engine::List { items }) = native.as_any().downcast_ref() {
            let items = Rc::new(items.iter().map(|item| self.lend(item)).collect::<Vec<_>>());
            self.lists.push((Rc::clone(&items), Arc::clone(native)));
            return Native::List(items);
        }
        Native::Foreign(Rc::new(Opaque(Arc::clone(native))))
    }

    fn lend_response(&mut self, response: &Response) -> ResponseData {
        let timings = &response.timings;
        let phases = [
            (Phase::Resolve, timings.resolve),
            (Phase::Connect, timings.connect),
            (Phase::Tls, timings.tls),
            (Phase::RequestSent, timings.request_sent),
            (Phase::FirstByte, timings.first_byte),
            (Phase::LastByte, timings.last_byte),
        ];
        ResponseData {
            status: response.status,
            headers: response.headers.map().iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect(),
            body: response.body.to_vec(),
            timings: phases.into_iter().filter_map(|(phase, nanoseconds)| Some((phase, nanoseconds?))).collect(),
            given: self.lend(&response.given),
        }
    }

    /// For the engine.
    pub(crate) fn give_back(&self, output: Output) -> Result<engine::Output, Failure> {
        Ok(match output {
            Output::Nothing => engine::Output::Nothing,
            Output::One(value) => engine::Output::One(self.value(value)?),
            Output::Many(values) => engine::Output::Many(values.into_iter().map(|value| self.value(value)).collect::<Result<_, _>>()?),
        })
    }

    fn value(&self, value: Value) -> Result<engine::Value, Failure> {
        Ok(match value {
            Value::None => engine::Value::None,
            Value::Boolean(value) => engine::Value::Boolean(value),
            Value::Integer(value) => engine::Value::Integer(value),
            Value::Number(value) => engine::Value::Number(value),
            Value::Text(text) => engine::Value::Text(text.into()),
            Value::Json(json) => engine::Value::Json(json.into()),
            Value::Bytes(bytes) => engine::Value::Bytes(bytes.into()),
            Value::Native(native) => engine::Value::Native(self.native(native)?),
        })
    }

    fn native(&self, native: Native) -> Result<Arc<dyn engine::Native>, Failure> {
        match native {
            Native::Response(response) => match self.responses.iter().find(|(lent, _)| Rc::ptr_eq(lent, &response)) {
                Some((_, native)) => Ok(Arc::clone(native)),
                None => Ok(Arc::new(self.new_response(&response)?)),
            },
            Native::Request(request) => match self.requests.iter().find(|(lent, _)| Rc::ptr_eq(lent, &request)) {
                Some((_, native)) => Ok(Arc::clone(native)),
                None => Ok(Arc::new(new_request(Rc::unwrap_or_clone(request)))),
            },
            Native::Pair(pair) => match self.pairs.iter().find(|(lent, _)| Rc::ptr_eq(lent, &pair)) {
                Some((_, native)) => Ok(Arc::clone(native)),
                None => {
                    let (first, second) = Rc::unwrap_or_clone(pair);
                    Ok(Arc::new(engine::Pair { first: self.value(first)?, second: self.value(second)? }))
                }
            },
            Native::List(items) => match self.lists.iter().find(|(lent, _)| Rc::ptr_eq(lent, &items)) {
                Some((_, native)) => Ok(Arc::clone(native)),
                None => {
                    let items = Rc::unwrap_or_clone(items).into_iter().map(|item| self.value(item)).collect::<Result<_, _>>()?;
                    Ok(Arc::new(engine::List { items }))
                }
            },
            Native::Foreign(foreign) => match foreign.as_any().downcast_ref::<Opaque>() {
                Some(Opaque(native)) => Ok(Arc::clone(native)),
                None => Err(wrong_value(format!("a value of the kind `{}` is none of this engine's", foreign.kind()))),
            },
        }
    }

    /// A response that a closure made itself.
    fn new_response(&self, data: &ResponseData) -> Result<Response, Failure> {
        let mut headers = HeaderMap::new();
        for (name, value) in &data.headers {
            let header = HeaderName::try_from(name.as_str()).ok().zip(HeaderValue::from_bytes(value).ok());
            let Some((key, value)) = header else { return Err(wrong_value(format!("a response cannot have this header: `{name}`"))) };
            headers.append(key, value);
        }
        let phase = |phase| data.timings.iter().find(|(known, _)| *known == phase).map(|(_, nanoseconds)| *nanoseconds);
        let timings = Timings {
            resolve: phase(Phase::Resolve),
            connect: phase(Phase::Connect),
            tls: phase(Phase::Tls),
            request_sent: phase(Phase::RequestSent),
            first_byte: phase(Phase::FirstByte),
            last_byte: phase(Phase::LastByte),
            reused: false,
        };
        Ok(Response::new(data.status, headers, data.body.clone().into(), timings, self.value(data.given.clone())?))
    }
}

fn lend_request(request: &Request) -> RequestData {
    let Request { method, url, headers, body } = request.clone();
    RequestData { method, url, headers, body: body.to_vec() }
}

fn new_request(request: RequestData) -> Request {
    let RequestData { method, url, headers, body } = request;
    Request { method, url, headers, body: body.into() }
}

fn wrong_value(message: String) -> Failure {
    Failure::error(message).code("wrong-value").not_retryable()
}

#[cfg(test)]
mod tests {
    use throng_protocols::Pair;

    use super::*;

    fn response(given: engine::Value) -> Arc<dyn engine::Native> {
        let mut headers = HeaderMap::new();
        headers.append("x-a", HeaderValue::from_static("1"));
        headers.append("x-a", HeaderValue::from_static("2"));
        let timings = Timings { first_byte: Some(5), ..Timings::default() };
        Arc::new(Response::new(201, headers, r#"{"id": 7}"#.into(), timings, given))
    }

    fn given_back(lent: &Lent, value: Value) -> engine::Value {
        match lent.give_back(Output::One(value)) {
            Ok(engine::Output::One(value)) => value,
            other => panic!("one value expected, found {other:?}"),
        }
    }

    fn same(value: &engine::Value, native: &Arc<dyn engine::Native>) -> bool {
        matches!(value, engine::Value::Native(found) if Arc::ptr_eq(found, native))
    }

    #[test]
    fn plain_values_go_and_come() {
        let values = [
            engine::Value::None,
            engine::Value::Boolean(true),
            engine::Value::Integer(-7),
            engine::Value::Number(1.5),
            engine::Value::Text("ä".into()),
            engine::Value::Json("[1]".into()),
            engine::Value::Bytes(vec![0, 255].into()),
        ];
        for value in values {
            let mut lent = Lent::default();
            let inside = lent.lend(&value);
            assert_eq!(format!("{:?}", given_back(&lent, inside)), format!("{value:?}"));
        }
    }

    #[test]
    fn what_lives_in_the_engine_comes_back_as_it_was_also_out_of_a_response() {
        let pair: Arc<dyn engine::Native> = Arc::new(Pair { first: engine::Value::Integer(1), second: engine::Value::None });
        let login = response(engine::Value::Native(Arc::clone(&pair)));
        let order = response(engine::Value::Native(Arc::clone(&login)));
        let mut lent = Lent::default();
        let inside = lent.lend(&engine::Value::Native(Arc::clone(&order)));
        let Value::Native(Native::Response(outer)) = &inside else { panic!("a response expected, found {inside:?}") };
        let Value::Native(Native::Response(inner)) = &outer.given else { panic!("a response expected, found {:?}", outer.given) };
        assert!(same(&given_back(&lent, inside.clone()), &order));
        assert!(same(&given_back(&lent, outer.given.clone()), &login));
        assert!(same(&given_back(&lent, inner.given.clone()), &pair));
    }

    #[test]
    fn pairs_and_lists_are_open_to_closures_and_come_back_as_they_were() {
        let order = response(engine::Value::None);
        let pair: Arc<dyn engine::Native> =
            Arc::new(Pair { first: engine::Value::Native(Arc::clone(&order)), second: engine::Value::Integer(1) });
        let list: Arc<dyn engine::Native> = Arc::new(engine::List { items: vec![engine::Value::Native(Arc::clone(&pair))] });
        let mut lent = Lent::default();
        let inside = lent.lend(&engine::Value::Native(Arc::clone(&list)));
        let Value::Native(Native::List(items)) = &inside else { panic!("a list expected, found {inside:?}") };
        let Some(Value::Native(Native::Pair(opened))) = items.first() else { panic!("a pair expected, found {items:?}") };
        assert!(same(&given_back(&lent, inside.clone()), &list));
        assert!(same(&given_back(&lent, Value::Native(Native::Pair(Rc::clone(opened)))), &pair));
        assert!(same(&given_back(&lent, opened.0.clone()), &order));

        let swapped = Native::List(Rc::new(vec![Value::Native(Native::Pair(Rc::new((opened.1.clone(), opened.0.clone()))))]));
        let swapped = given_back(&lent, Value::Native(swapped));
        let swapped = swapped.downcast::<engine::List>().expect("a list");
        let pair = swapped.items.first().and_then(|item| item.downcast::<Pair>()).expect("a pair");
        assert!(matches!(pair.first, engine::Value::Integer(1)));
        assert!(same(&pair.second, &order));
    }

    #[test]
    fn a_response_that_a_closure_made_becomes_one_of_the_engine() {
        let mut lent = Lent::default();
        let Value::Native(Native::Response(copied)) = lent.lend(&engine::Value::Native(response(engine::Value::Integer(3)))) else {
            panic!("a response expected")
        };
        let made = given_back(&Lent::default(), Value::Native(Native::Response(copied)));
        let made = made.downcast::<Response>().expect("a response");
        assert_eq!((made.status, made.timings.first_byte, made.header("x-a")), (201, Some(5), Some("1")));
        assert_eq!(made.headers.map().get_all("x-a").iter().count(), 2);
        assert_eq!(engine::Native::json(made, "/id"), Some(7.into()));
        assert!(matches!(made.given, engine::Value::Integer(3)));

        let broken = ResponseData { headers: vec![("no name".into(), vec![])], ..ResponseData::default() };
        let refused = Lent::default().give_back(Output::One(Value::Native(Native::Response(Rc::new(broken)))));
        assert_eq!(refused.map(|_| ()).unwrap_err().message, "a response cannot have this header: `no name`");
    }
}
