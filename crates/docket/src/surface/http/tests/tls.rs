//! Encrypted connections, with a certificate that is good for nothing else.

use super::site::{Server, limits};
use crate::{config::Tls, serve, surface::http::Setup};
use reqwest::{Certificate, Client, Version};
use std::path::Path;

fn files() -> Tls {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/surface/http/tests/tls");
    Tls { cert: folder.join("cert.pem"), key: folder.join("key.pem") }
}

async fn server() -> Server {
    let setup = Setup { limits: limits(), tls: true, ..Setup::default() };
    Server::with_tls(setup, Some(serve::tls(&files()).unwrap())).await
}

fn client() -> reqwest::ClientBuilder {
    let trusted = Certificate::from_pem(include_bytes!("tls/cert.pem")).unwrap();
    Client::builder().tls_certs_only([trusted])
}

#[tokio::test]
async fn both_protocols_are_spoken_over_tls() {
    let server = server().await;
    let url = format!("https://localhost:{}/healthz", server.address.port());
    for (client, version) in
        [(client(), Version::HTTP_2), (client().http1_only(), Version::HTTP_11)]
    {
        let answer = client.build().unwrap().get(&url).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    }
    let stranger = Client::builder().tls_certs_only([]).build().unwrap();
    assert!(stranger.get(&url).send().await.is_err(), "nobody vouches for the certificate");
}

#[tokio::test]
async fn a_plain_request_to_an_encrypted_port_ends_and_the_process_lives() {
    let server = server().await;
    let answer = server.raw("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(!answer.contains("200"), "{answer}");
    // A handshake that never comes is given up like headers that never come.
    server.raw("").await;
    let url = format!("https://localhost:{}/healthz", server.address.port());
    assert_eq!(client().build().unwrap().get(&url).send().await.unwrap().status(), 200);
}

#[test]
fn a_certificate_that_cannot_be_used_says_so() {
    let files = files();
    let wrong = Tls { cert: files.key.clone(), key: files.key };
    let error = serve::tls(&wrong).unwrap_err().to_string();
    assert!(error.contains("the certificate of TLS"), "{error}");
}
