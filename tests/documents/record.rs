//! `docs/record.md`: its examples are records, and its tables are compared with the types.

use crate::{blocks, document};
use lava_bench::{
    rebuild::Rebuilder,
    record::{
        Agent, Benchmark, Better, Board, Boot, Cache, Case, Change, Conditions, CpuGroup, DiskUser, Distribution,
        Execution, Exit, Fault, FrequencyFall, FrequencyPolicy, GroupUsage, Invalid, Kernel, KernelConfig, Lab, Labels,
        Loss, Machine, Memory, Metric, Monitor, Order, OtherProcess, Output, Processor, Quarantined, Record, RecordId,
        Role, Schema, Series, Tool, Tuned, Usage, Value, Verdict,
    },
    signal::{DEFAULT_BUDGET, record_signals},
};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::Value as Json;
use std::{collections::BTreeMap, fmt};

const RECORD: &str = "docs/record.md";

/// A table of a document.
struct Table {
    /// The heading that it stands under, without `#` and backticks.
    heading: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// The cell of `row` in the column called `name`, if there is such a column.
    fn cell<'a>(&self, row: &'a [String], name: &str) -> Option<&'a str> {
        self.columns.iter().position(|column| column == name).map(|at| row[at].as_str())
    }
}

/// The tables of the document `path`.
fn tables(path: &str) -> Vec<Table> {
    let (text, mut tables, mut heading, mut inside) = (document(path), Vec::<Table>::new(), "", false);
    for line in text.lines() {
        let cells = line.strip_prefix('|').and_then(|line| line.strip_suffix('|'));
        let cells: Option<Vec<String>> =
            cells.map(|cells| cells.split('|').map(|cell| cell.trim().to_string()).collect());
        match cells {
            None if line.starts_with('#') => heading = line.trim_start_matches('#').trim(),
            None => {}
            Some(_) if line.starts_with("|-") => {}
            Some(columns) if !inside => {
                tables.push(Table { heading: heading.replace('`', ""), columns, rows: Vec::new() });
            }
            Some(row) => {
                let table = tables.last_mut().unwrap();
                assert_eq!(row.len(), table.columns.len(), "{path}: {line}");
                table.rows.push(row);
            }
        }
        inside = line.starts_with('|');
    }
    tables
}

/// The texts in backticks, in order.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(String::from).collect()
}

/// JSON without the blanks and line ends between its parts.
fn compact(json: &str) -> String {
    let (mut inside, mut escaped) = (false, false);
    let kept = json.chars().filter(|c| {
        let keep = inside || !c.is_ascii_whitespace();
        inside ^= *c == '"' && !escaped;
        escaped = inside && *c == '\\' && !escaped;
        keep
    });
    kept.collect()
}

#[test]
fn every_record_of_the_record_page_is_one() {
    let blocks = blocks(RECORD, "json");
    assert!(!blocks.is_empty());
    for block in blocks {
        let record = Record::from_json(block.as_bytes()).unwrap();
        let value: Json = serde_json::from_str(&block).unwrap();
        assert!(serde_json::to_value(&record).unwrap() == value, "a field or a value is not kept");
        assert_eq!(record.to_json(), compact(&block), "it is canonical but for its blanks");
    }
}

