//! How a mapping changes another one: `a.b: v` sets deeply, `a+: v` adds, `a-:` takes out, and some keys gather their values.

use super::node::{Map, Node};

/// Keys whose values are gathered instead of replaced.
fn gathers(key: &str) -> bool {
    matches!(key, "mail_to" | "mail_cc" | "constraints")
        || key.strip_prefix("need_").is_some_and(|need| !matches!(need, "memory" | "cpu" | "modules"))
}

/// Changes `original`. Keys that both have keep their old values unless `overwrites`.
pub(super) fn revise(original: &mut Map, revisions: &Map, overwrites: bool) {
    for (key, new) in revisions.iter() {
        match original.get_mut(key) {
            None => original.set(key, new.clone()),
            Some(old) if key.ends_with(['+', '-']) || gathers(key) => *old = gathered(std::mem::take(old), new),
            Some(old) if overwrites => *old = new.clone(),
            Some(_) => {}
        }
    }
    let special: Vec<String> =
        original.iter().map(|(key, _)| key).filter(|key| is_special(key)).map(str::to_string).collect();
    let mut done = Vec::new();
    for key in special {
        // An earlier one may have taken it out.
        let Some(value) = original.get(&key).cloned() else { continue };
        if apply(original, &key, &value, overwrites) {
            done.push(key);
        }
    }
    done.iter().for_each(|key| {
        original.remove(key);
    });
}

fn is_special(key: &str) -> bool {
    key.ends_with(['+', '-']) || key.contains('.')
}

/// Does what a special key says; whether the key itself is taken out then.
fn apply(original: &mut Map, key: &str, value: &Node, overwrites: bool) -> bool {
    if let Some(name) = key.strip_suffix('-') {
        take_out(original, name, value);
        return true;
    }
    let (name, adds) = key.strip_suffix('+').map_or((key, false), |name| (name, true));
    let (map, last) = deepest(original, name);
    let at_top = map.is_none();
    let map = match map {
        Some(map) => map,
        None => original,
    };
    let old = map.get(last).cloned().unwrap_or_default();
    if adds {
        let mut sum = gathered(old, value);
        if let Node::List(list) = &mut sum {
            once_each(list);
        }
        map.set(last, sum);
        return true;
    }
    if overwrites || !at_top || old == Node::Null {
        map.set(last, value.clone());
    }
    !at_top
}

/// The mapping in which the last part of `a.b.c` is set, if it is not the outermost, and that part. What is missing on the
/// way is made.
fn deepest<'m, 'k>(original: &'m mut Map, name: &'k str) -> (Option<&'m mut Map>, &'k str) {
    let parts: Vec<&str> = name.split('.').collect();
    // How far there are mappings, or nothing that could not become one.
    let mut depth = 0;
    let mut map = &*original;
    for part in &parts[..parts.len() - 1] {
        match map.get(part) {
            Some(Node::Map(inner)) => map = inner,
            None | Some(Node::Null) => {
                depth = parts.len() - 1;
                break;
            }
            Some(_) => break,
        }
        depth += 1;
    }
    if depth == 0 {
        return (None, parts[0]);
    }
    let mut map = original;
    for part in &parts[..depth] {
        if !matches!(map.get(part), Some(Node::Map(_))) {
            map.set(part, Node::Map(Map::default()));
        }
        let Some(Node::Map(inner)) = map.get_mut(part) else { return (None, parts[0]) };
        map = inner;
    }
    (Some(map), parts[depth])
}

fn take_out(original: &mut Map, name: &str, value: &Node) {
    let parts: Vec<&str> = name.split('.').collect();
    let (last, way) = (parts[parts.len() - 1], &parts[..parts.len() - 1]);
    let mut map = &mut *original;
    for part in way {
        let Some(Node::Map(inner)) = map.get_mut(part) else { return };
        map = inner;
    }
    if !value.is_true() {
        map.remove(last);
        if let (true, Some((end, before))) = (map.is_empty(), way.split_last()) {
            let mut map = original;
            for part in before {
                let Some(Node::Map(inner)) = map.get_mut(part) else { return };
                map = inner;
            }
            map.set(end, Node::Null);
        }
        return;
    }
    if let Some(inner) = map.get_mut(last) {
        take_values_out(inner, value);
    }
}

