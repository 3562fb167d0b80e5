//! The headers of a room's chain: 116 bytes a block, enough to follow its work.

use axum::response::Response;
use serde::Serialize;
use shared::export::Format;
use shared::{BlockHash, Height, encode};
use utoipa::ToSchema;

use super::answer::{json, link_next, tagged};
use super::ask::{Ask, Refused};
use super::blocks::{BlockName, check_active};
use super::json::TipJson;
use super::page::{Cursor, Order, heights};
use super::shapes::Hash;

/// Headers on a page, unless asked otherwise.
const HEADERS_USUAL: usize = 100;
/// The most headers on a page.
const HEADERS_MAX: usize = 2_000;

/// A page of headers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeaderPage)]
pub(super) struct HeaderPageJson {
    /// The headers, lowest first.
    headers: Vec<HeaderJson>,
    /// The cursor of what follows: ask again with it for headers that are still to come.
    next: Option<String>,
    /// Whether there is more now.
    more: bool,
    /// The end of the chain when this page was made.
    tip: TipJson,
}

/// A header.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Header)]
pub(super) struct HeaderJson {
    /// The block's height.
    height: u64,
    /// The block's hash: the SHA-256 of `hex`, its bytes reversed.
    #[schema(value_type = Hash)]
    hash: String,
    /// The 116 bytes.
    #[schema(pattern = "^[0-9a-f]{232}$")]
    hex: String,
}

/// Lists the active chain's headers, the lowest first.
///
/// As bytes they stand one after the other, 116 bytes each, and where to go on is in the header `Link`.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{room}/headers",
    operation_id = "headers",
    tag = "blocks",
    params(
        ("from" = Option<String>, Query, description = "The first block, by height or hash; the genesis unless said otherwise", pattern = "^([0-9a-fA-F]{64}|[0-9]{1,19})$"),
        ("cursor" = Option<String>, Query, description = "Instead of `from`: what `next` was in the page before", pattern = "^[0-9]{1,19}-[0-9a-f]{64}$"),
        ("limit" = Option<usize>, Query, description = "How many, 100 unless said otherwise", minimum = 1, maximum = 2000),
        ("format" = Option<String>, Query, description = "`json` (usual) or `bytes`", pattern = "^(json|bytes)$"),
    ),
    responses(
        (status = 200, description = "A page of headers", content(
            (HeaderPageJson = "application/json"),
            (Vec<u8> = "application/octet-stream"),
        )),
        (status = 410, description = "The block left the chain", body = super::shapes::ReceiptShape),
    )
)]
pub(super) async fn list(ask: Ask) -> Result<Response, Refused> {
    let room = ask.sealed_room()?;
    let (from, cursor, limit, format) = ask.query(|query| {
        let (from, cursor) = (query.parse::<BlockName>("from")?, query.parse::<Cursor>("cursor")?);
        if from.is_some() && cursor.is_some() {
            return Err(shared::Receipt::new("query", "from or cursor", "both"));
        }
        Ok((from, cursor, query.limit(HEADERS_USUAL, HEADERS_MAX)?, query.parse::<Format>("format")?))
    })?;
    let looked = ask.look(&room, move |node| {
        let chain = node.chain();
        let after = match (from, cursor) {
            (_, Some(cursor)) => {
                cursor.check(chain)?;
                Some(cursor.height)
            }
            (Some(name), None) => {
                let hash = name.find(chain)?;
                check_active(chain, &hash)?;
                let height = chain.height_of(&hash).unwrap_or_default();
                height.as_u64().checked_sub(1).map(Height::from)
            }
            (None, None) => None,
        };
        let (heights, more) = heights(chain.tip().height, Order::Oldest, after, limit);
        let header = |height: Height| {
            let hash = chain.hash_at(height)?;
            Some((height, hash, encode(chain.header(&hash)?)))
        };
        let headers: Vec<(Height, BlockHash, Vec<u8>)> = heights.into_iter().filter_map(header).collect();
        Ok::<_, Refused>((chain.tip(), headers, more))
    });
    let (tip, headers, more) = looked.await??;
    let last = headers.last().map(|(height, hash, _)| Cursor { height: *height, hash: *hash, position: None });
    let next = last.or(cursor).map(|cursor| cursor.to_string());
    let format = format.unwrap_or(Format::Json);
    let link = next.as_ref().map(|next| ask.link(&format!("limit={limit}&format={}&cursor={next}", name_of(format))));
    let response = match format {
        Format::Json => {
            let header = |(height, hash, bytes): (Height, BlockHash, Vec<u8>)| HeaderJson {
                height: height.as_u64(),
                hash: hash.to_string(),
                hex: hex::encode(bytes),
            };
            let headers = headers.into_iter().map(header).collect();
            json(&ask.headers, &HeaderPageJson { headers, next, more, tip: TipJson::from(&tip) })
        }
        Format::Bytes => {
            let bytes = headers.into_iter().flat_map(|(_, _, bytes)| bytes).collect();
            tagged(&ask.headers, format.media_type(), bytes)
        }
    };
    Ok(link_next(response, link))
}

fn name_of(format: Format) -> &'static str {
    match format {
        Format::Json => "json",
        Format::Bytes => "bytes",
    }
}
