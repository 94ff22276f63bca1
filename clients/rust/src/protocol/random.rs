//! Where random bytes come from.

/// Fills a buffer with random bytes. Tests hand in what the worked exchanges drew; everybody else uses [`system`].
pub(crate) type Random<'a> = &'a mut dyn FnMut(&mut [u8]) -> Result<(), crate::Error>;

/// The random numbers of the operating system.
pub(crate) fn system(buffer: &mut [u8]) -> Result<(), crate::Error> {
    getrandom::fill(buffer).map_err(|error| {
        crate::Error::new(crate::Code::Failed)
            .with_message("the system gives no random numbers")
            .with_source(error.to_string())
    })
}

/// So many bytes from a source.
pub(crate) fn draw<const N: usize>(random: Random<'_>) -> Result<zeroize::Zeroizing<[u8; N]>, crate::Error> {
    let mut bytes = zeroize::Zeroizing::new([0; N]);
    random(&mut *bytes)?;
    Ok(bytes)
}
