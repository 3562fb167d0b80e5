//! Members that ask and never read.

use std::time::{Duration, Instant};

use shared::protocol::Message as NodeMessage;

use crate::common::process::Process;
use crate::common::socket::handshake_over;
use crate::common::tab::Tab;
use crate::wire::{Stranger, cheap_params, memory, note, peak, socket};

const CLIENTS: usize = 1_000;
/// What the kernel may hold for each.
const KERNEL_BYTES_MAX: u64 = 128 << 10;
/// How much of a chain there is to ask for: 23 kB of headers, which is asked for so many times.
const BLOCKS: usize = 200;
const QUESTIONS: usize = 12;
/// The relay's time for a write that stands still, its time for last words, and as much again for a busy machine.
const PATIENCE: Duration = Duration::from_secs(8);
/// What the relay may have in memory.
const MEMORY_MAX: u64 = 512 << 20;

/// The bytes that the kernel holds for the relay's connections: of the fullest, both ways.
fn fullest_connection(port: u16) -> u64 {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("Linux");
    let local = format!(":{port:04X}");
    let held = table.lines().skip(1).filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (waiting, unread) = fields[4].split_once(':')?;
        let bytes = |text| u64::from_str_radix(text, 16).ok();
        // 0A listens.
        (fields[1].ends_with(&local) && fields[3] != "0A").then_some(bytes(waiting)? + bytes(unread)?)
    });
    held.max().unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_clients_that_never_read_are_cut_off_and_told_to_resync() {
    let folder = tempfile::tempdir().expect("a folder");
    let params = cheap_params();
    let relay = Process::start_with(folder.path(), &params, &[]);
    let at = relay.address;
    let honest = Tab::join_in(at, params.clone(), 5_000).await;
    let other = Tab::join_in(at, params.clone(), 5_001).await;
    for _ in 0..BLOCKS {
        honest.mine();
    }
    other.reaches(honest.tip()).await;
    let genesis = params.genesis().hash();
    let began = Instant::now();
    let attack = async {
        let mut joining = tokio::task::JoinSet::new();
        for number in 0..CLIENTS as u64 {
            let params = params.clone();
            joining.spawn(async move {
                // A window that is soon full.
                let socket = socket(2 + (number / 250) as u8);
                socket.set_recv_buffer_size(4 << 10).expect("a small buffer");
                let stream = socket.connect(at).await.expect("connected");
                let client = handshake_over(stream, at, "/ws/main", None).await.expect("let in");
                let mut stranger = Stranger::over(client, &params, number);
                // On a busy machine one may be too slow already while it comes. It is cut off like the others.
                if stranger.greet(&params).await.is_ok() {
                    for _ in 0..QUESTIONS {
                        stranger.say(&NodeMessage::GetHeaders { locator: vec![genesis], stop: None }).await;
                    }
                }
                stranger
            });
        }
        let mut strangers = joining.join_all().await;
        let deadline = Instant::now() + PATIENCE;
        let mut fullest = 0;
        while Instant::now() < deadline {
            fullest = fullest.max(fullest_connection(at.port()));
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // They are gone, as the others see it.
        honest
            .until("the silent ones to go", |state| state.node.members().iter().filter(|one| one.online).count() <= 2)
            .await;
        // Those who read again at last find why.
        let mut told = 0;
        for stranger in &mut strangers {
            told += usize::from(is_told_to_resync(stranger).await);
        }
        (fullest, told)
    };
    let (most, (fullest, told)) = peak(&relay, attack).await;
    assert!(fullest <= KERNEL_BYTES_MAX, "{fullest} bytes in the kernel for one");
    assert!(most < MEMORY_MAX, "{} MiB", most >> 20);
    assert!(told > CLIENTS * 3 / 4, "{told} were told to resync");
    // And the others go on.
    other.reaches(honest.mine()).await;
    let most = most >> 20;
    note(
        &format!("1,000 that never read, {told} told, {fullest} bytes in the kernel at most, {most} MiB"),
        began,
        &relay,
    );
    assert!(memory(&relay) < MEMORY_MAX);
}

async fn is_told_to_resync(stranger: &mut Stranger) -> bool {
    let reading = async { while stranger.hear().await.is_some() {} };
    let _ = tokio::time::timeout(PATIENCE, reading).await;
    stranger.is_told_to_resync()
}
