//! Plain TCP: each connection goes to one member, byte for byte, until one of the two ends it.

use super::connection::Activity;
use super::link::CONNECT_TIMEOUT;
use super::metrics::Metrics;
use super::table::{Route, Table};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::TcpStream;
use tokio::time;

pub(super) async fn serve<S>(mut client: S, table: &Table, metrics: &Metrics, activity: &Arc<Activity>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    activity.tunnels();
    let Route::Forward(forward) = table.default_route() else { return };
    let Some(target) = forward.next() else { return };
    let mut tried = Vec::new();
    while let Some(at) = target.group.choose(None, &tried) {
        let member = &target.group.members[at];
        let lease = member.lease();
        let began = Instant::now();
        let Ok(Ok(mut server)) = time::timeout(CONNECT_TIMEOUT, TcpStream::connect(member.address)).await else {
            member.failed();
            metrics.retries.fetch_add(1, Relaxed);
            tried.push(at);
            continue;
        };
        member.succeeded();
        // Only delays small packets where it fails.
        let _ = server.set_nodelay(true);
        tokio::select! {
            // However it ends, both sides are closed.
            _ = copy_bidirectional(&mut client, &mut server) => {}
            () = member.cut_off() => {}
        }
        target.series[at].count(0, began.elapsed());
        drop(lease);
        return;
    }
}