#[test]
fn numbers_and_texts_are_spelled_as_the_record_page_says() {
    let mut record = maximal();
    let numbers = [204.0, 0.1 + 0.2, 9_999_999_999_999_998.0, 1e16, -1.5e19, 1e-5, 1e-6, -0.0];
    let samples = numbers.map(|number| Some(Value::try_from(number).unwrap()));
    record.benchmarks[0].cases[0].series[0].samples = vec![samples.into()];
    record.label = some("\"\\\u{8}\u{c}\n\r\t\u{1f}/\u{7f}é");
    let json = record.to_json();
    let spelled = "[[204.0,0.30000000000000004,9999999999999998.0,1e+16,-1.5e+19,0.00001,1e-6,-0.0]]";
    assert!(json.contains(spelled), "{json}");
    assert!(json.contains(concat!(r#""\"\\\b\f\n\r\t\u001f/"#, "\u{7f}é\"")), "{json}");
    assert_eq!(Record::from_json(json.as_bytes()).unwrap().to_json(), json);
}

#[test]
fn the_record_page_has_every_field_and_no_other() {
    let record = maximal();
    record.check().unwrap();
    let json = record.to_json();
    let objects = objects(&json);
    let mut tables: Vec<Table> = tables(RECORD).into_iter().filter(|table| table.columns[0] == "field").collect();
    for (path, fields) in &objects {
        let at = tables.iter().position(|table| object_called(&table.heading) == path);
        let table = tables.remove(at.unwrap_or_else(|| panic!("{RECORD}: no table of the object `{path}`")));
        let named: Vec<String> = table.rows.iter().flat_map(|row| quoted(&row[0])).collect();
        let expected: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(named, expected, "{RECORD}: the fields of `{path}`, in canonical order");
        for (row, (name, kind)) in table.rows.iter().zip(fields) {
            let shown = table.cell(row, "type").unwrap();
            assert_eq!(shown.split(' ').next(), Some(*kind), "{RECORD}: the type of `{name}` in `{path}`");
            if let Some(absent) = table.cell(row, "absent") {
                let mut without: Json = serde_json::from_str(&json).unwrap();
                remove(&mut without, path, name);
                let needed = matches!(Record::from_json(without.to_string().as_bytes()), Err(Invalid::Json(_)));
                assert_eq!(absent == "never", needed, "{RECORD}: when `{name}` is absent in `{path}`");
            }
        }
    }
    let more: Vec<&str> = tables.iter().map(|table| table.heading.as_str()).collect();
    assert!(more.is_empty(), "{RECORD}: no such objects: {more:?}");
}

#[test]
fn the_record_page_knows_what_signals_carry() {
    let record = maximal();
    let lines: String =
        record_signals(&record, DEFAULT_BUDGET).iter().map(|signal| signal.to_line(record.id) + "\n").collect();
    let mut rebuilder = Rebuilder::default();
    rebuilder.source(lines.as_bytes()).unwrap();
    let mut rebuilt = rebuilder.finish().remove(0).record;
    rebuilt.losses.clear();
    let carried = objects(&rebuilt.to_json());
    let carried: Vec<(String, Vec<String>)> =
        carried.into_iter().map(|(path, fields)| (path, fields.into_iter().map(|(name, _)| name).collect())).collect();
    let tables = tables(RECORD);
    let table = tables.iter().find(|table| table.columns[0] == "object").unwrap();
    let told: Vec<(String, Vec<String>)> =
        table.rows.iter().map(|row| (object_called(&row[0].replace('`', "")).to_string(), quoted(&row[1]))).collect();
    assert_eq!(told, carried);
}

/// The path of the object that a heading or a cell names: its fields' names from the outermost object, without positions.
fn object_called(title: &str) -> &str {
    if title.eq_ignore_ascii_case("the record") { "" } else { title }
}

/// Objects whose keys are no fields.
const MAPS: [&str; 7] = [
    "machine.mitigations",
    "machine.kernel.config.options",
    "benchmarks.parameters",
    "benchmarks.cases.labels",
    "benchmarks.cases.executions.conditions.frequency_khz",
    "benchmarks.cases.series.labels",
    "quarantine.labels",
];

/// The fields of an object in the order in which they stand, and the type of each.
type Fields = Vec<(String, &'static str)>;

/// The objects of a JSON text, outermost first, by their paths; of several at one path the fields of all.
fn objects(json: &str) -> Vec<(String, Fields)> {
    fn walk(tree: &Tree, path: &str, objects: &mut Vec<(String, Fields)>) {
        match tree {
            Tree::Object(fields) => {
                let at = objects.iter().position(|(known, _)| known == path).unwrap_or_else(|| {
                    objects.push((path.into(), Vec::new()));
                    objects.len() - 1
                });
                for (name, value) in fields {
                    let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    let is_map = MAPS.contains(&inner.as_str());
                    if objects[at].1.iter().all(|(known, _)| known != name) {
                        objects[at].1.push((name.clone(), if is_map { "map" } else { value.kind() }));
                    }
                    if !is_map {
                        walk(value, &inner, objects);
                    }
                }
            }
            Tree::List(items) => items.iter().for_each(|item| walk(item, path, objects)),
            Tree::Leaf(_) => {}
        }
    }
    let mut objects = Vec::new();
    walk(&serde_json::from_str(json).unwrap(), "", &mut objects);
    objects
}

/// Takes the field `name` out of every object at `path`.
fn remove(json: &mut Json, path: &str, name: &str) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| remove(item, path, name)),
        Json::Object(fields) if path.is_empty() => {
            fields.remove(name);
        }
        Json::Object(fields) => {
            let (first, rest) = path.split_once('.').unwrap_or((path, ""));
            if let Some(inner) = fields.get_mut(first) {
                remove(inner, rest, name);
            }
        }
        _ => {}
    }
}

/// JSON whose objects keep the order of their fields, which `serde_json::Value` does not.
enum Tree {
    Object(Vec<(String, Tree)>),
    List(Vec<Tree>),
    /// Anything else: its type's name.
    Leaf(&'static str),
}

impl Tree {
    /// The type's name as the documents have it.
    fn kind(&self) -> &'static str {
        match self {
            Self::Object(_) => "object",
            Self::List(_) => "list",
            Self::Leaf(kind) => kind,
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Tree;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Tree, E> {
                Ok(Tree::Leaf("null"))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
                Ok(Tree::Leaf("boolean"))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
                Ok(Tree::Leaf("integer"))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
                Ok(Tree::Leaf("integer"))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
                Ok(Tree::Leaf("number"))
            }

            fn visit_str<E>(self, _: &str) -> Result<Tree, E> {
                Ok(Tree::Leaf("text"))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Tree::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Tree::Object(fields))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.into())
}

fn texts(text: &str) -> Vec<String> {
    vec![text.into()]
}

fn map(key: &str, value: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(key.into(), value.into())])
}

