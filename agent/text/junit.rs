//! Suites of tests -> JUnit XML, in the form that Jenkins, GitLab and others read. Well-formed for any text.

use super::is_hidden;
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};
use std::io;

/// Tests that belong together, and what is known of all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Suite {
    pub(crate) name: String,
    /// When they ran, RFC 3339.
    pub(crate) timestamp: Option<String>,
    pub(crate) properties: Vec<(String, String)>,
    pub(crate) tests: Vec<Test>,
}

/// One test.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Test {
    pub(crate) class: String,
    pub(crate) name: String,
    /// How long it took.
    pub(crate) seconds: Option<f64>,
    pub(crate) outcome: Outcome,
    /// What it says of itself; nothing where it is empty.
    pub(crate) output: String,
}

/// How a test went. The text is for the list of a dashboard: one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Outcome {
    #[default]
    Passed,
    /// What failed, as one word, and why.
    Failed(&'static str, String),
    /// It was not tested.
    Skipped(String),
    /// It was not finished, as one word, and why.
    Error(&'static str, String),
}

type Xml<'a> = Writer<&'a mut dyn io::Write>;

/// Writes a document of `suites`.
///
/// # Errors
/// Those of the writer.
pub(crate) fn write(name: &str, suites: &[Suite], out: &mut dyn io::Write) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let all: Vec<&Test> = suites.iter().flat_map(|suite| &suite.tests).collect();
    let mut root = element("testsuites", &[("name", name)]);
    count(&mut root, &all);
    xml.write_event(Event::Start(root))?;
    suites.iter().try_for_each(|suite| write_suite(&mut xml, suite))?;
    xml.write_event(Event::End(BytesEnd::new("testsuites")))?;
    xml.get_mut().write_all(b"\n")
}

fn write_suite(xml: &mut Xml, suite: &Suite) -> io::Result<()> {
    let mut start = element("testsuite", &[("name", &suite.name)]);
    count(&mut start, &suite.tests.iter().collect::<Vec<_>>());
    if let Some(timestamp) = &suite.timestamp {
        start.push_attribute(("timestamp", &*readable(timestamp)));
    }
    xml.write_event(Event::Start(start))?;
    if !suite.properties.is_empty() {
        xml.write_event(Event::Start(BytesStart::new("properties")))?;
        for (name, value) in &suite.properties {
            xml.write_event(Event::Empty(element("property", &[("name", name), ("value", value)])))?;
        }
        xml.write_event(Event::End(BytesEnd::new("properties")))?;
    }
    suite.tests.iter().try_for_each(|test| write_test(xml, test))?;
    xml.write_event(Event::End(BytesEnd::new("testsuite")))
}

fn write_test(xml: &mut Xml, test: &Test) -> io::Result<()> {
    let mut start = element("testcase", &[("classname", &test.class), ("name", &test.name)]);
    if let Some(seconds) = test.seconds.filter(|seconds| seconds.is_finite()) {
        start.push_attribute(("time", &*format!("{seconds:.3}")));
    }
    if test.outcome == Outcome::Passed && test.output.is_empty() {
        return xml.write_event(Event::Empty(start));
    }
    xml.write_event(Event::Start(start))?;
    let outcome = match &test.outcome {
        Outcome::Passed => None,
        Outcome::Failed(kind, why) => Some(element("failure", &[("message", why), ("type", kind)])),
        Outcome::Skipped(why) => Some(element("skipped", &[("message", why)])),
        Outcome::Error(kind, why) => Some(element("error", &[("message", why), ("type", kind)])),
    };
    outcome.map_or(Ok(()), |outcome| xml.write_event(Event::Empty(outcome)))?;
    if !test.output.is_empty() {
        xml.write_event(Event::Start(BytesStart::new("system-out")))?;
        xml.write_event(Event::Text(BytesText::new(&readable(&test.output))))?;
        xml.write_event(Event::End(BytesEnd::new("system-out")))?;
    }
    xml.write_event(Event::End(BytesEnd::new("testcase")))
}

