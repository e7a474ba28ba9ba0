//! The requests and answers of one connection, with their faults.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::model::Request;
use super::{Call, Fault, Phase, Shared};

impl Shared {
    /// Answers the requests of one connection until it is closed.
    pub(super) async fn converse(self: Arc<Self>, mut stream: TcpStream) {
        let mut closed = self.closed.subscribe();
        loop {
            let head = tokio::select! {
                _ = closed.changed() => return,
                head = head(&mut stream) => head,
            };
            let Ok((head, body)) = head else { return };
            if !Arc::clone(&self).exchange(&mut stream, &head, body).await.unwrap_or(false) {
                return;
            }
        }
    }

    /// Takes one request and answers it; says whether the connection lives on.
    async fn exchange(
        self: Arc<Self>,
        stream: &mut TcpStream,
        head: &str,
        mut body: Vec<u8>,
    ) -> std::io::Result<bool> {
        let mut request = Request::parse(head);
        let call = self.model().call(&request);
        let fault = call.and_then(|call| self.fault(call, Phase::Request));
        let reset = |stream: &TcpStream| stream.set_zero_linger();
        // Input is waited for as long as the connection lasts.
        let silence = Duration::from_secs(if call == Some(Call::Input) { 3 } else { 60 });
        match fault {
            Some(Fault::ResetBefore) => return reset(stream).map(|()| false),
            Some(Fault::ResetWithin) => {
                let half = request.length / 2;
                read_to(stream, &mut body, half).await?;
                return reset(stream).map(|()| false);
            }
            Some(Fault::Stuck) => {
                tokio::time::sleep(silence).await;
                return Ok(false);
            }
            _ => read_to(stream, &mut body, request.length).await?,
        }
        request.body = body;
        match fault {
            Some(Fault::ResetAfter) => return reset(stream).map(|()| false),
            Some(Fault::Silent) => {
                tokio::time::sleep(silence).await;
                return Ok(false);
            }
            Some(Fault::Answer(status, header)) => {
                let body = r#"{"message":"as the test asked for"}"#;
                return self.write(stream, status, header, body).await;
            }
            Some(Fault::Html(status)) => {
                let page = "<!DOCTYPE html>\n<html><body>A proxy's page</body></html>";
                return self.write(stream, status, "Content-Type: text/html", page).await;
            }
            Some(Fault::Redirect) => {
                let header = format!("Location: http://{}/elsewhere?secret=1", self.trap);
                return self.write(stream, 307, &header, "").await;
            }
            Some(Fault::Endless) => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n").await?;
                let many = vec![b' '; 1 << 20];
                loop {
                    stream.write_all(&many).await?;
                }
            }
            _ => {}
        }
        let (mut status, mut answer, next) = self.model().respond(&request, fault);
        // What goes wrong with the connection of the next request is decided now.
        let down = next.and_then(|next| self.fault(next, Phase::Connection));
        let mut close = false;
        if next == Some(Call::Put) {
            answer = self.elsewhere(&answer, down);
        } else if let (Some(next), Some(fault)) = (next, down) {
            self.model().next = next;
            close = true;
            Arc::clone(&self).go_down(fault).await;
        }
        match fault {
            Some(Fault::LostAnswer) => return reset(stream).map(|()| false),
            Some(Fault::Late) => {
                tokio::time::sleep(silence).await;
                return Ok(false);
            }
            Some(fault @ (Fault::ResetAnswer | Fault::Stalled | Fault::Dripping)) => {
                let text = reply(status, "", &answer);
                let half = text.len() - (answer.len() / 2).max(3);
                let (begin, end) = text.as_bytes().split_at(half);
                stream.write_all(begin).await?;
                return break_off(stream, end, fault, silence).await;
            }
            Some(Fault::HeardBut(other)) => {
                (status, answer) = (other, r#"{"message":"as the test asked for"}"#.to_owned());
            }
            Some(Fault::Short) => {
                let text = reply(status, "", &answer);
                stream.write_all(&text.as_bytes()[..text.len() - 2]).await?;
                return Ok(false);
            }
            Some(Fault::Cut) => answer.truncate(answer.len() / 2),
            Some(Fault::Wrong) => "[1, 2]".clone_into(&mut answer),
            _ => {}
        }
        if call == Some(Call::Execute) && self.model().sandboxes.is_open() {
            return self.hold(stream, &answer).await.map(|()| false);
        }
        let header = if close { "Connection: close" } else { "" };
        self.write(stream, status, header, &answer).await?;
        if matches!(fault, None | Some(Fault::MoreFields)) {
            self.model().told(&answer);
        }
        Ok(!close)
    }

    /// Begins a stream, and ends it when its process does.
    async fn hold(&self, stream: &mut TcpStream, begin: &str) -> std::io::Result<()> {
        let head = "HTTP/1.1 200 X\r\nConnection: close\r\n\r\n";
        stream.write_all(format!("{head}{begin}").as_bytes()).await?;
        let mut rest = [0; 1];
        loop {
            let end = self.model().sandboxes.end_of_process();
            if let Some(end) = end {
                return stream.write_all(end.as_bytes()).await;
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(5)) => {}
                // The client goes.
                _ = stream.read(&mut rest) => return Ok(()),
            }
        }
    }

    /// A link whose upload will find no connection, if the plan wants that.
    fn elsewhere(&self, answer: &str, fault: Option<Fault>) -> String {
        let own = self.address.to_string();
        match fault {
            Some(Fault::Refused) => answer.replace(&own, &self.dead.to_string()),
            Some(Fault::Unconnected) => answer.replace(&own, &self.unconnected.to_string()),
            _ => answer.to_owned(),
        }
    }

    async fn write(
        &self,
        stream: &mut TcpStream,
        status: u16,
        header: &str,
        body: &str,
    ) -> std::io::Result<bool> {
        stream.write_all(reply(status, header, body).as_bytes()).await?;
        Ok(true)
    }
}

/// What goes wrong in the midst of an answer; says whether the connection lives on.
async fn break_off(
    stream: &mut TcpStream,
    rest: &[u8],
    fault: Fault,
    silence: Duration,
) -> std::io::Result<bool> {
    match fault {
        Fault::ResetAnswer => {
            // What was written is not to be lost with the connection.
            tokio::time::sleep(Duration::from_millis(5)).await;
            stream.set_zero_linger().map(|()| false)
        }
        Fault::Dripping => {
            for byte in rest {
                tokio::time::sleep(Duration::from_secs(4)).await;
                stream.write_all(&[*byte]).await?;
            }
            Ok(true)
        }
        _ => {
            tokio::time::sleep(silence).await;
            Ok(false)
        }
    }
}

fn reply(status: u16, header: &str, body: &str) -> String {
    let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{header}\r\n{body}", body.len())
}

/// Reads a request up to its body, of which the beginning may come along.
async fn head(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            let body = bytes.split_off(end + 4);
            return Ok((String::from_utf8_lossy(&bytes).into_owned(), body));
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

async fn read_to(stream: &mut TcpStream, body: &mut Vec<u8>, length: usize) -> std::io::Result<()> {
    while body.len() < length {
        if stream.read_buf(body).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}
