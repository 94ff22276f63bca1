//! JSON that every parser reads alike: no key twice in an object, and no lone surrogates (serde_json refuses those).

use std::{collections::BTreeMap, fmt};

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// The largest integer that a number may be: 2^53 - 1.
pub(crate) const MAX_INTEGER: u64 = (1 << 53) - 1;

/// A JSON value of a peer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Object(Object),
}

/// A JSON object of a peer: nothing is known of its values.
pub(crate) type Object = BTreeMap<String, Value>;

/// Reads one object. `None` for anything else, a BOM and a key that comes twice included.
pub(crate) fn parse_object(bytes: &[u8]) -> Option<Object> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

impl Value {
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// An integer from 0 to 2^53 - 1, however it is spelled.
    pub(crate) fn as_integer(&self) -> Option<u64> {
        match *self {
            Value::Number(number)
                if number.is_sign_positive() && number.fract() == 0.0 && number <= MAX_INTEGER as f64 =>
            {
                Some(number as u64)
            }
            _ => None,
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(list) => Some(list),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    // What is too large to be exact is too large to be an integer of the protocol.
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Object::new();
        while let Some((key, value)) = entries.next_entry::<String, Value>()? {
            if object.insert(key, value).is_some() {
                return Err(de::Error::custom("a key comes twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_parsers_read_differently_is_refused() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":{"b":1,"\u0062":2}}"#,
            "\u{feff}{}",
            r#"{"a":"\ud800"}"#,
            "[]",
            "{} {}",
            "",
            r#"{"a":01}"#,
        ] {
            assert!(parse_object(text.as_bytes()).is_none(), "{text}");
        }
        assert!(parse_object(b"{\"a\":\"\xff\"}").is_none());
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(parse_object(deep.as_bytes()).is_none());
    }

    #[test]
    fn integers_end_where_they_are_no_longer_exact() {
        let number = |text: &str| {
            parse_object(format!("{{\"n\":{text}}}").as_bytes()).and_then(|object| object["n"].as_integer())
        };
        assert_eq!(number("9007199254740991"), Some(MAX_INTEGER));
        assert_eq!(number("1e3"), Some(1000));
        for text in ["9007199254740992", "9007199254740993", "-1", "-0", "0.5", "\"1\"", "true"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = parse_object(&bytes);
        }
    }
}
