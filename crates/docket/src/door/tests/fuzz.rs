//! Any bytes at all, handed to any tool: read or refused, never broken.

use crate::{door::tools, failure::Failure};
use bolero::check;
use kernel::tool::Tool;

fn read_as_some_tool(bytes: &[u8]) {
    let Some((first, input)) = bytes.split_first() else { return };
    let tool = Tool::ALL[usize::from(*first) % Tool::ALL.len()];
    let read = if tool.is_command() {
        tools::command(tool, input).map(drop)
    } else {
        tools::glance(tool, input).map(drop)
    };
    assert!(!matches!(read, Err(Failure::Broke(_))), "`{tool}`");
}

#[test]
fn fuzz_tool_call() {
    check!().for_each(read_as_some_tool);
}

/// Bytes that are nearly right reach further than bytes that are not.
#[test]
fn fuzz_tool_call_with_damaged_json() {
    check!().with_type::<(u8, u16, u8)>().for_each(|(tool, at, byte)| {
        let mut input = br#"{"ticket":"tkt_01JZZZZZZZ0123456789ABCDEF","site":"sit_01JZZZZZZZ0123456789ABCDEF",
            "summary":"x","reason":"a reason that is long enough","minutes":5,"start":"2026-03-29T02:30:00Z",
            "amount":{"minor":12500,"currency":"USD"},"windows":[{"start":"2026-03-29T02:30","end":"2026-03-29T04:30"}]}"#
            .to_vec();
        let at = usize::from(*at) % input.len();
        input[at] = *byte;
        input.insert(0, *tool);
        read_as_some_tool(&input);
    });
}
