//! Reasons why what is planned would fail on this machine, as far as they can be seen before anything is tried.

use super::agent::find_program;
use super::database::{HOW_TO_INSTALL, Installation};
use super::image;
use super::kinds::first_word;
use super::zone;
use crate::provider::{Complaint, PreflightRequest};
use crate::providers::small::Object;
use crate::system::reason;
use crate::value::{Path, Text};
use std::net::{IpAddr, TcpListener};
use std::path::{Path as FilePath, PathBuf};

/// One answer a request.
pub fn look(data: &FilePath, requests: &[PreflightRequest]) -> Vec<Vec<Complaint>> {
    let look = |request: &PreflightRequest| {
        let asked =
            Asked { data, requests, prior: Object(request.prior.clone()), planned: Object(request.planned.clone()) };
        let found = match (&*request.kind, request.is_new) {
            ("host_database", true) => [asked.protection(), asked.installation(), asked.space()],
            ("host_database", false) if request.planned.is_null() => [asked.protection(), None, None],
            ("host_image", true) => [asked.space_for_image(), None, None],
            ("host_listener", true) => [asked.listener_port(), None, None],
            ("host_server", true) => [asked.server_port(), asked.command(), None],
            _ => [None, None, None],
        };
        found.into_iter().flatten().collect()
    };
    requests.iter().map(look).collect()
}

/// A change, beside all others.
struct Asked<'a> {
    data: &'a FilePath,
    requests: &'a [PreflightRequest],
    prior: Object,
    planned: Object,
}

impl Asked<'_> {
    fn protection(&self) -> Option<Complaint> {
        if self.prior.flag("deletion_protection") != Some(true) {
            return None;
        }
        let name = self.prior.text("name").unwrap_or_default();
        let detail = format!(
            "{name} has deletion_protection, and its data would be lost. Set deletion_protection = false and apply that first."
        );
        Some(at("deletion_protection", "The database is protected", detail))
    }

    fn installation(&self) -> Option<Complaint> {
        let is_missing = Installation::of_this_machine().is_none();
        is_missing.then(|| at("engine", "PostgreSQL is not installed", HOW_TO_INSTALL.to_owned()))
    }

    fn space(&self) -> Option<Complaint> {
        let wanted = self.planned.number("allocated_storage")?;
        let free = free_bytes(self.data)? >> 30;
        (u64::try_from(wanted).ok()? > free).then(|| {
            let detail = format!("{wanted} GiB are asked for, and {free} GiB are free at {}.", self.data.display());
            at("allocated_storage", "The disk is too small", detail)
        })
    }

    /// The source's size; an image that is there already needs no more.
    fn space_for_image(&self) -> Option<Complaint> {
        let id = self.planned.text("id")?;
        let source = self.planned.text("source")?;
        if self.data.join("images").join(&*id).exists() {
            return None;
        }
        let (size, free) = (image::size(FilePath::new(&*source)).ok()?, free_bytes(self.data)?);
        (size > free).then(|| {
            let detail = format!("{source} has {size} bytes, and {free} are free at {}.", self.data.display());
            at("source", "The disk is full", detail)
        })
    }

    /// Which address the server gets is not known yet; a port that somebody has on every address is taken on that one too.
    fn server_port(&self) -> Option<Complaint> {
        let address = zone::unused(&self.planned.text("zone")?)?;
        self.taken(IpAddr::V4(address), "zone")
    }

    fn listener_port(&self) -> Option<Complaint> {
        let address = self.load_balancer_address()?;
        self.taken(address, "load_balancer")
    }

    /// A port that is open now, unless a listener that goes with this plan has it.
    fn taken(&self, address: IpAddr, place: &str) -> Option<Complaint> {
        let port = u16::try_from(self.planned.number("port")?).ok().filter(|port| *port != 0)?;
        let goes = |request: &PreflightRequest| {
            let prior = Object(request.prior.clone());
            (request.is_new || request.planned.is_null()) && prior.number("port") == Some(i64::from(port))
        };
        if self.requests.iter().any(goes) {
            return None;
        }
        let error = TcpListener::bind((address, port)).err()?;
        let detail = match place {
            "zone" => format!("Port {port} is taken on every address of this machine: {}.", reason(&error)),
            _ => format!("{address}:{port} cannot be opened: {}.", reason(&error)),
        };
        Some(at("port", "The port is taken", format!("{detail} Choose another one, or none: a free one is found.")))
    }

    /// That of a load balancer of this plan, where there is no doubt which.
    fn load_balancer_address(&self) -> Option<IpAddr> {
        let id = self.planned.text("load_balancer");
        let balancers = self.requests.iter().filter(|request| &*request.kind == "host_load_balancer");
        let balancers = balancers.map(|request| Object(request.planned.clone()));
        let is_meant = |balancer: &Object| id.as_ref().is_none_or(|id| balancer.text("id").as_ref() == Some(id));
        let mut addresses: Vec<Text> = balancers.filter(is_meant).filter_map(|one| one.text("address")).collect();
        addresses.dedup();
        match addresses.as_slice() {
            [address] => address.parse().ok(),
            _ => None,
        }
    }

    /// A program of the image that is to be copied, or has been.
    fn command(&self) -> Option<Complaint> {
        let image = self.planned.text("image")?;
        let word = first_word(&self.planned)?;
        let directory = self.image_directory(&image)?;
        if find_program(&word, &directory).is_some() {
            return None;
        }
        let detail = match word.contains('/') {
            true => format!("There is no program {word:?} in the image ({}).", directory.display()),
            false => format!(
                "There is no program {word:?} on this machine. One that comes with the image is named by its path, such as \"./{word}\"."
            ),
        };
        Some(at("command", "No such program", detail))
    }

    fn image_directory(&self, id: &Text) -> Option<PathBuf> {
        let of_plan = self.requests.iter().find_map(|request| {
            let image = Object(request.planned.clone());
            (&*request.kind == "host_image" && image.text("id").as_ref() == Some(id)).then(|| image.text("source"))?
        });
        let source = of_plan.map(|source| PathBuf::from(&*source)).filter(|source| source.is_dir());
        source.or_else(|| Some(self.data.join("images").join(&**id)).filter(|copied| copied.is_dir()))
    }
}

fn at(name: &str, summary: &str, detail: String) -> Complaint {
    Complaint::error(summary, detail).at(Path::of_attribute(name))
}

/// Of the disk that has the nearest folder that exists.
fn free_bytes(folder: &FilePath) -> Option<u64> {
    let disk = folder.ancestors().find_map(|folder| rustix::fs::statvfs(folder).ok())?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}
