//! One engine runs all AWS resource types; a type says only what is its own.
//!
//! A type is a [`Resource`]: [`Field`]s, each an attribute written once (name, rules, the SDK getter that reads it, the SDK setter that
//! sends it), and a handful of functions over the SDK (describe many, create, change, delete). From the fields follow the
//! schema, the plan, the request of a create, the state after a read and which change function an update needs.
//! Tags, default tags, waiting, retries, not-found, tokens, partial failure and messages are here, once.
//!
//! ```ignore
//! Resource::new("EC2 Subnet", 1, |aws: &Aws| aws.ec2().create_subnet())
//!     .fields([
//!         text("vpc_id").required().replaces().from(Subnet::vpc_id).to(CreateSubnet::set_vpc_id),
//!         text("cidr_block").optional().replaces().from(Subnet::cidr_block).to(CreateSubnet::set_cidr_block),
//!         flag("map_public_ip_on_launch").default(false).from(Subnet::map_public_ip_on_launch).changed_by(MAP_PUBLIC_IP),
//!     ])
//!     .read_many(200, |aws, ids| ...)
//! ```

mod carry;
mod complaints;
mod declared;
pub mod ec2;
mod failure;
mod field;
mod found;
mod kind;
mod lookup;
mod names;
mod pages;
mod planning;
mod policy;
mod registry;
mod resource;
mod schema;
mod shaping;
mod tags;
mod time;
mod token_tag;
mod wait;
mod want;
mod way_out;

pub use complaints::complaints_about;
pub use declared::Declared;
pub use failure::{Failure, or_already};
pub use field::{Field, block_list, block_set, flag, map_of_text, number, numbers, objects, set_of_text, text, texts};
pub use found::{Found, found_tags, found_text, given, only_one, show};
pub use kind::Kind;
pub use lookup::{Lookup, Source};
pub use names::{name_prefix_of, string_hash};
pub use pages::all_of;
pub use policy::{is_same_policy, written_policy};
pub use registry::{Entry, Registry};
pub use resource::{AGAIN, Call, Imports, Readiness, Resource, not_importable, ready};
pub use schema::{block_of, timeouts_block};
pub use tags::{Tags, tags_of};
pub use time::shown_time;
pub use token_tag::{Tagged, Tagging};
pub use wait::{Patience, Seen, parse_duration};
pub use want::{Want, is_same_json, normal_json, texts_of, with_attributes};