/// Takes keys out of a mapping, or items out of a list; what is empty then is nothing.
fn take_values_out(inner: &mut Node, value: &Node) {
    let keys: Vec<Node> = match value {
        Node::Map(keys) => keys.iter().map(|(key, _)| Node::Text(key.into())).collect(),
        other => other.values().to_vec(),
    };
    let empty = match inner {
        Node::Map(map) => {
            keys.iter().for_each(|key| {
                map.remove(&key.to_string());
            });
            map.is_empty()
        }
        Node::List(list) => {
            list.retain(|item| !keys.contains(item));
            list.is_empty()
        }
        _ => false,
    };
    if empty {
        *inner = Node::Null;
    }
}

/// Two values of a key that gathers them.
fn gathered(old: Node, new: &Node) -> Node {
    match (old, new) {
        (old, Node::Null) => old,
        (Node::Null, new) => new.clone(),
        (Node::List(mut list), Node::List(more)) => {
            list.extend(more.iter().cloned());
            Node::List(list)
        }
        (Node::List(mut list), one) => {
            list.push(one.clone());
            Node::List(list)
        }
        (Node::Map(mut map), Node::Map(more)) => {
            more.iter().for_each(|(key, node)| map.set(key, node.clone()));
            Node::Map(map)
        }
        (Node::Map(mut map), one) => {
            map.set(&one.to_string(), Node::Null);
            Node::Map(map)
        }
        (one, Node::List(more)) => Node::List([one].into_iter().chain(more.iter().cloned()).collect()),
        (one, Node::Map(more)) => {
            let mut map = more.clone();
            if !map.contains(&one.to_string()) {
                map.set(&one.to_string(), Node::Null);
            }
            Node::Map(map)
        }
        (one, other) => Node::List(vec![one, other.clone()]),
    }
}

/// Leaves each value of a list once.
fn once_each(list: &mut Vec<Node>) {
    let mut known: Vec<Node> = Vec::new();
    list.retain(|node| {
        let new = !known.contains(node);
        if new {
            known.push(node.clone());
        }
        new
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(text: &str) -> Map {
        crate::text::yaml::read::<Node>(text).unwrap().map().cloned().unwrap()
    }

    fn revised(original: &str, revisions: &str, overwrites: bool) -> String {
        let mut original = node(original);
        revise(&mut original, &node(revisions), overwrites);
        serde_json::Value::from(&Node::Map(original)).to_string()
    }

    #[test]
    fn special_keys_change_what_they_name() {
        let base = "a: {b: 1, c: 2}\nl: [x, y]\nm:\n";
        assert_eq!(revised(base, "a.b: 3", true), r#"{"a":{"b":3,"c":2},"l":["x","y"],"m":null}"#);
        assert_eq!(revised(base, "n.o: 3", true), r#"{"a":{"b":1,"c":2},"l":["x","y"],"m":null,"n":{"o":3}}"#);
        assert_eq!(revised(base, "l+: [y, z]", true), r#"{"a":{"b":1,"c":2},"l":["x","y","z"],"m":null}"#);
        assert_eq!(revised(base, "l-: [x]", true), r#"{"a":{"b":1,"c":2},"l":["y"],"m":null}"#);
        assert_eq!(revised(base, "m-:\na.b-:", true), r#"{"a":{"c":2},"l":["x","y"]}"#);
        assert_eq!(revised("a: {b: 1}", "a.b-:", true), r#"{"a":null}"#);
        assert_eq!(revised("a: x", "a.b: 3", true), r#"{"a":3,"a.b":3}"#);
    }

    #[test]
    fn defaults_do_not_overwrite_and_needs_gather() {
        assert_eq!(revised("a: 1", "a: 2\nb: 3", false), r#"{"a":1,"b":3}"#);
        assert_eq!(revised("need_kconfig: A", "need_kconfig: [B]", false), r#"{"need_kconfig":["A","B"]}"#);
        assert_eq!(revised("need_memory: 1G", "need_memory: 2G", true), r#"{"need_memory":"2G"}"#);
    }
}
