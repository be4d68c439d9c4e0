//! What a durable write costs here at the moment, which every rate of commits hangs on.

use std::{fs::File, io::Write, path::Path, time::Instant};

/// Durable writes of a page per second, one after the other.
pub fn probe(folder: &Path) -> f64 {
    let path = folder.join("probe");
    let mut file = File::create(&path).expect("the folder of the database can be written to");
    let (start, mut writes) = (Instant::now(), 0);
    while start.elapsed().as_millis() < 250 {
        file.write_all(&[0; 8192]).and_then(|()| file.sync_data()).expect("the disk has room");
        writes += 1;
    }
    let rate = f64::from(writes) / start.elapsed().as_secs_f64();
    std::fs::remove_file(path).expect("it was just made");
    rate
}
