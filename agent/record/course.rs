//! The course of a run: the boots it went through, what was tuned for it, what of its plan was left out, and what a lab
//! knows of it.

use super::{Ident, Labels};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// The time from a start of the kernel to its end, as far as the run saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Boot {
    /// Tells it from every other boot of any machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<BootId>,
    /// When it began, RFC 3339 in UTC, as far as the clock knew when it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booted: Option<String>,
}

/// A boot's id: the first 12 hexadecimal digits of the SHA-256 of /proc/sys/kernel/random/boot_id, without its line end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BootId(String);

/// Why a text is not a [`BootId`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("boot id `{0}`: not 12 hexadecimal digits")]
pub struct NotABootId(String);

impl BootId {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BootId {
    type Err = NotABootId;

    fn from_str(text: &str) -> Result<Self, NotABootId> {
        Self::try_from(text.to_string())
    }
}

impl TryFrom<String> for BootId {
    type Error = NotABootId;

    fn try_from(text: String) -> Result<Self, NotABootId> {
        let digits = text.len() == 12 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if digits { Ok(Self(text)) } else { Err(NotABootId(text)) }
    }
}

impl From<BootId> for String {
    fn from(id: BootId) -> Self {
        id.0
    }
}

/// Something of the machine that was set for the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tuned {
    /// What was set, such as `governor`.
    pub knob: String,
    /// The file that it was set in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What it was before; absent where it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it was during the run, read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub during: Option<String>,
    /// Whether it was put back.
    pub restored: bool,
}

/// A step that the run left out because it had brought the machine down before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quarantined {
    /// The benchmark.
    pub benchmark: Ident,
    /// The case's point.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// The step, such as `iteration 3`.
    pub step: String,
    /// Why.
    pub reason: String,
}

impl Quarantined {
    /// Why a case ended without the step.
    pub fn explanation(&self) -> String {
        format!("{}: {}: it was left out", self.step, self.reason)
    }
}

/// In which order cases and iterations ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// One case after the other, as the plan has them.
    #[default]
    Planned,
    /// The first iteration of each case, then the second, and so on.
    Interleaved,
    /// At random.
    Random,
}

impl Order {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    pub(super) fn is_planned(&self) -> bool {
        *self == Self::Planned
    }
}

/// What a lab knows of a run. A host adds it; a board does not know it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lab {
    /// The server's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The job, as the server names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// The device that the job ran on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The type of device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_type: Option<String>,
    /// The build of the kernel: a name or an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel_build: Option<String>,
    /// `git describe` of the kernel's source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git_describe: Option<String>,
    /// The branch of the kernel's source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
}
