//! Where the relay was reached.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use progenitor_client::{ClientHooks, ClientInfo, OperationInfo};

use crate::generated;

/// Notes the address of the latest answer: a peer dials its stapler at the very address that its HTTP connection has, so
/// that a machine with both IPv4 and IPv6 does not count as two.
#[derive(Clone, Debug, Default)]
pub struct Remote(Arc<Mutex<Option<SocketAddr>>>);

impl Remote {
    /// Where the latest answer came from. `None` before the first.
    pub fn address(&self) -> Option<SocketAddr> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, address: SocketAddr) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(address);
    }
}

/// The generated client implements this for its reference; an implementation for the client itself is found first.
impl ClientHooks<Remote> for generated::Client {
    async fn post<E>(
        &self,
        result: &reqwest::Result<reqwest::Response>,
        _info: &OperationInfo,
    ) -> Result<(), progenitor_client::Error<E>> {
        if let Some(address) = result.as_ref().ok().and_then(reqwest::Response::remote_addr) {
            self.inner().note(address);
        }
        Ok(())
    }
}
