//! The gateway as its callers meet it.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod door;
#[cfg(test)]
mod feed;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod json;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod news;
#[cfg(test)]
mod oidc;
#[cfg(test)]
mod oidc_keys;
#[cfg(test)]
mod protection;
#[cfg(test)]
mod sending;
#[cfg(test)]
mod store;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod web;
#[cfg(test)]
mod webhooks;
