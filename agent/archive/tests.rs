use super::*;
use tempfile::TempDir;

fn record(id: u32) -> Record {
    let json = format!(
        r#"{{"schema":"lava-bench-record/2","id":"{id:08x}","benchmarks":[{{"name":"b","parameters":{{}},"metrics":[{{"name":"t","unit":"s","better":"lower"}}],"cases":[{{"result":"pass","series":[{{"metric":"t","samples":[[1.5]]}}]}}]}}]}}"#
    );
    Record::from_json(json.as_bytes()).unwrap()
}

/// A folder with three files, and an index of them; the files are old.
fn indexed() -> (TempDir, Vec<PathBuf>) {
    let folder = TempDir::new().unwrap();
    let paths: Vec<PathBuf> = (0..3).map(|at| folder.path().join(format!("{at}.json"))).collect();
    paths.iter().for_each(|path| fs::write(path, "x").unwrap());
    let mut index = open(folder.path(), 0);
    let entries: Vec<Entry> = (0..).zip(&paths).map(|(at, path)| entry(folder.path(), path, at)).collect();
    index.add(&entries).unwrap();
    index.close(&paths).unwrap();
    (folder, paths)
}

fn entry(folder: &Path, path: &Path, id: u32) -> Entry {
    Entry::new(folder, path, old(path), &[record(id)]).unwrap()
}

/// The stamp of a file, as if it had been written long ago.
fn old(path: &Path) -> Stamp {
    Stamp { at_rest: true, ..Stamp::of(path).unwrap() }
}

/// Opens an index that must be found damaged so often.
fn open(folder: &Path, damaged: usize) -> Index {
    let found = std::cell::Cell::new(0);
    let index = Index::open(folder, &|_| found.set(found.get() + 1)).unwrap();
    assert_eq!(found.get(), damaged);
    index
}

fn known(index: &Index, path: &Path) -> Option<Vec<Record>> {
    index.records(path, &old(path)).map(|records| records.unwrap())
}

#[test]
fn a_file_that_did_not_change_is_known_and_one_that_did_is_not() {
    let (folder, paths) = indexed();
    let index = open(folder.path(), 0);
    assert_eq!(known(&index, &paths[1]), Some(vec![record(1)]));
    drop(index);
    fs::write(&paths[1], "y").unwrap();
    let mut index = open(folder.path(), 0);
    assert_eq!((known(&index, &paths[1]), known(&index, &paths[2])), (None, Some(vec![record(2)])));
    index.add(&[entry(folder.path(), &paths[1], 7)]).unwrap();
    drop(index);
    assert_eq!(known(&open(folder.path(), 0), &paths[1]), Some(vec![record(7)]));
}

#[test]
fn a_file_that_had_just_been_written_is_read_again() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.json");
    fs::write(&path, "x").unwrap();
    let stamp = Stamp::of(&path).unwrap();
    assert!(!stamp.at_rest && !stamp.holds(&stamp));
}

#[test]
fn an_index_with_any_byte_wrong_or_cut_is_never_used() {
    let (folder, paths) = indexed();
    let path = folder.path().join(INDEX);
    let whole = fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(7).chain([0, whole.len() - 1]) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&path, &bytes).unwrap();
        assert_eq!(known(&open(folder.path(), 1), &paths[0]), None, "byte {at}");
    }
    // An entry that was being written when the power went: what is before it is whole, and nothing says so.
    for length in (1..whole.len()).step_by(11) {
        fs::write(&path, &whole[..length]).unwrap();
        let found = std::cell::Cell::new(false);
        let index = Index::open(folder.path(), &|_| found.set(true)).unwrap();
        let held: Vec<Option<Vec<Record>>> = paths.iter().map(|path| known(&index, path)).collect();
        for (id, records) in (0..).zip(held) {
            assert!(records.is_none_or(|records| records == [record(id)]), "{length}");
        }
    }
    // It is made again, and used.
    let mut index = open(folder.path(), 0);
    index.add(&[entry(folder.path(), &paths[0], 0)]).unwrap();
    drop(index);
    assert_eq!(known(&open(folder.path(), 0), &paths[0]), Some(vec![record(0)]));
}

#[test]
fn entries_that_do_not_count_any_more_are_left_out_in_the_end() {
    let (folder, paths) = indexed();
    let size = || fs::metadata(folder.path().join(INDEX)).unwrap().len();
    let first = size();
    open(folder.path(), 0).close(&paths[..1]).unwrap();
    assert!(size() < first / 2, "{} of {first}", size());
    let index = open(folder.path(), 0);
    assert_eq!((known(&index, &paths[0]), known(&index, &paths[1])), (Some(vec![record(0)]), None));
}

#[test]
fn an_index_is_one_programs_alone_and_a_folder_may_have_none() {
    let (folder, _) = indexed();
    let _first = open(folder.path(), 0);
    assert!(matches!(Index::open(folder.path(), &|_| {}), Err(NoIndex::File(_))));
    assert!(matches!(Index::open(Path::new("/proc"), &|_| {}), Err(NoIndex::File(_))));
}
