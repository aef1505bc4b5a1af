//! What LAVA leaves where it runs a definition: its copy of the definition, and the scripts with the job's parameters.

use crate::{
    cli::{exit::Failure, terminal},
    definition::Store,
    plan::{Plan, script},
};
use std::{fs::File, io::Read, path::Path};

/// LAVA's copy of the definition that it runs, in the folder that it runs it in.
const DEFINITION: &str = "testdef.yaml";

/// LAVA's script with the definition's steps.
const STEPS: &str = "run.sh";

/// LAVA's script with what the definition installs.
const INSTALLATION: &str = "install.sh";

/// How much is read of a script, in bytes. The parameters stand at its beginning.
const MAX_SCRIPT: u64 = 1 << 20;

/// `store`, and under LAVA the definition that it runs.
pub(in crate::cli) fn with_definition(store: Store) -> Result<Store, Failure> {
    if !terminal::under_lava() {
        return Ok(store);
    }
    let file = std::path::absolute(DEFINITION).unwrap_or_else(|_| DEFINITION.into());
    store.with_lava(&file).map_err(Failure::input)
}

/// Refuses a parameter that the LAVA job sets and that was meant for `plan` and does not get there; names other ones that
/// nothing uses.
pub(in crate::cli) fn check(plan: &Plan) -> Result<(), Failure> {
    let Some(steps) = read(STEPS).filter(|_| terminal::under_lava()) else { return Ok(()) };
    let installation = read(INSTALLATION).unwrap_or_default();
    for parameter in script::unused(&steps, &installation, plan) {
        match parameter {
            script::Unused::Foreign { .. } => terminal::tell(&format!("lava-bench: {parameter}")),
            _ => return Err(Failure::input(parameter)),
        }
    }
    Ok(())
}

/// The beginning of a script that is a file.
fn read(name: &str) -> Option<String> {
    let path = Path::new(name);
    let mut bytes = Vec::new();
    let file = path.is_file().then(|| File::open(path).ok()).flatten()?;
    file.take(MAX_SCRIPT).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