fn labels(key: &str, value: &str) -> Labels {
    Labels::new(vec![(key.parse().unwrap(), value.into())]).unwrap()
}

/// A record in which every field is written. No `..`: who adds a field must set it here.
fn maximal() -> Record {
    Record {
        schema: Schema::V2,
        id: RecordId(0x0a1b_2c3d),
        label: some("label"),
        agent: Some(Agent { version: "1".into(), target: "target".into() }),
        started: some("2026-01-01T00:00:00.000Z"),
        finished: some("2026-01-01T00:00:01.000Z"),
        interrupted: true,
        lab: Some(Lab {
            server: some("https://lava.example"),
            job: some("7"),
            device: some("board-01"),
            device_type: some("board"),
            kernel_build: some("gcc-12"),
            git_describe: some("v6.12"),
            branch: some("next"),
        }),
        machine: Some(machine()),
        boots: [0, 1].map(|_| boot()).into(),
        tuned: vec![Tuned {
            knob: "governor".into(),
            path: some("/sys"),
            before: some("powersave"),
            during: some("performance"),
            restored: true,
        }],
        order: Order::Random,
        seed: Some(1),
        benchmarks: vec![benchmark()],
        not_begun: vec!["other".parse().unwrap()],
        quarantine: vec![Quarantined {
            benchmark: "benchmark".parse().unwrap(),
            labels: labels("threads", "2"),
            step: "iteration 1".into(),
            reason: "why".into(),
        }],
        losses: vec![Loss { what: "what".into(), reason: "why".into() }],
    }
}

fn boot() -> Boot {
    Boot { id: Some("0123456789ab".parse().unwrap()), booted: some("2026-01-01T00:00:00.000Z") }
}

fn machine() -> Machine {
    Machine {
        kernel: Kernel {
            release: some("6.1"),
            version: some("#1"),
            architecture: some("aarch64"),
            command_line: some("quiet"),
            config: Some(KernelConfig {
                sha256: "0".repeat(64),
                source: "/proc/config.gz".into(),
                options: map("HZ", "250"),
            }),
            tainted: Some(0),
        },
        processor: processor(),
        memory: Memory {
            total_bytes: Some(1),
            swap_total_bytes: Some(0),
            page_size_bytes: Some(4096),
            huge_pages_total: Some(0),
            huge_page_size_bytes: Some(1),
        },
        board: Board {
            model: some("board"),
            vendor: some("vendor"),
            firmware: some("1"),
            compatible: texts("vendor,board"),
        },
        distribution: Distribution { id: some("debian"), version_id: some("12"), pretty_name: some("Debian") },
        clock_source: some("tsc"),
        clock_sources_available: texts("tsc"),
        mitigations: map("spectre_v1", "Vulnerable"),
        preemption: some("full"),
        transparent_hugepage: some("never"),
        numa_nodes: some("0"),
        virtualization: some("kvm"),
    }
}

fn processor() -> Processor {
    Processor {
        model: some("Cortex-A57"),
        vendor: some("Arm"),
        revision: some("r1p0"),
        microcode: some("0x1"),
        online: some("0"),
        possible: some("0"),
        threads: Some(1),
        cores: Some(1),
        packages: Some(1),
        smt_active: Some(false),
        groups: vec![CpuGroup { cpus: "0".into(), model: some("Cortex-A57"), capacity: Some(1024) }],
        caches: vec![Cache { level: 1, kind: "data".into(), size_bytes: 32768 }],
        frequency: vec![FrequencyPolicy {
            cpus: "0".into(),
            driver: some("cpufreq-dt"),
            governor: some("performance"),
            min_frequency_khz: Some(1),
            max_frequency_khz: Some(1),
            hardware_max_frequency_khz: Some(2),
        }],
        boost: Some(true),
    }
}

