//! Evidence that is taken in by one machine and looked at by another.

use super::{
    agree::get,
    day::{Office, one_job},
    desk::{Book, Desk},
    fleet::{Doors, EACH},
};
use crate::{ground::shared, s3, s3_server::S3};
use rand::{SeedableRng, rngs::StdRng};

#[test]
fn what_one_server_put_into_the_bucket_is_evidence_at_every_other() {
    if shared().is_none() {
        return;
    }
    let bucket = S3::start();
    let home = s3::home(&bucket);
    let servers: Vec<_> = (0..EACH).map(|_| home.serve()).collect();
    let (doors, book) = (Doors::default(), Book::default());
    servers.iter().enumerate().for_each(|(at, server)| doors.set(at, Some(server.addr)));
    let office = Office::open(&home, &servers[0]);
    // Every call goes to another server: the bytes to one, the claim to the next,
    // and so on until a third has read all of them and closes the ticket.
    let mut desk = Desk::new(0, StdRng::seed_from_u64(5), &doors, &office.tokens, &book);
    for (digest, bytes) in one_job(&mut desk, &office) {
        let path = format!("/v1/evidence/{}", digest.as_str().unwrap());
        for server in &servers {
            let read = get(server, &office.tokens["qa"], &path);
            assert_eq!((read.status, read.body.as_str()), (200, bytes.as_str()), "{read:?}");
        }
    }
    servers.into_iter().for_each(|server| drop(server.stop()));
    home.verify_log();
}
