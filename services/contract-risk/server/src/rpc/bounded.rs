//! Pages of resources that may be large: a page ends when it is full or when the next row would not fit into a message.

use prost::Message;
use tributary_core::Fault;
use tributary_rpc::page::{PageRequest, seal};

/// What the rows of a page may take together; a message may have 4 MiB.
pub(super) const MOST_BYTES: usize = 3 * 1024 * 1024;
/// How many rows are read at once.
const BATCH: u32 = 64;

/// Fills a page of `M` from rows `T`: reads on with `fetch(after, limit)` while there is room. Gives the rows and the
/// token of the next page. A row that alone is too large still makes a page.
pub(super) async fn fill<T, M: Message, F>(
    page: &PageRequest,
    query: &[&str],
    cursor: impl Fn(&T) -> String,
    encode: impl Fn(&T) -> M,
    fetch: impl Fn(Option<String>, u32) -> F,
) -> Result<(Vec<M>, String), Fault>
where
    F: Future<Output = Result<Vec<T>, Fault>> + Send,
{
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    let (mut rows, mut bytes, mut last) = (Vec::new(), 0_usize, page.cursor.clone());
    loop {
        // One more than there is room for tells whether there is a next page.
        let room = u32::try_from(size.saturating_sub(rows.len())).unwrap_or(BATCH).saturating_add(1).min(BATCH);
        let found = fetch(last.clone(), room).await?;
        let is_end = found.len() < usize::try_from(room).unwrap_or(usize::MAX);
        for row in found {
            let message = encode(&row);
            bytes = bytes.saturating_add(message.encoded_len());
            if rows.len() == size || (bytes > MOST_BYTES && !rows.is_empty()) {
                let token = last.map(|last| seal(query, &last)).unwrap_or_default();
                return Ok((rows, token));
            }
            last = Some(cursor(&row));
            rows.push(message);
        }
        if is_end {
            return Ok((rows, String::new()));
        }
    }
}

#[cfg(test)]
mod tests {
    use tributary_core::Fault;
    use tributary_rpc::page::{PageRequest, open};

    use super::fill;

    /// Rows `n` to 200 are texts of so many kilobytes; reads after a cursor.
    async fn page(kilobytes: usize, size: i32, after: Option<u32>) -> (Vec<u32>, Option<u32>) {
        let read = PageRequest::read(&["q"], size, "").expect("a page");
        let read = PageRequest { cursor: after.map(|n| n.to_string()), ..read };
        let fetch = |after: Option<String>, limit: u32| async move {
            let first = after.map_or(1, |n| n.parse::<u32>().expect("a number") + 1);
            Ok::<_, Fault>((first..=200).take(usize::try_from(limit).expect("small")).collect::<Vec<u32>>())
        };
        let text = |n: &u32| format!("{n:0>9}{}", " ".repeat(kilobytes * 1024 - 9));
        let (rows, token) = fill(&read, &["q"], u32::to_string, text, fetch).await.expect("a page");
        let rows = rows.iter().map(|row| row.trim().parse().expect("a number")).collect();
        (rows, open(&["q"], &token).expect("ours").map(|n| n.parse().expect("a number")))
    }

    #[tokio::test]
    async fn a_page_ends_when_it_is_full_or_heavy() {
        let numbers = |from: u32, to: u32| (from..=to).collect::<Vec<_>>();
        assert_eq!(page(1, 120, None).await, (numbers(1, 120), Some(120)), "full");
        assert_eq!(page(1, 120, Some(120)).await, (numbers(121, 200), None), "the rest");
        assert_eq!(page(1, 80, Some(120)).await, (numbers(121, 200), None), "exactly the rest");
        assert_eq!(page(1, 80, Some(119)).await, (numbers(120, 199), Some(199)), "one is left");
        // A text of 64 KiB has 4 bytes of frame (tag and length): 3 MiB hold 47 of them.
        assert_eq!(page(64, 120, Some(100)).await, (numbers(101, 147), Some(147)), "heavy");
        assert_eq!(page(4096, 120, Some(7)).await, (vec![8], Some(8)), "too heavy alone");
        assert_eq!(page(1, 50, Some(200)).await, (vec![], None), "empty");
    }
}