fn benchmark() -> Benchmark {
    let exits = [
        Exit::Code(0),
        Exit::Signal("SIGSEGV".into()),
        Exit::TimeoutMs(1),
        Exit::NotStarted("why".into()),
        Exit::Interrupted,
    ];
    Benchmark {
        name: "benchmark".parse().unwrap(),
        run: 2,
        tool: Some(Tool { name: "tool".into(), version: some("1") }),
        parameters: map("THREADS", "1"),
        metrics: vec![Metric {
            name: "metric".parse().unwrap(),
            unit: "ms".parse().unwrap(),
            better: Better::Lower,
            labels: vec!["thread".parse().unwrap()],
            primary: true,
        }],
        cases: vec![Case {
            labels: labels("threads", "1"),
            result: Verdict::Fail,
            reasons: texts("why"),
            valid: Some(false),
            disturbances: texts("why"),
            stopped: some("why"),
            command: texts("tool"),
            folder: some("benchmark/threads_1"),
            executions: exits.into_iter().map(execution).collect(),
            series: vec![Series {
                metric: "metric".parse().unwrap(),
                labels: labels("thread", "0"),
                samples: vec![vec![None, Some(Value::from(1))]],
            }],
        }],
    }
}

fn execution(exit: Exit) -> Execution {
    Execution {
        role: Role::Retry,
        iteration: Some(0),
        boot: 1,
        since_boot_seconds: Some(1.0),
        started: some("2026-01-01T00:00:00.000Z"),
        elapsed_seconds: 1.0,
        exit,
        usage: Some(Usage {
            user_seconds: 1.0,
            system_seconds: 0.0,
            max_rss_bytes: 1,
            major_faults: 0,
            minor_faults: 1,
            voluntary_switches: 1,
            involuntary_switches: 1,
            group: Some(GroupUsage {
                cpu_us: 1,
                cpu_stall_us: 1,
                cpu_full_stall_us: 1,
                memory_stall_us: 1,
                io_stall_us: 1,
                memory_peak_bytes: Some(1),
                read_bytes: Some(1),
                written_bytes: Some(1),
            }),
        }),
        conditions: Some(conditions()),
        monitors: vec![Monitor {
            name: "power".parse().unwrap(),
            unit: "W".parse().unwrap(),
            readings: 1,
            minimum: Value::from(1),
            median: Value::from(1),
            maximum: Value::from(1),
        }],
        faults: vec![Fault { kind: "warning".parse().unwrap(), text: "WARNING".into(), seconds: 1.0 }],
        disturbances: texts("why"),
        outputs: vec![Output { file: "0.stdout".into(), bytes: 2, kept_bytes: Some(1) }],
    }
}

fn conditions() -> Conditions {
    Conditions {
        load_average_hundredths: Some(1),
        running_tasks: Some(1),
        frequency_khz: BTreeMap::from([(0, 1)]),
        temperature_millicelsius: Some(1),
        throttle_events: 1,
        cooling_state: 1,
        cooling_changes: 1,
        firmware_throttle: 1,
        cpu_stall_us: 1,
        memory_stall_us: 1,
        io_stall_us: 1,
        memory_available_bytes: Some(1),
        swapped_in_pages: 1,
        swapped_out_pages: 1,
        context_switches: 1,
        interrupts: 1,
        steal_ms: 1,
        taint_added: 1,
        memory_full_stall_us: 1,
        io_full_stall_us: 1,
        memory_available_before_percent: Some(1),
        busy_cpu_us: 1,
        agent_cpu_us: 1,
        others_cpu_us: 1,
        busiest_other: Some(OtherProcess { name: "cron".into(), pid: 1, cpu_us: 1 }),
        others_disk_bytes: 1,
        busiest_disk_user: Some(DiskUser { name: "dd".into(), pid: 1, bytes: 1 }),
        kernel_cpu_us: 1,
        quota_stall_us: 1,
        oom_kills: 1,
        frequency_limit_fell: Some(FrequencyFall { policy: 0, from_khz: 2, to_khz: 1 }),
        clock_source_changed: change(),
        online_cpus_changed: change(),
        clock_step_us: 1,
        suspended_us: 1,
    }
}

fn change() -> Option<Change> {
    Some(Change { from: "tsc".into(), to: "hpet".into() })
}
