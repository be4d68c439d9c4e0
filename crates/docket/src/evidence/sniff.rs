//! What bytes are, by looking at them.

use infer::MatcherType;

/// How many of the first bytes are looked at.
pub(super) const HEAD: usize = 8_192;

/// What may be evidence. A type that a browser would run is not among them.
const ALLOWED: &[&str] = &[
    "application/pdf",
    "image/avif",
    "image/gif",
    "image/heif",
    "image/jpeg",
    "image/png",
    "image/tiff",
    "image/webp",
    "audio/aac",
    "audio/amr",
    "audio/m4a",
    "audio/midi",
    "audio/mpeg",
    "audio/ogg",
    "audio/opus",
    "audio/x-flac",
    "audio/x-wav",
    "video/mp4",
    "video/mpeg",
    "video/quicktime",
    "video/webm",
    "video/x-m4v",
    "video/x-matroska",
    "video/x-msvideo",
];

/// The media type of bytes that begin with `head`, or nothing if they may not
/// be evidence. `text` says that all of them are text that a person can read.
pub(super) fn media_type(head: &[u8], text: bool) -> Option<&'static str> {
    let found = infer::get(head);
    // A note may begin with `BM` or `ID3` like a picture or a recording does;
    // a document that is written in letters, like HTML, is not a note.
    let by_chance = |kind: MatcherType| {
        matches!(kind, MatcherType::Image | MatcherType::Audio | MatcherType::Video)
    };
    match found {
        None => text.then_some("text/plain; charset=utf-8"),
        Some(found) if text && by_chance(found.matcher_type()) => Some("text/plain; charset=utf-8"),
        Some(found) => ALLOWED.iter().copied().find(|allowed| *allowed == found.mime_type()),
    }
}

/// Says whether bytes, seen in pieces, are text: UTF-8 without control
/// characters other than those that break and indent lines.
#[derive(Debug, Default)]
pub(super) struct Readable {
    /// The beginning of a character whose end has not come yet.
    rest: Vec<u8>,
    no: bool,
}

impl Readable {
    pub(super) fn see(&mut self, bytes: &[u8]) {
        if self.no {
            return;
        }
        let mut joined = std::mem::take(&mut self.rest);
        joined.extend_from_slice(bytes);
        let (text, rest) = match std::str::from_utf8(&joined) {
            Ok(text) => (text, &[][..]),
            Err(error) if error.error_len().is_none() => {
                let (good, rest) = joined.split_at(error.valid_up_to());
                // The error says that these bytes are valid.
                (std::str::from_utf8(good).unwrap_or_default(), rest)
            }
            Err(_) => return self.no = true,
        };
        self.no = text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
        self.rest = rest.to_vec();
    }

    pub(super) fn is_text(&self) -> bool {
        !self.no && self.rest.is_empty()
    }
}
