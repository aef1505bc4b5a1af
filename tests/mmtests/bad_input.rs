//! What is no result of MMTests, or one that is broken: an error that says what to do, never nothing.

use super::program::{TWO, program};

#[test]
fn bad_input_is_an_error_that_says_what_to_do() {
    let empty = r#"{"_ModuleName":"ExtractX","_TestName":"a","_ResultData":{}}"#;
    for (input, arguments, message) in [
        ("", &["compare", "-"][..], "ends too early"),
        (&TWO[..300], &["compare", "-"], "ends too early"),
        ("{\"a\":1}", &["compare", "-"], "missing field `_ResultData`"),
        (empty, &["compare", "-"], "run `a`: the baseline has no samples"),
        (TWO, &["compare", "-", "--sub-heading", "tput"], "sub-heading `tput`: no operation begins with it"),
        (TWO, &["compare", "-", "--sub-heading", "("], "sub-heading `(`"),
        (TWO, &["compare", "-", "--runs", "5.15"], "there are old, new"),
        (TWO, &["compare", "-", "--benchmark", "fio"], "there is sysbenchcpu"),
        (TWO, &["compare", "/nowhere"], "/nowhere"),
        (TWO, &["convert", "agent", "--to", "record"], "agent: no run of MMTests in it"),
        (r#"{"schema":"lava-bench-record/1","id":"x"}"#, &["convert", "-", "--to", "record"], "record id `x`"),
    ] {
        let (code, out, error) = program(arguments, input);
        assert_eq!(code, 2, "{arguments:?}: {error}");
        assert!(error.contains(message) && out.is_empty(), "{arguments:?}: {error}{out}");
    }
}
