//! Evidence in a bucket, as a deployment has it.

use crate::{
    home::{Home, Server, docket, said},
    http::{Client, Reply},
    s3_server::{ACCESS_KEY, BUCKET, S3, SECRET_KEY},
};
use std::{
    fs,
    io::Write,
    net::{Shutdown, TcpStream},
    process::{Command, Output},
    time::{Duration, Instant},
};

/// A deployment whose evidence is in the bucket.
pub fn home(s3: &S3) -> Home {
    let home = Home::new();
    let keys = [("access_key", ACCESS_KEY), ("secret_key", SECRET_KEY)].map(|(name, key)| {
        fs::write(home.data().join(name), format!("{key}\n")).unwrap();
        format!("{name} = \"file:{}\"\n", home.data().join(name).display())
    });
    home.configured(&format!(
        "[evidence]\nstore = \"s3://{BUCKET}\"\nendpoint = \"{}\"\nregion = \"eu-1\"\n{}",
        s3.endpoint(),
        keys.concat()
    ));
    home
}

fn run(home: &Home, words: &[&str]) -> Output {
    let config = home.config();
    let words = [words, &["--config", &config]].concat();
    let mut command: Command = docket(&words);
    command.env("DOCKET_LISTEN", "127.0.0.1:0").output().unwrap()
}

fn names_no_key(text: &str) {
    for key in [ACCESS_KEY, SECRET_KEY] {
        assert!(!text.contains(key), "a key is in `{text}`");
    }
}

#[test]
fn a_server_whose_keys_the_bucket_refuses_does_not_start_and_says_why() {
    let s3 = S3::start();
    let home = home(&s3);
    let good = run(&home, &["config", "check"]);
    assert!(good.status.success(), "{}", said(&good));
    names_no_key(&said(&good));

    for (name, why) in [
        ("secret_key", "the secret key is not that of the access key"),
        ("access_key", "its server does not know the access key"),
    ] {
        fs::write(home.data().join(name), "AKIAANOTHER").unwrap();
        let check = run(&home, &["config", "check"]);
        assert_eq!(check.status.code(), Some(4), "{}", said(&check));
        let serve = run(&home, &["serve", "--allow-root"]);
        assert!(!serve.status.success(), "{}", said(&serve));
        for output in [check, serve] {
            let said = said(&output);
            assert!(said.contains("the bucket of `[evidence]` cannot be used"), "{said}");
            assert!(said.contains(why) && !said.contains("AKIAANOTHER"), "{said}");
            names_no_key(&said);
        }
    }
}

#[test]
fn a_bucket_that_is_away_keeps_nobody_from_starting() {
    let mut s3 = S3::start();
    let home = home(&s3);
    s3.kill();
    let check = run(&home, &["config", "check"]);
    assert_eq!(check.status.code(), Some(4));
    assert!(said(&check).contains("the evidence store is away"), "{}", said(&check));
    names_no_key(&said(&check));
    home.serve().stop();
}

/// A technician's phone.
struct Phone {
    server: std::net::SocketAddr,
    token: String,
}

impl Phone {
    fn of(home: &Home, server: &Server) -> Self {
        let token = home.token(&home.hire(server, "technician"), "technician");
        Self { server: server.addr, token }
    }

    fn head(&self, line: &str, length: usize, more: &str) -> String {
        format!(
            "{line} HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {}\r\n\
             content-length: {length}\r\n{more}\r\n",
            self.token
        )
    }

    fn ask(&self, line: &str, more: &str, body: &[u8]) -> Reply {
        let mut client = Client::connect(self.server, &self.token).unwrap();
        let head = self.head(line, body.len(), more);
        client.send(&[head.as_bytes(), body].concat()).unwrap()
    }

    /// Loses the signal after part of a part.
    fn break_off(&self, place: &str, offset: usize, body: &[u8], after: usize) {
        let mut stream = TcpStream::connect(self.server).unwrap();
        let more = format!("upload-offset: {offset}\r\n");
        let head = self.head(&format!("PATCH {place}"), body.len(), &more);
        stream.write_all(&[head.as_bytes(), &body[..after]].concat()).unwrap();
        stream.shutdown(Shutdown::Both).unwrap();
    }

    /// Asks where to go on until it is there.
    fn goes_on_at(&self, place: &str, offset: usize) {
        let began = Instant::now();
        loop {
            let reply = self.ask(&format!("GET {place}"), "", b"");
            if reply.header("upload-offset") == Some(&offset.to_string()) {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{reply:?}");
        }
    }
}

#[test]
fn a_phone_gets_its_photograph_through_whatever_breaks_and_no_key_is_told() {
    let mut s3 = S3::start();
    let home = home(&s3);
    let server = home.serve();
    let phone = Phone::of(&home, &server);
    let photo = [b"\x89PNG\r\n\x1a\n".as_slice(), &[b'.'; 3_000_000]].concat();
    let whole = phone.ask("PUT /v1/evidence", "", b"tested twice");
    assert_eq!(whole.status, 201, "{whole:?}");

    let begun = phone.ask("POST /v1/uploads", "", b"");
    let place = begun.header("location").unwrap().to_owned();
    phone.break_off(&place, 0, &photo[..2_000_000], 1_300_000);
    phone.goes_on_at(&place, 1_300_000);

    s3.kill();
    let patch = format!("PATCH {place}");
    let rest = "upload-offset: 1300000\r\nupload-complete: ?1\r\n";
    for reply in [
        phone.ask(&patch, rest, &photo[1_300_000..]),
        phone.ask(&format!("GET {place}"), "", b""),
        phone.ask("PUT /v1/evidence", "", b"tested again"),
    ] {
        assert_eq!(reply.status, 503, "{reply:?}");
        assert_eq!(reply.json()["code"], "server.unready");
        assert_eq!(reply.header("retry-after"), Some("1"));
    }
    s3.restart();
    phone.goes_on_at(&place, 1_300_000);
    let held = phone.ask(&patch, rest, &photo[1_300_000..]);
    assert_eq!(held.status, 201, "{held:?}");
    assert_eq!(held.json()["result"]["size"], photo.len());
    let digest = held.json()["result"]["digest"].as_str().unwrap().to_owned();
    let tenants = fs::read_dir(s3.objects()).unwrap().map(|entry| entry.unwrap().path());
    let objects: Vec<_> = tenants.map(|at| at.join(&digest[..2]).join(&digest)).collect();
    assert!(objects.iter().any(|object| fs::read(object).is_ok_and(|bytes| bytes == photo)));

    let log = server.stop();
    let times = |what: &str| log.iter().filter(|line| line.contains(what)).count();
    assert_eq!(times("the evidence store is away"), 1, "{log:?}");
    assert_eq!(times("the evidence store is back"), 1, "{log:?}");
    names_no_key(&log.join("\n"));
}
