//! `--no-cgroup` and `--cpuset` -> the control groups of the commands.

use super::{
    early,
    values::{CpuList, cpu_list},
};
use crate::{
    cli::exit::Failure,
    record::Tuned,
    run::{Cgroups, Recovered},
};
use anyhow::anyhow;
use std::path::{Path, PathBuf};

/// Where commands run.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct GroupArgs {
    /// Leaves commands in the control group (cgroup) of the agent, instead of giving each one of its own below it
    #[arg(long)]
    no_cgroup: bool,
    /// Keeps all commands on these CPUs, such as 0-3,8: by control groups (cpuset), so none can leave
    #[arg(long, value_name = "LIST", value_parser = cpu_list, conflicts_with_all = ["no_cgroup", "resume"])]
    cpuset: Option<CpuList>,
}

impl GroupArgs {
    /// How many CPUs commands are kept on.
    pub(in crate::cli) fn cpus(&self) -> Option<usize> {
        self.cpuset.as_ref().map(|CpuList(cpus)| cpus.len())
    }

    /// The control groups of the commands, and what was set in them. A run that goes on has the CPUs that it had.
    pub(in crate::cli) fn groups(
        &self,
        recovered: Option<&Recovered>,
        only_failed: Option<&PathBuf>,
    ) -> Result<(Option<Cgroups>, Vec<Tuned>), Failure> {
        let wanted = self.wanted(recovered, only_failed)?;
        let mut groups = if self.no_cgroup && wanted.is_none() { None } else { Cgroups::make(Path::new("/")) };
        let Some(CpuList(cpus)) = wanted else { return Ok((groups, Vec::new())) };
        let Some(made) = &mut groups else {
            let hint = "hint: `taskset --cpu-list LIST lava-bench run ...` needs none";
            return Err(Failure::agent(anyhow!("--cpuset: no control group (cgroup, version 2) can be made\n{hint}")));
        };
        let tuned = made.keep_on(&cpus).map_err(Failure::agent)?;
        Ok((groups, vec![tuned]))
    }

    /// The CPUs that commands are kept on: those of the run that is gone on with, or of which a part is run again.
    fn wanted(&self, recovered: Option<&Recovered>, only_failed: Option<&PathBuf>) -> Result<Option<CpuList>, Failure> {
        let early = match (recovered, only_failed) {
            (Some(recovered), _) => early::cpuset(&recovered.record()),
            (None, Some(folder)) => early::cpuset(&early::record(folder).map_err(Failure::input)?),
            (None, None) => None,
        };
        Ok(self.cpuset.clone().or(early))
    }
}
