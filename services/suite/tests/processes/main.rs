//! A process per service, several of each where the store allows it, with events between them through Redis.

#[cfg(test)]
#[cfg(unix)]
mod observed;
#[cfg(test)]
#[cfg(unix)]
mod place;
#[cfg(test)]
#[cfg(unix)]
mod rolling;
