//! The other nodes: the link, who is in the room, how this node's chain compares with theirs.

use shared::protocol::{self, ClockOffset, ClockTrouble, Member, Node, Role, SyncProgress};
use shared::{Height, Receipt, Span, Timestamp};

use crate::node::view::{ClockView, LinkView, PeerView, ReplaceView, RoleView, SyncView, Verdict, VerdictView};
use crate::worker::plain;

/// What the shell knows of the link to the relay.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkFacts {
    /// The number of the try that is under way or next.
    pub attempt: u32,
    /// When the next try is made; `None` while one is under way.
    pub retry_at: Option<Timestamp>,
    /// Why the relay will not have this node, where it said so for good.
    pub refused: Option<Receipt>,
}

/// Whether the relay is linked and has proved who it is.
pub fn is_connected(node: &Node) -> bool {
    node.peers().iter().any(|peer| peer.role == Some(Role::Relay))
}

pub(super) fn link(node: &Node, facts: &LinkFacts) -> LinkView {
    if let Some(relay) = node.peers().iter().find(|peer| peer.role == Some(Role::Relay)) {
        return LinkView::Connected { latency_ms: relay.latency_ms };
    }
    match &facts.refused {
        Some(receipt) => LinkView::Refused(receipt.clone()),
        None => LinkView::Connecting { attempt: facts.attempt, retry_at_ms: facts.retry_at.map(Timestamp::as_ms) },
    }
}

pub(super) fn sync(node: &Node, now: Timestamp) -> SyncView {
    if !is_connected(node) {
        return SyncView::Offline;
    }
    if let Some(trouble) = node.clock_trouble(now) {
        let apart = match trouble {
            ClockTrouble::Apart { offset: ClockOffset { ahead_ms, .. }, .. } => {
                let way = if ahead_ms < 0 { "behind" } else { "ahead" };
                Some(format!("{} {way}", Span::from_ms(ahead_ms.unsigned_abs())))
            }
            ClockTrouble::OwnChain { .. } | ClockTrouble::Early { .. } => None,
        };
        return SyncView::Clock(ClockView { apart, says: trouble.to_string(), advice: trouble.advice() });
    }
    let ours = node.chain().tip();
    let left = |height: Height| height.as_u64().saturating_sub(ours.height.as_u64());
    match node.sync_progress() {
        SyncProgress::Bodies { done, total } => return SyncView::Syncing { done, total },
        SyncProgress::Headers { claimed, .. } => return SyncView::Syncing { done: 0, total: left(claimed) },
        SyncProgress::Idle => {}
    }
    let online: Vec<Member> = node.members().into_iter().filter(|member| member.online).collect();
    let ahead: Vec<&Member> = online.iter().filter(|member| member.tip.work > ours.work).collect();
    if let Some(highest) = ahead.iter().map(|member| member.tip.height).max() {
        return if node.auto_sync() {
            SyncView::Syncing { done: 0, total: left(highest).max(1) }
        } else {
            SyncView::Behind { nodes: ahead.len() as u32 }
        };
    }
    let tabs = online.iter().filter(|member| member.role != Role::Relay).count() as u32;
    let is_agreed = |member: &&Member| member.tip.hash == ours.hash;
    let agree = online.iter().filter(|member| member.role != Role::Relay).filter(is_agreed).count() as u32;
    // Whose tip is below this one on the same chain has not heard yet, or does not follow.
    let forked = online.iter().filter(|member| !node.chain().is_active(&member.tip.hash)).count() as u32;
    let is_at_relay = online.iter().filter(is_agreed).any(|member| member.role == Role::Relay);
    match (agree, forked) {
        (agree, forked) if forked > agree => SyncView::Forked { agree, of: tabs },
        (0, _) if tabs == 0 && is_at_relay => SyncView::Alone,
        (0, _) => SyncView::Ahead { at_relay: is_at_relay },
        (agree, _) => SyncView::InSync { agree, of: tabs },
    }
}

pub(super) fn peers(node: &Node) -> Vec<PeerView> {
    // What the relay told of the others is no longer news once it is gone.
    let connected = is_connected(node);
    let links = node.peers();
    let latency = |member: &Member| links.iter().find(|link| link.id == Some(member.id))?.latency_ms;
    let ours = node.chain().tip().hash;
    let mut peers: Vec<PeerView> = node
        .members()
        .iter()
        .map(|member| PeerView {
            id: member.id.to_string(),
            name: member.name.to_string(),
            role: match member.role {
                Role::Tab => RoleView::Tab,
                Role::Relay => RoleView::Relay,
                Role::Bridge => RoleView::Bridge,
            },
            online: connected && member.online,
            seen_ms: member.seen.as_ms(),
            tip: member.tip.hash,
            seal: plain::seal(&member.tip.hash),
            height: member.tip.height.as_u64(),
            agrees: member.tip.hash == ours,
            latency_ms: latency(member),
        })
        .collect();
    let is_other = |peer: &PeerView| peer.role != RoleView::Relay;
    peers.sort_by(|a, b| (is_other(a), !a.online, &a.name, &a.id).cmp(&(is_other(b), !b.online, &b.name, &b.id)));
    peers
}

pub(super) fn replace(node: &Node, finished_at: Option<Timestamp>) -> ReplaceView {
    if let Some(progress) = node.replace_progress() {
        return ReplaceView::Running { asked: progress.asked as u32, answered: progress.answered as u32 };
    }
    let Some((report, at)) = node.replace_report().zip(finished_at) else { return ReplaceView::Idle };
    let verdicts = report.verdicts.iter().map(|verdict| VerdictView {
        name: verdict.name.to_string(),
        id: verdict.id.to_string(),
        height: verdict.tip.height.as_u64(),
        verdict: match &verdict.verdict {
            protocol::Verdict::Adopted => Verdict::Adopted,
            protocol::Verdict::SameTip => Verdict::SameTip,
            protocol::Verdict::LessWork { theirs, ours } => {
                Verdict::LessWork { theirs: theirs.to_string(), ours: ours.to_string() }
            }
            protocol::Verdict::EqualWork => Verdict::EqualWork,
            protocol::Verdict::Refused(receipt) => Verdict::Refused(receipt.clone()),
            protocol::Verdict::NoAnswer => Verdict::NoAnswer,
        },
    });
    ReplaceView::Finished {
        at_ms: at.as_ms(),
        replaced: report.replaced,
        height: report.tip.height.as_u64(),
        verdicts: verdicts.collect(),
    }
}