fn element<'a>(name: &'a str, attributes: &[(&str, &str)]) -> BytesStart<'a> {
    let mut element = BytesStart::new(name);
    attributes.iter().for_each(|(name, value)| element.push_attribute((*name, &*readable(value))));
    element
}

fn count(element: &mut BytesStart, tests: &[&Test]) {
    let count = |is: fn(&Outcome) -> bool| tests.iter().filter(|test| is(&test.outcome)).count();
    for (name, number) in [
        ("tests", tests.len()),
        ("failures", count(|outcome| matches!(outcome, Outcome::Failed(..)))),
        ("errors", count(|outcome| matches!(outcome, Outcome::Error(..)))),
        ("skipped", count(|outcome| matches!(outcome, Outcome::Skipped(_)))),
    ] {
        element.push_attribute((name, &*number.to_string()));
    }
}

/// The text with what XML 1.0 cannot hold, not even escaped, as `\u{1b}`.
fn readable(text: &str) -> String {
    // XML holds less than all controls; what turns a line around would turn a dashboard's too.
    let holds = |c: char| matches!(c, '\t' | '\n' | '\r') || !is_hidden(c) && !matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().fold(String::with_capacity(text.len()), |mut all, c| {
        if holds(c) {
            all.push(c)
        } else {
            all.extend(c.escape_unicode())
        }
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use quick_xml::{Reader, XmlVersion};

    /// The attributes that hold foreign text.
    fn read(document: &str) -> Vec<String> {
        let mut reader = Reader::from_str(document);
        let mut texts = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Start(element) | Event::Empty(element) => {
                    let value = |name: &str| element.try_get_attribute(name).unwrap();
                    let wanted = ["name", "value", "message"].into_iter().filter_map(value);
                    texts.extend(wanted.map(|value| value.normalized_value(XmlVersion::Implicit1_0).unwrap().into()));
                }
                Event::Eof => return texts,
                _ => {}
            }
        }
    }

    fn document(text: &str, outcome: Outcome) -> String {
        let test = Test { class: "c".into(), name: text.into(), outcome, output: text.into(), seconds: Some(1.5) };
        let properties = vec![("p".to_string(), text.to_string())];
        let mut out = Vec::new();
        write("n", &[Suite { name: "s".into(), timestamp: None, properties, tests: vec![test] }], &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn counts_what_it_holds() {
        for (outcome, counts) in [
            (Outcome::Passed, r#"tests="1" failures="0" errors="0" skipped="0""#),
            (Outcome::Failed("worse", "why".into()), r#"tests="1" failures="1" errors="0" skipped="0""#),
            (Outcome::Error("unknown", "why".into()), r#"tests="1" failures="0" errors="1" skipped="0""#),
            (Outcome::Skipped("why".into()), r#"tests="1" failures="0" errors="0" skipped="1""#),
        ] {
            assert_eq!(document("t", outcome).matches(counts).count(), 2);
        }
        assert!(document("t", Outcome::Passed).contains(r#"<testcase classname="c" name="t" time="1.500">"#));
    }

    proptest! {
        #[test]
        fn any_text_is_well_formed_and_reads_back(text in any::<String>()) {
            let texts = read(&document(&text, Outcome::Skipped(text.clone())));
            // The name, the property's value and the message.
            prop_assert!(texts.iter().filter(|read| **read == readable(&text)).count() >= 3, "{:?}", texts);
        }
    }

    #[test]
    fn control_characters_and_markup_are_kept_readable() {
        let document = document("a\u{1b}[31m\0<b>&\"'\n]]>", Outcome::Passed);
        assert!(!document.contains(['\u{1b}', '\0']), "{document}");
        assert!(read(&document).contains(&"a\\u{1b}[31m\\u{0}<b>&\"'\n]]>".to_string()), "{document}");
    }
}
