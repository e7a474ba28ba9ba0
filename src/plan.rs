//! What applying a manifest would change, from what is known of the last build.

pub mod forecast;
