//! `hashicorp/time`: moments that stay, rotate or pass.

mod moment;
mod rotating;
mod sleep;

use super::small::Small;

pub fn provider() -> Small {
    Small::new(
        "time",
        "0.13.1",
        || vec![moment::offset(), rotating::rotating(), sleep::sleep(), moment::fixed()],
        Vec::new,
    )
}
