use super::super::photo;
use std::{collections::HashSet, io::Cursor};

#[test]
fn no_two_pictures_are_the_same_and_each_is_small() {
    let keys = ["photo_before_closer_body", "photo_after_closer_or_adjustment", "note_sweep"];
    let mut seen = HashSet::new();
    for reference in 0..50 {
        for key in keys {
            let bytes = photo::png(&format!("C-{reference}"), key);
            assert!(bytes.len() < 4_096, "{} bytes", bytes.len());
            assert!(seen.insert(bytes), "{reference} {key}");
        }
    }
}

#[test]
fn a_picture_can_be_read_back_and_is_recognised() {
    let bytes = photo::png("C-1001", "photo_before_closer_body");
    assert_eq!(infer::get(&bytes).map(|kind| kind.mime_type()), Some("image/png"));
    let mut picture = png::Decoder::new(Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; picture.output_buffer_size().unwrap()];
    let frame = picture.next_frame(&mut pixels).unwrap();
    assert_eq!((frame.width, frame.height), (160, 200));
}

#[test]
fn the_same_picture_is_drawn_the_same_way() {
    assert_eq!(photo::png("C-1", "note_sweep"), photo::png("C-1", "note_sweep"));
}
