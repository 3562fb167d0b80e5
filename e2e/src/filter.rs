//! A filter between the browser and the relay, as schools have them: it hands requests on, and answers some itself.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::failure::Failure;
use crate::relay::Relay;

/// The longest head of a request that is read, in bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// How much of an answer is let through at once where it is slowed down, in bytes.
const CHUNK_BYTES: usize = 4 * 1024;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It reaches the relay, and the answer the browser.
    Pass,
    /// It is answered with a page of the filter's own, with this status.
    Refuse(u16),
    /// It is answered with this page, which a browser may keep for an hour.
    Page(&'static str),
    /// The answer comes at so many bytes a second.
    Slow(u64),
    /// Nothing comes back.
    Silent,
}

/// The filter. Dropping it ends it.
#[derive(Debug)]
pub struct Filter {
    port: u16,
    serving: JoinHandle<()>,
}

impl Filter {
    /// Starts a filter before a relay; `judge` is given the path and query of each request.
    pub async fn start(
        relay: &Relay,
        judge: impl Fn(&str) -> Verdict + Send + Sync + 'static,
    ) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let behind = relay.url().trim_start_matches("http://").to_owned();
        let judge: Arc<dyn Fn(&str) -> Verdict + Send + Sync> = Arc::new(judge);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (judge, behind) = (Arc::clone(&judge), behind.clone());
                // A browser that goes away in the middle is nothing to fail for.
                tokio::spawn(async move { handle(stream, port, &behind, &*judge).await.ok() });
            }
        });
        Ok(Self { port, serving })
    }

    /// Returns the address of a page, through the filter.
    pub fn page(&self, path: &str) -> String {
        self.page_at("127.0.0.1", path)
    }

    /// The same by another name of this machine, which the browser must know.
    pub fn page_at(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }
}

impl Drop for Filter {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn handle(
    mut browser: TcpStream,
    port: u16,
    behind: &str,
    judge: &(dyn Fn(&str) -> Verdict + Send + Sync),
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if browser.read_buf(&mut head).await? == 0 || head.len() > HEAD_BYTES_MAX {
            return Ok(());
        }
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let path = text.split(' ').nth(1).unwrap_or_default();
    let verdict = judge(path);
    let own = match verdict {
        Verdict::Refuse(status) => Some((status, "no-store", "<!doctype html><p>This page is not allowed here.</p>")),
        Verdict::Page(page) => Some((200, "max-age=3600", page)),
        Verdict::Pass | Verdict::Slow(_) | Verdict::Silent => None,
    };
    if let Some((status, caching, page)) = own {
        let answer = format!(
            "HTTP/1.1 {status} Filtered\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
             cache-control: {caching}\r\nconnection: close\r\n\r\n{page}",
            page.len()
        );
        return browser.write_all(answer.as_bytes()).await;
    }
    if verdict == Verdict::Silent {
        // Until the browser gives up.
        while browser.read_buf(&mut head).await? != 0 {}
        return Ok(());
    }
    let mut relay = TcpStream::connect(behind).await?;
    relay.write_all(handed_on(&text, port, behind).as_bytes()).await?;
    let Verdict::Slow(bytes_per_second) = verdict else {
        return copy_bidirectional(&mut browser, &mut relay).await.map(drop);
    };
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let length = relay.read(&mut chunk).await?;
        if length == 0 {
            return browser.shutdown().await;
        }
        browser.write_all(&chunk[..length]).await?;
        tokio::time::sleep(Duration::from_millis(length as u64 * 1_000 / bytes_per_second)).await;
    }
}

/// The request as the relay gets it: at its own address, and one a connection, so that each is judged. A WebSocket stays
/// what it is.
fn handed_on(request: &str, port: u16, behind: &str) -> String {
    let ours = format!(":{port}");
    let line = |line: &str| match line.split_once(": ") {
        Some(("Host", host)) if host.ends_with(&ours) => format!("Host: {behind}"),
        Some(("Origin", origin)) if origin.ends_with(&ours) => format!("Origin: http://{behind}"),
        Some(("Connection", "keep-alive")) => "Connection: close".to_owned(),
        _ => line.to_owned(),
    };
    request.split("\r\n").map(line).collect::<Vec<_>>().join("\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_handed_on_as_the_relay_s_own_page_sends_it() {
        let request =
            "GET / HTTP/1.1\r\nHost: classroom.test:81\r\nConnection: keep-alive\r\nOrigin: http://a:81\r\n\r\n";
        let expect = "GET / HTTP/1.1\r\nHost: 127.0.0.1:9\r\nConnection: close\r\nOrigin: http://127.0.0.1:9\r\n\r\n";
        assert_eq!(handed_on(request, 81, "127.0.0.1:9"), expect);
        let other = "GET / HTTP/1.1\r\nHost: a:82\r\nConnection: Upgrade\r\n\r\n";
        assert_eq!(handed_on(other, 81, "127.0.0.1:9"), other);
    }
}
