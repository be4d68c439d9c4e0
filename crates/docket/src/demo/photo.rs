//! Photographs, drawn: a door before or after, or a hand-written note.
//!
//! Each carries stripes made of the ticket's reference and the evidence key, so
//! that no two pictures are the same bytes and an eye can tell them apart.

use sha2::{Digest, Sha256};

const WIDTH: usize = 160;
const HEIGHT: usize = 200;
const STRIPES: usize = 16;

/// The colours, in the order of [`Ink`].
const PALETTE: [[u8; 3]; 8] = [
    [226, 222, 212],
    [92, 88, 82],
    [150, 98, 60],
    [178, 208, 220],
    [70, 74, 80],
    [128, 124, 120],
    [214, 84, 48],
    [30, 30, 36],
];

/// What the colours stand for.
#[derive(Clone, Copy)]
enum Ink {
    Wall,
    Frame,
    Leaf,
    Glass,
    Metal,
    Floor,
    Warning,
    Black,
}

/// What the picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// The door ajar, with a mark where the trouble is.
    Before,
    /// The door shut.
    After,
    /// A page of writing.
    Note,
}

impl Scene {
    /// What somebody would photograph to show this.
    pub fn of(key: &str) -> Self {
        if key.contains("before") {
            Self::Before
        } else if key.contains("after") {
            Self::After
        } else {
            Self::Note
        }
    }
}

/// A picture as PNG.
pub fn png(reference: &str, key: &str) -> Vec<u8> {
    let mut canvas = Canvas::new();
    match Scene::of(key) {
        Scene::Note => canvas.note(),
        scene => canvas.door(scene == Scene::After),
    }
    canvas.stripes(&Sha256::digest(format!("{reference}\n{key}")));
    canvas.encoded()
}

struct Canvas(Vec<u8>);

impl Canvas {
    fn new() -> Self {
        Self(vec![Ink::Wall as u8; WIDTH * HEIGHT])
    }

    fn fill(&mut self, (left, top): (usize, usize), (right, bottom): (usize, usize), ink: Ink) {
        self.paint((left, top), (right, bottom), ink as u8);
    }

    fn paint(&mut self, (left, top): (usize, usize), (right, bottom): (usize, usize), color: u8) {
        for row in self.0.chunks_exact_mut(WIDTH).take(bottom).skip(top) {
            for pixel in row.iter_mut().take(right).skip(left) {
                *pixel = color;
            }
        }
    }

    fn door(&mut self, shut: bool) {
        let gap = if shut { 0 } else { 9 };
        self.fill((0, 176), (WIDTH, HEIGHT), Ink::Floor);
        self.fill((36, 18), (124, 178), Ink::Frame);
        self.fill((42, 24), (118, 176), Ink::Black);
        self.fill((42, 24), (118 - gap, 176), Ink::Leaf);
        self.fill((54, 36), (106 - gap, 92), Ink::Glass);
        // Closer, with its arm; lever; strike.
        self.fill((44, 26), (72, 32), Ink::Metal);
        self.fill((72, 28), (104 - gap, 30), Ink::Metal);
        self.fill((98 - gap, 108), (114 - gap, 112), Ink::Metal);
        self.fill((118, 104), (121, 118), Ink::Metal);
        if !shut {
            self.fill((126, 100), (134, 122), Ink::Warning);
        }
    }

    fn note(&mut self) {
        self.fill((24, 16), (136, 172), Ink::Glass);
        for line in 0..9 {
            let top = 30 + line * 15;
            self.fill((34, top), (126 - (line * 37) % 48, top + 2), Ink::Black);
        }
    }

    /// A row of stripes along the foot of the picture, two bytes to a stripe.
    fn stripes(&mut self, digest: &[u8]) {
        let wide = WIDTH / STRIPES;
        for (at, pair) in digest.chunks_exact(2).take(STRIPES).enumerate() {
            let left = at * wide;
            self.paint((left, 184), (left + wide, HEIGHT), pair[0] % 8);
            self.paint((left, 192), (left + wide, HEIGHT), pair[1] % 8);
        }
    }

    fn encoded(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let (width, height) = (WIDTH as u32, HEIGHT as u32);
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_palette(PALETTE.concat());
        let wrote = encoder.write_header().and_then(|mut png| png.write_image_data(&self.0));
        wrote.expect("a picture of this size fits the format, and memory takes every byte");
        bytes
    }
}
