//! The list of templates, page by page.

use std::collections::HashSet;

use reqwest::header::HeaderMap;

use super::super::super::Observer;
use super::super::super::error::{Call, FaultKind, SubmitError};
use super::{PAGE, READ, Templates};
use crate::wire::e2b::{TemplatePage, TemplateSummary};

/// The most pages of one list that are read.
const MAX_PAGES: u64 = 1000;

/// The header that names the next page, where pages have no numbers.
const NEXT: &str = "x-next-token";

/// The first `limit` templates of the account.
pub(super) async fn read(
    client: &Templates,
    limit: usize,
    observer: Observer<'_>,
) -> Result<Vec<TemplateSummary>, SubmitError> {
    let mut list = List { limit, found: Vec::new(), known: HashSet::new() };
    if client.numbered {
        numbered_pages(client, &mut list, observer).await?;
    } else {
        pages_by_token(client, &mut list, observer).await?;
    }
    Ok(list.found)
}

async fn numbered_pages(
    client: &Templates,
    list: &mut List,
    observer: Observer<'_>,
) -> Result<(), SubmitError> {
    let limit = list.limit.min(PAGE).to_string();
    for number in 1..=MAX_PAGES {
        let page = number.to_string();
        let query =
            [("template_type", "template_build"), ("page", &page), ("limit", limit.as_str())];
        let (_, page): (_, TemplatePage) =
            client.get(&["v2", "templates"], &query, observer).await?;
        let ended = page.templates.is_empty() || number >= page.total_pages;
        match list.take(page.templates) {
            Taken::All => return Ok(()),
            _ if ended => return Ok(()),
            Taken::Some => {}
            Taken::None => break,
        }
    }
    Err(endless("GET /v2/templates"))
}

async fn pages_by_token(
    client: &Templates,
    list: &mut List,
    observer: Observer<'_>,
) -> Result<(), SubmitError> {
    let limit = list.limit.min(PAGE).to_string();
    let mut next: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let mut query = vec![("limit", limit.as_str())];
        query.extend(next.as_deref().map(|next| ("nextToken", next)));
        let (headers, page): (_, Vec<TemplateSummary>) =
            client.get(&["v2", "templates"], &query, observer).await?;
        next = next_token(&headers);
        match list.take(page) {
            Taken::All => return Ok(()),
            _ if next.is_none() => return Ok(()),
            Taken::Some => {}
            Taken::None => break,
        }
    }
    Err(endless("GET /v2/templates"))
}

pub(super) fn next_token(headers: &HeaderMap) -> Option<String> {
    let token = headers.get(NEXT)?.to_str().ok()?;
    (!token.is_empty()).then(|| token.to_owned())
}

/// The error for pages that lead nowhere.
pub(super) fn endless(name: &str) -> SubmitError {
    let reason = "the pages of the list do not end".to_owned();
    SubmitError::of(&Call::new(READ, name), FaultKind::BadAnswer(reason))
}

/// The templates that were listed so far.
struct List {
    limit: usize,
    found: Vec<TemplateSummary>,
    known: HashSet<String>,
}

/// What a page brought.
#[derive(Debug, PartialEq, Eq)]
enum Taken {
    /// Enough: no other page is needed.
    All,
    /// Templates that were not on the pages before.
    Some,
    /// Nothing new.
    None,
}

impl List {
    /// Takes up a page. A template moves to a later page when a new one is registered meanwhile, and
    /// is taken once all the same.
    fn take(&mut self, page: Vec<TemplateSummary>) -> Taken {
        let before = self.found.len();
        for template in page {
            if self.found.len() == self.limit {
                break;
            }
            if self.known.insert(template.template_id.clone()) {
                self.found.push(template);
            }
        }
        if self.found.len() >= self.limit {
            Taken::All
        } else if self.found.len() > before {
            Taken::Some
        } else {
            Taken::None
        }
    }
}
