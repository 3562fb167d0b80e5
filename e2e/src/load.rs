//! Load on one address: so many requests a second whatever becomes of them, or as many as come through.
//!
//! A request's time counts from when it was due, not from when a busy connection came to it, so a server that stalls
//! cannot hide it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use http::header::HOST;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::failure::Failure;

/// Connections kept open: as many as a room of browsers and scripts would have.
const CONNECTIONS: u32 = 32;

/// What is asked, again and again: one URL that answers 200.
#[derive(Clone, Debug)]
pub struct Load {
    address: SocketAddr,
    host: String,
    path: String,
}

/// How requests at a steady pace fared.
#[derive(Clone, Copy, Debug)]
pub struct Paced {
    /// Answers a second, from the first request to the last answer.
    pub per_second: f64,
    /// The median time, in milliseconds.
    pub p50_ms: f64,
    /// What one in a hundred exceeds, in milliseconds.
    pub p99_ms: f64,
}

impl Load {
    /// Load on an `http://address:port/path`.
    pub fn on(url: &str) -> Result<Self, Failure> {
        let refused = || Failure::setup(format!("{url:?} is no http://address:port/path"));
        let rest = url.strip_prefix("http://").ok_or_else(refused)?;
        let (host, path) = rest.split_once('/').ok_or_else(refused)?;
        let address = host.parse().map_err(|_| refused())?;
        Ok(Self { address, host: host.to_owned(), path: format!("/{path}") })
    }

    /// Returns the length of one answer's body, in bytes.
    pub async fn bytes(&self) -> Result<usize, Failure> {
        Connection::open(self).await?.ask().await
    }

    /// Asks `rate` times a second for so long.
    pub async fn paced(&self, rate: u32, lasting: Duration) -> Result<Paced, Failure> {
        let count = rate * u32::try_from(lasting.as_secs()).map_err(|_| Failure::setup("too long"))?;
        let every = Duration::from_secs(1) / rate;
        let mut connections = self.connections().await?;
        let start = Instant::now() + Duration::from_millis(20);
        let mut asking = JoinSet::new();
        for (first, mut connection) in (0..).zip(connections.drain(..)) {
            asking.spawn(async move {
                let mut times = Vec::new();
                for number in (first..count).step_by(CONNECTIONS as usize) {
                    let due = start + every * number;
                    tokio::time::sleep_until(due.into()).await;
                    connection.ask().await?;
                    times.push(due.elapsed());
                }
                Ok::<_, Failure>(times)
            });
        }
        let mut times = Vec::new();
        while let Some(ended) = asking.join_next().await {
            times.extend(ended.map_err(|error| Failure::setup(error.to_string()))??);
        }
        let took = start.elapsed().as_secs_f64();
        times.sort_unstable();
        let quantile = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        Ok(Paced { per_second: times.len() as f64 / took, p50_ms: quantile(0.5), p99_ms: quantile(0.99) })
    }

    /// Asks on every connection as soon as the last answer is there; returns the answers a second.
    pub async fn flat_out(&self, lasting: Duration) -> Result<f64, Failure> {
        let mut connections = self.connections().await?;
        let start = Instant::now();
        let mut asking = JoinSet::new();
        for mut connection in connections.drain(..) {
            asking.spawn(async move {
                let mut answers = 0_u32;
                while start.elapsed() < lasting {
                    connection.ask().await?;
                    answers += 1;
                }
                Ok::<_, Failure>(answers)
            });
        }
        let mut answers = 0;
        while let Some(ended) = asking.join_next().await {
            answers += ended.map_err(|error| Failure::setup(error.to_string()))??;
        }
        Ok(f64::from(answers) / start.elapsed().as_secs_f64())
    }

    async fn connections(&self) -> Result<Vec<Connection>, Failure> {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            connections.push(Connection::open(self).await?);
        }
        Ok(connections)
    }
}

/// A connection that is kept open.
struct Connection {
    sender: SendRequest<Empty<Bytes>>,
    load: Load,
}

impl Connection {
    async fn open(load: &Load) -> Result<Self, Failure> {
        let stream = TcpStream::connect(load.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
        // It ends with the sender; an error shows in the request it spoils.
        tokio::spawn(async move { drop(connection.await) });
        Ok(Self { sender, load: load.clone() })
    }

    /// Asks once; returns the length of the body.
    async fn ask(&mut self) -> Result<usize, Failure> {
        let request = Request::get(&self.load.path).header(HOST, &self.load.host).body(Empty::new());
        let request = request.map_err(|error| Failure::setup(error.to_string()))?;
        self.sender.ready().await.map_err(failed)?;
        let response = self.sender.send_request(request).await.map_err(failed)?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(failed)?.to_bytes();
        if status == StatusCode::OK {
            return Ok(body.len());
        }
        Err(Failure::setup(format!("{}: {status} {}", self.load.path, String::from_utf8_lossy(&body))))
    }
}

fn failed(error: hyper::Error) -> Failure {
    Failure::setup(format!("HTTP failed: {error}"))
}
